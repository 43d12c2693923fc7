"""Which role an endpoint needs."""

import pytest

pytestmark = pytest.mark.usefixtures("small_api")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("/requester/", {"rita"}),
        ("/worker/", {"wei"}),
        ("/member/", {"rita", "wei"}),
        ("/admin/", {"ada"}),
    ],
)
def test_only_the_role_may(world, address, may):
    for name in ("rita", "wei", "ada", "sam"):
        reply = world.api(getattr(world, name)).get(address)
        assert reply.status_code == (200 if name in may else 403), name
    assert world.api(None).get(address).status_code == 401


def test_who_may_not_is_told_which_role_it_takes(world):
    assert world.api(world.sam).get("/worker/").json()["detail"] == "Only a worker may do this."
