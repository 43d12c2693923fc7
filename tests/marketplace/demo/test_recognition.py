import io

import pytest
from PIL import Image

from marketplace.demo import scenes
from marketplace.demo.recognition import Album, NotRecognised


@pytest.fixture(scope="module")
def files():
    return [scenes.draw(seed=5, number=number).jpeg() for number in range(5)]


def as_rendition(data, side=320, kind="WEBP"):
    with Image.open(io.BytesIO(data)) as opened:
        opened.thumbnail((side, side))
        file = io.BytesIO()
        opened.save(file, kind, quality=80)
    return file.getvalue()


def album_of(files):
    album = Album()
    for number, data in enumerate(files):
        album.learn(data=data, number=number * 10)
    return album


@pytest.mark.parametrize(("side", "kind"), [(320, "WEBP"), (160, "JPEG"), (2048, "PNG")])
def test_a_picture_is_known_again_in_another_size_and_format(files, side, kind):
    album = album_of(files)
    found = [album.recognise(data=as_rendition(data, side, kind)) for data in files]
    assert found == [0, 10, 20, 30, 40]


def test_a_picture_that_lies_on_its_side_is_known_upright(files):
    with Image.open(io.BytesIO(files[2])) as opened:
        lying = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned a quarter to the right when shown
        opened.rotate(90, expand=True).save(lying, "JPEG", exif=exif)
    assert album_of([files[0], lying.getvalue()]).recognise(data=as_rendition(files[2])) == 10


def test_a_strange_picture_is_not_taken_for_a_known_one(files):
    strange = io.BytesIO()
    Image.effect_mandelbrot((200, 200), (-2, -1.5, 1, 1.5), 40).save(strange, "PNG")
    with pytest.raises(NotRecognised, match="differs by"):
        album_of(files).recognise(data=strange.getvalue())


def test_an_empty_album_knows_nothing(files):
    with pytest.raises(NotRecognised):
        Album().recognise(data=files[0])
