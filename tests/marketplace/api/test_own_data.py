"""One's own data over the API."""

import json


def test_it_is_the_document_of_who_asks(world):
    reply = world.api(world.wei).get("/api/v1/me/data/")
    assert json.loads(reply.getvalue())["profile"]["email"] == "wei@example.org"
    assert reply["Content-Disposition"].startswith("attachment")
    assert world.api(None).get("/api/v1/me/data/").status_code == 401
