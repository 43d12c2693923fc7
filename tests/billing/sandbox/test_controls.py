"""The control surface."""

import pytest

from billing.sandbox import controls, sessions
from billing.sandbox.desk import ApiError
from billing.sandbox.server import Sandbox
from tests.billing.sandbox.conftest import events, held, session_params


def act(desk, action, **arguments):
    return controls.act(desk, action, arguments)


def test_a_payment_can_be_made_and_contested_without_a_page(desk):
    session = sessions.create(desk, session_params())["id"]
    for _ in range(2):
        done = act(desk, "pay", session=session)
    dispute = act(desk, "open_dispute", payment=done["payment_intent"])
    act(desk, "close_dispute", dispute=dispute["id"], won=False)
    assert held(desk) == (4825 - 6500, 0)
    assert len(events(desk)) == 4


def test_a_slow_payment_is_settled_once(desk):
    session = sessions.create(desk, session_params())["id"]
    act(desk, "pay", session=session, later=True)
    for _ in range(2):
        act(desk, "settle_payment", session=session)
    assert held(desk) == (4825, 0)


@pytest.mark.parametrize(("action", "arguments"), [("rob", {}), ("top_up", {}), ("top_up", {"amount": 1, "to": "me"})])
def test_an_action_that_is_not_there_or_wants_other_arguments_is_refused(desk, action, arguments):
    with pytest.raises(ApiError):
        act(desk, action, **arguments)


def test_every_action_says_what_it_wants_when_it_is_given_nothing(desk):
    for action in controls.ACTIONS.keys() - {"run_payouts", "settle_balance"}:
        with pytest.raises(ApiError, match="missing a required argument"):
            act(desk, action)


def test_faults_and_deliveries_are_the_running_servers():
    server = Sandbox(address=("127.0.0.1", 0), state=":memory:", webhook_url="http://127.0.0.1:9/", webhook_secret="s")
    try:
        server.do("fault", path="/v1/transfers", fault=503, times=2)
        assert [server.faults.befall("/v1/transfers") for _ in range(3)] == [503, 503, None]
        server.do("fault", path="/v1/transfers", fault="lost", share=1.0)
        assert server.faults.befall("/v1/transfers") == "lost"
        server.do("clear_faults")
        assert server.faults.befall("/v1/transfers") is None
        server.do("deliveries", copies=5, seed=1)
        assert (server.deliverer.copies, server.deliverer.dice is None) == (5, False)
        server.do("deliveries")
        assert (server.deliverer.copies, server.deliverer.dice) == (1, None)
    finally:
        server.server_close()
        server.store.close()
