"""What comes out instead of the file uploaded: the same pixels, upright, and nothing else."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from annotation.renditions import render, sizes_of
from annotation.uploads import check_upload
from tests.annotation.pictures import SECRET, encoded, exif, jpeg, scene


def rendered(data: bytes) -> dict[str, bytes]:
    checked = check_upload(data=data, name="photo")
    found = render(file=io.BytesIO(data), format=checked.format)
    assert (found.width, found.height) == (checked.width, checked.height)
    return dict(found.files)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def full(data: bytes) -> np.ndarray:
    return pixels(rendered(data)["full"])


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (320, 240, ("full",)),
        (640, 480, ("full", "320")),
        (1024, 1024, ("full", "320")),
        (100, 2048, ("full", "1024", "320")),
        (4000, 3000, ("full", "2048", "1024", "320")),
    ],
)
def test_nothing_is_enlarged_so_a_small_picture_has_fewer_renditions(width, height, sizes):
    assert sizes_of(width=width, height=height) == sizes


def test_renditions_have_the_promised_sides_and_formats():
    files = rendered(jpeg(2500, 1000, quality=60))
    found = {size: Image.open(io.BytesIO(data)) for size, data in files.items()}
    assert {size: (image.format, image.size) for size, image in found.items()} == {
        "full": ("JPEG", (2500, 1000)),
        "2048": ("WEBP", (2048, 819)),
        "1024": ("WEBP", (1024, 410)),
        "320": ("WEBP", (320, 128)),
    }


def test_a_sliver_keeps_at_least_one_pixel():
    assert pixels(rendered(encoded(scene(3000, 2), "PNG"))["320"]).shape == (1, 320, 3)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_the_full_rendition_of_a_lossless_picture_has_the_very_same_pixels(kind):
    noise = Image.effect_noise((90, 70), 90).convert("RGB")
    assert (full(encoded(noise, kind)) == np.asarray(noise)).all()


def test_the_full_rendition_of_a_lossless_webp_has_the_very_same_pixels():
    noise = Image.effect_noise((90, 70), 90).convert("RGB")
    data = encoded(noise, "WEBP", lossless=True, icc_profile=b"odd")
    assert (full(data) == np.asarray(noise)).all()


@pytest.mark.parametrize("writing", [{"quality": 40}, {"quality": 95, "subsampling": 0}, {"progressive": True}])
def test_the_full_rendition_of_a_photograph_is_nearly_the_same_and_hardly_larger(writing):
    noise = Image.effect_noise((200, 150), 40).convert("RGB")
    data = encoded(noise, **writing)
    files = rendered(data)
    assert np.abs(pixels(files["full"]) - pixels(data)).mean() < 0.5
    assert len(files["full"]) < 1.1 * len(data)
    first, second = (Image.open(io.BytesIO(each)).quantization for each in (data, files["full"]))
    assert first == second


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pixels_are_turned_upright_exactly_once(kind, orientation):
    upright = np.asarray(scene(64, 48)).astype(int)
    # How a camera held that way stores the scene: the inverse of what the tag asks for.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    writing = {"subsampling": 0} if kind == "JPEG" else {}
    data = encoded(Image.fromarray(stored.astype(np.uint8)), kind, exif=exif(orientation), **writing)
    found = full(data)
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_position_serial_numbers_and_comments_do_not_come_out(kind):
    writing = {"comment": SECRET.encode()} if kind == "JPEG" else {}
    data = encoded(scene(640, 480), kind, exif=exif(6, gps=True), **writing)
    assert SECRET.encode() in data
    for content in rendered(data).values():
        image = Image.open(io.BytesIO(content))
        assert not image.getexif()
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(image.info)
        assert SECRET.encode() not in content
        assert b"Exif" not in content


def test_a_script_behind_a_photograph_does_not_come_out():
    script = b"<script>alert(document.cookie)</script>"
    for content in rendered(jpeg(640, 480) + script).values():
        assert b"script" not in content


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("L", "JPEG"), ("CMYK", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("CMYK", "TIFF")],
)
def test_other_kinds_of_pixels_become_plain_rgb_or_grey(mode, kind):
    source = scene(64, 48, mode)
    data = encoded(source, kind)
    content = rendered(data)["full"]
    assert Image.open(io.BytesIO(content)).mode in {"RGB", "L"}
    assert np.abs(pixels(content) - np.asarray(source.convert("RGB")).astype(int)).mean() < 8


def test_transparent_parts_are_white_and_half_transparent_ones_pale():
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 0), (255, 0, 0, 128)])
    assert full(encoded(image, "PNG")).tolist() == [[[255, 0, 0], [255, 255, 255], [255, 127, 127]]]


def test_a_transparent_colour_of_a_palette_is_white():
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    assert full(encoded(image, "PNG", transparency=0)).tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize(("top", "scale"), [(65535, 256), (4095, 16), (200, 1)])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_become_eight_by_the_bits_in_use(kind, top, scale):
    values = np.array([[0, top // 2, top]], dtype=np.uint16)
    found = full(encoded(Image.fromarray(values), kind))
    assert found[0, :, 0].tolist() == (values[0] // scale).tolist()


def _swapped_profile() -> bytes:
    """A valid profile in which red is blue and blue is red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    names = {profile[at : at + 4].decode("latin1"): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = names["rXYZ"], names["bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be")).replace(b"sRGB", b"odd!")


def test_colours_are_converted_from_the_embedded_profile_to_srgb():
    red = encoded(Image.new("RGB", (8, 8), (250, 0, 0)), "PNG", icc_profile=_swapped_profile())
    r, g, b = full(red)[0, 0]
    assert b > 200
    assert max(r, g) < 60


def test_a_profile_that_makes_no_sense_is_left_aside():
    image = Image.new("RGB", (8, 8), (250, 0, 0))
    assert full(encoded(image, "PNG", icc_profile=b"nonsense"))[0, 0].tolist() == [250, 0, 0]
