"""Pascal VOC files as found in the world, and as sent to do harm."""

import pytest

from annotation.formats.voc import VocImage, VocRefused, parse

OBJECT = """<object><name> {name} </name><pose>Left</pose><bndbox>
<xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox></object>"""


def written(*objects, size="<width>640</width><height>480</height><depth>3</depth>", head=""):
    return f"""{head}<annotation><folder>f</folder><filename>cells.jpg</filename><size>{size}</size>
{"".join(objects)}</annotation>""".encode()


def box(*corners, name="RBC"):
    return OBJECT.format(*corners, name=name)


def test_corners_become_x_y_width_and_height():
    assert parse(written(box(260, 177, 491, 376, name="WBC"), box(0, 0, 640, 480))) == VocImage(
        name="cells.jpg", width=640, height=480, boxes=(("WBC", 260, 177, 231, 199), ("RBC", 0, 0, 640, 480))
    )


def test_a_picture_without_objects_is_read():
    assert parse(written(head='<?xml version="1.0" encoding="utf-8"?>')).boxes == ()


def test_empty_boxes_and_boxes_outside_are_given_as_they_stand():
    assert parse(written(box(504, 337, 504, 337), box("-1", "2.5", 700, 9))).boxes == (
        ("RBC", 504, 337, 0, 0),
        ("RBC", -1, 2.5, 701, 6.5),
    )


BILLION_LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a SYSTEM "http://169.254.169.254/x.dtd">'


@pytest.mark.parametrize(
    ("xml", "says"),
    [
        (written(head=BILLION_LAUGHS), "DTD"),
        (written(head=OUTSIDE), "DTD"),
        (written(head='<?xml version="1.0" encoding="utf-16"?>' + OUTSIDE).decode().encode("utf-16"), "DTD"),
        (written().replace(b"cells.jpg", b"&lol;"), "not well-formed"),
        (b"", "not well-formed"),
        (b"\xff\xd8\xff not xml", "not well-formed"),
        (b"<annotation>", "not well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><annotation/>', "not well-formed"),
        (b"<coco/>", "not <annotation>"),
        (b"<annotation/>", "annotation/filename is missing"),
        (written(size=""), "annotation/size/width is missing"),
        (written(box(1, 2, 3, "x")), "object[0]/bndbox/ymax: 'x' is not a number"),
        (written(box(1, 2, 3, "nan")), "not a number"),
        (written(box(9, 2, 3, 4)), "wrong way round"),
        (written(box(1, 2, 3, 4), "<object><name>RBC</name></object>"), "object[1]/bndbox/xmin is missing"),
        (written(box(1, 2, 3, 4, name="")), "object[0]/name is missing"),
        (b"<annotation>" + b"<a>" * 50 + b"</a>" * 50 + b"</annotation>", "nest deeper"),
        (b"<annotation>" + b" " * 5_000_000 + b"</annotation>", "bytes"),
        (written("<object/>" * 20_001), "objects"),
    ],
)
def test_anything_else_is_refused_saying_what_is_wrong(xml, says):
    with pytest.raises(VocRefused) as caught:
        parse(xml)
    assert says in str(caught.value)
