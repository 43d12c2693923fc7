import pytest

from marketplace import pictures
from marketplace.uploading import prepare_images


@pytest.fixture
def image_id(world):
    job = world.job(images=1)
    prepare_images(job_id=job.pk)
    return job.tasks.get().image_id


def token(world, image_id, **changes):
    url = pictures.signed_url(**{"image_id": image_id, "viewer_id": world.wei.pk, "now": world.now, **changes})
    return url.split("/")[2]


def find(token, size="full", **viewer):
    return pictures.find(token=token, size=size, **viewer)


def test_an_address_shows_the_picture_to_its_viewer(world, image_id):
    found = find(token(world, image_id), viewer_id=world.wei.pk, now=world.now)

    assert found.content_type == "image/png"


def test_the_address_stays_the_same_within_the_hour_so_that_the_browser_keeps_the_picture(world, image_id):
    first = token(world, image_id)
    world.later(minutes=59)

    assert token(world, image_id) == first


@pytest.mark.parametrize("viewer", ["wanda", None])
def test_nobody_else_sees_it(world, image_id, viewer):
    other = getattr(world, viewer).pk if viewer else None

    with pytest.raises(pictures.PictureGone):
        find(token(world, image_id), viewer_id=other, now=world.now)


def test_it_ends_within_two_hours(world, image_id):
    old = token(world, image_id)

    with pytest.raises(pictures.PictureGone):
        find(old, viewer_id=world.wei.pk, now=world.later(hours=2, seconds=1))


@pytest.mark.parametrize("bad", ["", "x", "WzEsMV0:1:2"])
def test_an_altered_address_shows_nothing(world, image_id, bad):
    with pytest.raises(pictures.PictureGone):
        find(token(world, image_id) + bad if bad else bad, viewer_id=world.wei.pk, now=world.now)


def test_a_picture_that_is_not_ready_is_not_shown(world):
    image_id = world.job(images=1).tasks.get().image_id

    with pytest.raises(pictures.PictureGone):
        find(token(world, image_id), viewer_id=world.wei.pk, now=world.now)


def test_all_sizes_of_a_picture_lie_at_one_address_and_there_are_no_others(world, image_id):
    found = pictures.addresses(image_id=image_id, viewer_id=world.wei.pk, now=world.now)
    assert len({address.split("/")[2] for address in found.values()}) == 1

    with pytest.raises(pictures.PictureGone):
        find(token(world, image_id), size="512", viewer_id=world.wei.pk, now=world.now)
