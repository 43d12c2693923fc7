"""A picture's way from upload to renditions, with crashes and races on the way."""

import hashlib
import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import ProtectedError
from PIL import Image as Picture

from annotation import images
from annotation.images import (
    SIZES,
    ImageRefused,
    discard,
    limits,
    prepare,
    rendition_path,
    store_upload,
    sweep_quarantine,
)
from annotation.models import Annotation, Image
from tests.annotation.pictures import SECRET, chunk, encoded, exif, jpeg, scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def upload(data: bytes | None = None, *, name="photo.jpg", scope="job:1") -> Image:
    return store_upload(file=io.BytesIO(jpeg(640, 480) if data is None else data), name=name, scope=scope)


def stored() -> dict[str, bytes]:
    """All files there are, by name."""
    found = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        inner, names = default_storage.listdir(folder) if default_storage.exists(folder or ".") else ([], [])
        folders += [f"{folder}/{name}".lstrip("/") for name in inner]
        for name in names:
            path = f"{folder}/{name}".lstrip("/")
            with default_storage.open(path) as file:
                found[path] = file.read()
    return found


def test_an_upload_waits_in_quarantine_checked():
    data = jpeg(64, 48, exif=exif(6))
    image = upload(data, name="../up/holiday.jpg")
    assert (image.name, image.width, image.height, image.format) == ("holiday.jpg", 48, 64, "JPEG")
    assert (image.state, image.digest, image.bytes) == ("checked", None, len(data))
    assert stored() == {f"quarantine/{image.pk}-{hashlib.sha256(data).hexdigest()}": data}


def test_djangos_uploaded_files_are_taken():
    assert store_upload(file=SimpleUploadedFile("a.jpg", jpeg()), name="a.jpg", scope="job:1").width == 64


def test_a_refused_file_leaves_no_row_and_no_file():
    with pytest.raises(ImageRefused) as caught:
        upload(b"I am a text", name="photo.jpg")
    assert (caught.value.name, caught.value.rule) == ("photo.jpg", "format")
    assert not Image.objects.exists()
    assert stored() == {}


def test_the_operators_limits_hold(settings):
    settings.IMAGE_MAX_PIXELS, settings.IMAGE_MAX_BYTES = 1000, 2000
    assert (limits().pixels, limits().bytes) == (1000, 2000)
    with pytest.raises(ImageRefused, match="64 × 48"):
        upload(jpeg(64, 48))


def test_the_same_bytes_are_refused_in_the_same_scope_naming_the_first_and_taken_in_another():
    upload(name="first.jpg")
    with pytest.raises(ImageRefused, match=r"first\.jpg") as caught:
        upload(name="second.jpg")
    assert (caught.value.name, caught.value.rule) == ("second.jpg", "duplicate")
    upload(scope="job:2")
    assert Image.objects.count() == 2


def test_prepare_writes_clean_renditions_named_by_content_and_removes_the_upload():
    image = upload(jpeg(640, 480, exif=exif(6, gps=True)) + b"<script>1</script>")
    ready = prepare(image_id=image.pk)
    folder = f"images/{ready.digest[:2]}/{ready.digest}"
    files = stored()
    assert set(files) == {f"{folder}/full.jpg", f"{folder}/320.webp"}
    assert ready.state == "ready"
    assert ready.digest == hashlib.sha256(files[f"{folder}/full.jpg"]).hexdigest()
    assert not any(SECRET.encode() in content or b"script" in content for content in files.values())
    assert Picture.open(io.BytesIO(files[f"{folder}/full.jpg"])).size == (ready.width, ready.height) == (480, 640)


@pytest.mark.parametrize(
    ("kind", "full"), [("JPEG", ("full.jpg", "image/jpeg")), ("PNG", ("full.png", "image/png")),
                       ("WEBP", ("full.webp", "image/webp")), ("TIFF", ("full.png", "image/png"))],
)  # fmt: skip
def test_every_size_leads_to_a_file_that_exists_and_small_pictures_to_the_full_one(kind, full):
    image = prepare(image_id=upload(encoded(scene(1100, 40), kind)).pk)
    paths = {size: rendition_path(image=image, size=size) for size in SIZES}
    assert {size: (name.rsplit("/", 1)[1], content_type) for size, (name, content_type) in paths.items()} == {
        "320": ("320.webp", "image/webp"),
        "1024": ("1024.webp", "image/webp"),
        "2048": full,
        "full": full,
    }
    assert set(stored()) == {name for name, _ in paths.values()}


def test_there_is_no_path_for_other_sizes_or_before_the_image_is_ready():
    image = upload()
    with pytest.raises(ValueError, match="checked"):
        rendition_path(image=image, size="full")
    with pytest.raises(ValueError, match="is not one of"):
        rendition_path(image=image, size="../etc")


def test_prepared_twice_is_prepared_once():
    image = upload()
    first = prepare(image_id=image.pk)
    files = stored()
    assert prepare(image_id=image.pk).digest == first.digest
    assert stored() == files


def prepare_at_once(ids: list[int]) -> set[str | None]:
    def run(image_id: int) -> str | None:
        try:
            return prepare(image_id=image_id).digest
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return set(pool.map(run, ids))


def test_two_images_of_the_same_bytes_prepared_by_many_at_once_share_whole_files():
    assert len(prepare_at_once([upload(scope="job:1").pk, upload(scope="job:2").pk] * 4)) == 1
    files = stored()
    assert sorted(name.rsplit("/", 1)[1] for name in files) == ["320.webp", "full.jpg"]
    assert all(Picture.open(io.BytesIO(content)).load() for content in files.values())
    assert set(Image.objects.values_list("state", flat=True)) == {"ready"}


def test_one_content_is_written_by_one_at_a_time(monkeypatch):
    ids = [upload(scope=f"job:{number}").pk for number in range(4)]
    write, writing, most = images._write, [], []

    def slow(name, file):
        writing.append(name)
        most.append(len(writing))
        time.sleep(0.03)
        write(name, file)
        writing.pop()

    monkeypatch.setattr(images, "_write", slow)
    prepare_at_once(ids)
    assert max(most) == 1


def test_a_crash_in_the_middle_of_writing_is_mended_by_the_next_attempt(monkeypatch):
    image = upload()
    write = images._write

    def crash(name, file):
        if name.endswith("320.webp"):
            default_storage.save(name, ContentFile(b"half of a pic"))
            raise OSError("disk full")
        write(name, file)

    monkeypatch.setattr(images, "_write", crash)
    with pytest.raises(OSError, match="disk full"):
        prepare(image_id=image.pk)
    assert Image.objects.get().state == "checked"
    monkeypatch.undo()
    ready = prepare(image_id=image.pk)
    small = stored()[rendition_path(image=ready, size="320")[0]]
    assert Picture.open(io.BytesIO(small)).size == (320, 240)
    assert len(stored()) == 2


def test_a_picture_that_does_not_decode_after_all_fails_with_its_reason_and_stays_failed(monkeypatch):
    monkeypatch.setattr("annotation.uploads.DECODED_AT_ONCE", 0)  # as for large pictures
    whole = encoded(scene(), "PNG")
    at = whole.index(b"IDAT") - 4
    torn = whole[:at] + chunk(b"IDAT", b"checksums right, content wrong") + chunk(b"IEND", b"")
    image = upload(torn, name="torn.png")
    for _ in range(2):
        with pytest.raises(ImageRefused) as caught:
            prepare(image_id=image.pk)
        assert (caught.value.name, caught.value.rule) == ("torn.png", "unreadable")
    image.refresh_from_db()
    assert (image.state, image.failure) == ("failed", caught.value.message)
    assert stored() == {}
    with pytest.raises(ImageRefused, match="cannot be decoded"):
        upload(torn)


def test_an_upload_that_is_gone_fails_the_image_instead_of_waiting_for_ever():
    image = upload()
    for name in stored():
        default_storage.delete(name)
    with pytest.raises(ImageRefused, match="send it again"):
        prepare(image_id=image.pk)
    assert Image.objects.get().state == "failed"


def test_the_upload_is_kept_until_what_came_of_it_is_committed():
    image = upload()
    with transaction.atomic():
        prepare(image_id=image.pk)
        transaction.set_rollback(True)
    assert any(name.startswith("quarantine/") for name in stored())
    assert prepare(image_id=image.pk).state == "ready"


def test_a_discarded_image_leaves_nothing_behind():
    discard(image=upload())
    discard(image=prepare(image_id=upload().pk))
    assert not Image.objects.exists()
    assert stored() == {}


def test_discarding_keeps_the_renditions_another_image_shares():
    kept, gone = (prepare(image_id=upload(scope=scope).pk) for scope in ("job:1", "job:2"))
    discard(image=gone)
    assert {rendition_path(image=kept, size=size)[0] for size in SIZES} == set(stored())


def test_a_copy_shares_the_files_and_outlives_the_image_it_was_made_of():
    first = images.prepare(image_id=upload().pk)
    copy = images.copy_image(image=first, scope="job:2:questions")
    assert (copy.scope, copy.digest, copy.state) == ("job:2:questions", first.digest, "ready")
    held = set(stored())
    discard(image=first)
    assert set(stored()) == held
    discard(image=copy)
    assert stored() == {}


def test_what_cannot_be_shown_is_not_copied():
    image = upload()
    default_storage.delete(f"{images.QUARANTINE}/{image.pk}-{image.sha256}")
    assert images.copy_image(image=image, scope="job:2") is None


def test_an_image_that_has_an_answer_cannot_be_discarded():
    image = prepare(image_id=upload().pk)
    author = get_user_model().objects.create_user(email="wei@example.org")
    Annotation.objects.create(scope="task:1", image=image, author=author, body={})
    with pytest.raises(ProtectedError):
        discard(image=image)
    assert len(stored()) == 2


def test_uploads_nobody_waits_for_are_swept_when_they_are_old():
    now = datetime.now(UTC)
    assert sweep_quarantine(before=now) == 0
    waiting = upload()
    with transaction.atomic():
        upload(jpeg(10, 10))
        transaction.set_rollback(True)
    assert sweep_quarantine(before=now - timedelta(hours=1)) == 0
    assert sweep_quarantine(before=now + timedelta(hours=1)) == 1
    assert list(stored()) == [f"quarantine/{waiting.pk}-{waiting.sha256}"]
