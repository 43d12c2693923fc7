"""`python -m billing.sandbox --port 8001 --state sandbox.db --webhook-url http://…/webhooks/stripe/`"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from billing.sandbox.server import Sandbox

_TERMS: tuple[tuple[str, int | str, str], ...] = (
    ("fee_bps", 290, "kept of a card payment, basis points"),
    ("fee_fixed", 30, "kept of a card payment besides, cents"),
    ("dispute_fee", 1500, "kept of a contested payment, cents"),
    ("settle_seconds", 0, "how long paid money stays pending"),
    ("refund_seconds", 0, "how long a refund stays pending"),
    ("payout_seconds", 86_400, "how long connected accounts hold money before their bank gets it"),
    ("country", "US", "where the platform's account is"),
)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m billing.sandbox", description="A double of the payment provider.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--state", required=True, help="SQLite file that holds everything; made when missing")
    parser.add_argument("--webhook-url", required=True, help="where signed events are sent")
    parser.add_argument(
        "--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_sandbox"),
        help="signs the events (default: STRIPE_WEBHOOK_SECRET)",
    )  # fmt: skip
    parser.add_argument("--public-url", default="", help="the address people see, if it is another one")
    for name, default, meaning in _TERMS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default, help=meaning)
    parser.add_argument("--onboarding", action="store_true", help="a new account must be set up by a person first")
    chosen = parser.parse_args(arguments)
    sandbox = Sandbox(
        address=(chosen.host, chosen.port), state=chosen.state, webhook_url=chosen.webhook_url,
        webhook_secret=chosen.webhook_secret, public_url=chosen.public_url, onboarding=chosen.onboarding,
        **{name: getattr(chosen, name) for name, _, _ in _TERMS},
    )  # fmt: skip

    def stop(*_: object) -> None:
        # shutdown() waits for the loop to end, which cannot happen inside the handler that interrupted it.
        threading.Thread(target=sandbox.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"sandbox on {sandbox.url}, test money only\n")
    sys.stdout.flush()
    sandbox.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
