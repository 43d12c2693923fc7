"""What endpoints share: reading bodies, refusing unknown fields, pages."""

import pytest

pytestmark = pytest.mark.usefixtures("small_api")


def test_a_good_body_is_read(world):
    assert world.api(world.rita).post("/echo/", {"name": "Ann"}).json() == {"name": "Ann"}


def test_every_wrong_and_unknown_field_is_named_at_once(world):
    reply = world.api(world.rita).post("/echo/", {"name": "too long", "age": "x", "nmae": 1})
    assert reply.status_code == 400
    assert {(fault["field"], fault["rule"]) for fault in reply.json()["errors"]} == {
        ("name", "max_length"),
        ("age", "invalid"),
        ("nmae", "unknown_field"),
    }


def test_an_unknown_field_is_refused_although_the_rest_is_good(world):
    reply = world.api(world.rita).post("/echo/", {"name": "Ann", "extra": 1})
    assert reply.json()["errors"] == [
        {"field": "extra", "rule": "unknown_field", "message": "'extra' is not a field here."}
    ]


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(world, body):
    reply = world.api(world.rita).put("/echo/", body, format="json")
    if body is None:
        assert reply.json() == {}
    else:
        assert reply.status_code == 400
        assert reply.json()["errors"][0]["rule"] == "object"


def test_an_absent_body_reads_as_empty(world):
    client = world.api(world.rita)
    assert client.post("/nothing/").status_code == 204
    assert client.post("/nothing/", {}).status_code == 204
    assert client.post("/nothing/", {"x": 1}).status_code == 400


def test_another_content_type_is_415(world):
    reply = world.api(world.rita).post("/echo/", "a,b", content_type="text/csv")
    assert reply.status_code == 415
    assert reply.json()["status"] == 415


def test_a_body_above_the_ceiling_is_413(world, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert world.api(world.rita).post("/echo/", {"name": "x" * 200}).status_code == 413


def test_another_method_is_405(world):
    assert world.api(world.rita).delete("/echo/").status_code == 405


def test_pages_follow_each_other_and_miss_nobody(world):
    for number in range(7):
        world.person(f"P{number}")
    client, seen, address = world.api(world.rita), [], "/people/?limit=3"
    while address:
        page = client.get(address).json()
        seen += page["results"]
        address = page["next"]
    assert seen == [*(f"P{number}" for number in range(7)), "Rita"]


def test_a_forged_cursor_is_404(world):
    assert world.api(world.rita).get("/people/?cursor=zzz").status_code == 404
