"""`python -m billing.sandbox --port 8001 --state sandbox.db --webhook-url http://…/webhooks/stripe/`"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from billing.sandbox.server import Sandbox


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
    parser.add_argument("--fee-bps", type=int, default=290, help="kept of a card payment, basis points")
    parser.add_argument("--fee-fixed", type=int, default=30, help="kept of a card payment besides, cents")
    parser.add_argument("--settle-seconds", type=int, default=0, help="how long paid money stays pending")
    chosen = parser.parse_args(arguments)
    sandbox = Sandbox(
        address=(chosen.host, chosen.port), state=chosen.state, webhook_url=chosen.webhook_url,
        webhook_secret=chosen.webhook_secret, public_url=chosen.public_url, fee_bps=chosen.fee_bps,
        fee_fixed=chosen.fee_fixed, settle_seconds=chosen.settle_seconds,
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
