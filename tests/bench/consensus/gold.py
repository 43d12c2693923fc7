"""How well gold is told from other images by all that workers are sent: 2,000 claims over the API, a tenth of it gold.

On a database of its own, in a process of its own: the other parts need none.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from marketplace.local import throwaway
from tests.bench.consensus.missing import Missing
from tests.leaks import classified

CLAIMS, WORKERS, KNOWN = 2_000, 12, 30
PERMUTATIONS = 3
ROOT = Path(__file__).parents[3]


def measure(*, seed: int, claims: int = CLAIMS) -> dict[str, Any]:
    """AUC of a classifier in five folds, and of the same on permuted labels. 0.5 is chance."""
    command = [sys.executable, "-m", "tests.bench.consensus.gold", "--seed", str(seed), "--claims", str(claims)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"the market to look at did not run: {done.stderr.strip().splitlines()[-1:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the figures as one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--claims", type=int, default=CLAIMS)
    options = parser.parse_args()
    with throwaway.services(environ={}, say=lambda line: print(line, file=sys.stderr)) as named:
        os.environ |= named | {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
            "SECRET_KEY": secrets.token_hex(32),
        }
        print(json.dumps(_measured(options.seed, options.claims)))


def _measured(seed: int, claims: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.test.utils import setup_test_environment

    from marketplace.local.starting import migrate
    from tests import leak_market

    migrate()
    setup_test_environment(debug=False)  # the host that the test client names is allowed
    seen = leak_market.look(claims=claims, workers=WORKERS, known=KNOWN, seed=seed)
    generator = np.random.default_rng(seed)
    classify: Callable[[Any], float] = lambda truth: classified(  # noqa: E731
        features=seen.features, truth=truth, generator=generator
    )
    permuted = [classify(generator.permutation(seen.truth)) for _ in range(PERMUTATIONS)]
    return {
        "gold_auc": round(classify(seen.truth), 4),
        "detail": {
            "images": len(seen.truth),
            "gold": int(seen.truth.sum()),
            "features": seen.features.shape[1],
            "permuted_auc": [round(one, 4) for one in permuted],
        },
    }


if __name__ == "__main__":
    main()
