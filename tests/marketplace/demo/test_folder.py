import pytest
from PIL import Image

from marketplace.demo import folder
from marketplace.demo.folder import FolderRefused

VOC = """<annotation><filename>{name}.jpg</filename><size><width>80</width><height>60</height><depth>3</depth></size>
{objects}</annotation>"""
OBJECT = "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>"


@pytest.fixture
def shelf(tmp_path):
    images, truth = tmp_path / "images", tmp_path / "annotations"
    images.mkdir()
    truth.mkdir()
    for number, name in enumerate(("b", "a", "c")):
        Image.new("RGB", (80, 60), (40 * number, 90, 120)).save(images / f"{name}.JPG", "JPEG")
    (images / "notes.txt").write_text("no picture")
    (truth / "a.xml").write_text(VOC.format(name="a", objects=OBJECT.format("can", 10, 10, 30, 40)))
    (truth / "b.xml").write_text(
        VOC.format(name="b", objects=OBJECT.format("bag", 70, 50, 95, 75) + OBJECT.format("can", 5, 5, 5, 20))
    )
    return images, truth


def test_photographs_come_in_the_order_of_their_names_with_the_truth_of_their_stem(shelf):
    images, truth = shelf
    found = folder.photographs(images=images, truth=truth)
    assert [picture.name for picture in found.pictures] == ["a.JPG", "b.JPG"]
    assert found.labels.boxes == ("bag", "can")
    assert found.known
    assert found.pictures[0].truth.boxes[0].bbox == (10, 10, 20, 30)
    assert found.pictures[0].read() == (images / "a.JPG").read_bytes()


def test_degenerate_boxes_are_dropped_and_others_cut_to_the_picture(shelf):
    (box,) = folder.photographs(images=shelf[0], truth=shelf[1]).pictures[1].truth.boxes
    assert (box.label, box.bbox) == ("bag", (70, 50, 10, 10))


def test_a_photograph_without_truth_is_left_out_and_named(shelf):
    assert folder.photographs(images=shelf[0], truth=shelf[1]).notes == ("c.JPG has no truth: c.xml is missing.",)


def test_a_damaged_picture_and_a_damaged_truth_are_left_out_and_named(shelf):
    images, truth = shelf
    (images / "d.png").write_bytes(b"text")
    (truth / "d.xml").write_text(VOC.format(name="d", objects=""))
    (truth / "a.xml").write_text("<annotation>")
    found = folder.photographs(images=images, truth=truth)
    assert [picture.name for picture in found.pictures] == ["b.JPG"]
    assert any("a.xml cannot be read" in note for note in found.notes)
    assert any("d.png cannot be read as a picture" in note for note in found.notes)


def test_a_limit_takes_the_first_ones(shelf):
    assert [p.name for p in folder.photographs(images=shelf[0], truth=shelf[1], limit=1).pictures] == ["a.JPG"]


def test_sizes_are_those_of_the_upright_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 60)).save(tmp_path / "lying.jpg", exif=exif)
    assert folder.upright_size(path=tmp_path / "lying.jpg") == (60, 80)


def test_without_truth_objects_are_pretended_the_same_for_the_same_file(shelf):
    first, again = (folder.photographs(images=shelf[0]) for _ in range(2))
    assert first == again
    assert not first.known
    assert first.labels.boxes == (folder.PRETENDED,)
    assert all(3 <= len(picture.truth.boxes) <= 8 for picture in first.pictures)
    assert len({picture.truth.boxes for picture in first.pictures}) == 3


@pytest.mark.parametrize("what", ["missing", "empty", "no match"])
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(what, shelf, tmp_path):
    (tmp_path / "empty").mkdir()
    arguments, words = {
        "missing": ({"images": tmp_path / "nowhere"}, "is not a folder"),
        "empty": ({"images": tmp_path / "empty"}, "holds no photographs"),
        "no match": ({"images": shelf[0], "truth": tmp_path / "empty"}, "No photograph of"),
    }[what]
    with pytest.raises(FolderRefused, match=words):
        folder.photographs(**arguments)


def test_truth_without_any_object_is_refused(shelf):
    images, truth = shelf
    for name in "abc":
        (truth / f"{name}.xml").write_text(VOC.format(name=name, objects=""))
    with pytest.raises(FolderRefused, match="names no object"):
        folder.photographs(images=images, truth=truth)


def test_drawn_scenes_come_with_exact_truth_and_their_labels():
    found = folder.drawn(seed=3, count=2)
    assert [picture.name for picture in found.pictures] == ["shelf-3-0000.jpg", "shelf-3-0001.jpg"]
    assert found.labels == folder.Labels(boxes=("can", "bag"), tags=("promotion",))
    assert found.known
    assert found.pictures[0].read()[:2] == b"\xff\xd8"
