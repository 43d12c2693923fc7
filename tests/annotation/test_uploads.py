"""What is taken and what is refused, told from the bytes."""

import hashlib
import io
import json
import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotation.uploads import CheckedImage, ImageRefused, UploadLimits, check_upload, clean_name
from tests.annotation.pictures import encoded, exif, huge_jpeg, huge_png, huge_webp, jpeg, scene

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def check(data: bytes, name: str = "photo.jpg", **limits: int) -> CheckedImage:
    return check_upload(data=data, name=name, limits=UploadLimits(**limits))


def refusal(data: bytes, name: str = "photo.jpg", **limits: int) -> ImageRefused:
    with pytest.raises(ImageRefused) as caught:
        check(data, name, **limits)
    return caught.value


def test_a_photograph_is_taken_with_its_size_format_and_checksum():
    data = jpeg(64, 48)
    assert check(data) == CheckedImage(
        name="photo.jpg", width=64, height=48, format="JPEG", sha256=hashlib.sha256(data).hexdigest(), bytes=len(data)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_each_format_is_known_by_its_bytes_whatever_the_name_says(kind):
    assert check(encoded(scene(), kind), name="photo.txt").format == kind


def test_an_open_file_is_read_from_its_start_and_left_there():
    file = io.BytesIO(jpeg())
    file.seek(17)
    assert check_upload(data=file, name="a.jpg").width == 64
    assert file.tell() == 0
    assert not file.closed


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (b"I am a text, whatever my name says.\n" * 50, "format"),
        (b"<html><body>no</body></html>", "format"),
        (SVG, "svg"),
        (b"\xef\xbb\xbf \n" + SVG, "svg"),
        (b"%PDF-1.7\n" + bytes(100), "format"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "format"),
        (b"\xff\xd8\xff\xe0 not a photograph at all", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unreadable"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "unreadable"),
    ],
)
def test_what_is_no_picture_we_take_is_refused_with_its_rule(data, rule):
    refused = refusal(data, "holiday.jpg")
    assert (refused.name, refused.rule) == ("holiday.jpg", rule)
    assert refused.message.endswith(".")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize(
    ("kind", "writing"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("BMP", {}), ("TIFF", {})],
)
def test_a_file_cut_off_is_refused(kind, writing, share):
    noise = Image.effect_noise((320, 240), 80).convert("RGB")
    whole = encoded(noise, kind, **writing)
    assert check(whole).width == 320
    assert refusal(whole[: int(len(whole) * share)]).rule == "unreadable"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_file_cut_off_is_refused_without_decoding_it_whole(kind, monkeypatch):
    monkeypatch.setattr("annotation.uploads.DECODED_AT_ONCE", 1000)
    whole = encoded(Image.effect_noise((320, 240), 80).convert("RGB"), kind)
    assert check(whole).width == 320
    assert refusal(whole[:-100]).rule == "unreadable"


def test_a_png_with_a_flipped_bit_is_refused():
    data = bytearray(encoded(Image.effect_noise((64, 64), 80), "PNG"))
    data[len(data) // 2] ^= 1
    assert refusal(bytes(data)).rule == "unreadable"


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_moving_pictures_and_several_pages_are_refused(kind):
    frames = {"save_all": True, "append_images": [scene(mode="L").convert("RGB")]}
    assert refusal(encoded(scene(), kind, **frames)).rule == "animated"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_width_and_height_are_those_after_orientation(kind, orientation):
    checked = check(encoded(scene(64, 48), kind, exif=exif(orientation)))
    assert (checked.width, checked.height) == ((64, 48) if orientation < 5 else (48, 64))


def test_a_nonsense_orientation_counts_as_none():
    checked = check(jpeg(64, 48, exif=exif(77)))
    assert (checked.width, checked.height) == (64, 48)


def test_more_pixels_than_allowed_are_refused_with_both_numbers():
    refused = refusal(jpeg(64, 48), pixels=3000)
    assert refused.rule == "too_many_pixels"
    assert "64 × 48" in refused.message
    assert check(jpeg(64, 48), pixels=64 * 48).width == 64


def test_more_bytes_than_allowed_are_refused():
    data = jpeg()
    assert refusal(data, bytes=len(data) - 1).rule == "too_many_bytes"
    assert check(data, bytes=len(data)).bytes == len(data)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_of_32_bits_are_refused(mode):
    assert refusal(encoded(scene(mode="L").convert(mode), "TIFF")).rule == "format"


def test_a_jpeg_of_endless_scans_is_refused():
    assert refusal(jpeg() + b"\xff\xda" * 600).rule == "unreadable"


def test_a_jpeg_with_a_script_behind_it_is_taken_because_only_its_pixels_are_served():
    assert check(jpeg() + b"<script>alert(1)</script>").format == "JPEG"


PROBE = """
import json, sys
import django
django.setup()
from annotation.images import ImageRefused, check_upload, limits
rules = []
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        try:
            check_upload(data=file, name=path, limits=limits())
            rules.append("taken")
        except ImageRefused as refused:
            rules.append(refused.rule)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"rules": rules, "megabytes": int(peak.split()[1]) / 1000}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_pixel_bombs_are_refused_before_decoding_in_a_process_below_300_megabytes(tmp_path):
    bombs = [
        huge_png(tmp_path / "200mp.png"),
        huge_webp(tmp_path / "169mp.webp", side=13_000),
        huge_webp(tmp_path / "268mp.webp", side=16_383),
        huge_jpeg(tmp_path / "4gp.jpg"),
    ]
    greedy = tmp_path / "8mp.webp"
    greedy.write_bytes(encoded(Image.new("RGBA", (3200, 2500), "red"), "WEBP", method=0))
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "SECRET_KEY": "only-for-this-probe-" * 3,
    }
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, [*bombs, greedy])],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(run.stdout)
    assert told["rules"] == ["too_many_pixels"] * 4 + ["taken"]
    assert told["megabytes"] < 300, told


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("a\x00b\nc.jpg", "a b c.jpg"),
        ("evil\u202egpj.exe", "evil gpj.exe"),
        (".hidden", "hidden"),
        ("/", "image"),
        ("", "image"),
        ("..", "image"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("مقدمه\u200cای.jpg", "مقدمه\u200cای.jpg"),
    ],
)
def test_a_file_name_is_cleaned(name, cleaned):
    assert clean_name(name) == cleaned


@given(st.text(max_size=400))
def test_no_cleaned_name_has_folders_control_characters_or_excess_length(name):
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= 200
    assert not set(cleaned) & {"/", "\\"}
    assert not cleaned.startswith(".")
    assert not {unicodedata.category(each) for each in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert clean_name(cleaned) == cleaned
