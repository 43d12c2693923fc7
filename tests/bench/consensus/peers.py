"""Peers measured in the same run: programs of other people, in an interpreter of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.consensus.missing import Missing

HERE = Path(__file__).parent
LIMIT_S = 900.0


@dataclass(frozen=True)
class Peers:
    """The interpreter that has the peers' packages; without one, this interpreter is tried."""

    python: str | None = None

    def ask(self, program: str, **request: Any) -> dict[str, Any]:
        """Run one program of this folder: `request` as JSON on its stdin, its answer as JSON from its stdout.

        Such a program (peer_*.py) imports nothing of ours: it knows its peer and how to print what that found. Raises
        Missing where the peer is not installed, or does not end well.
        """
        line = [self.python or sys.executable, str(HERE / program)]
        try:
            ended = subprocess.run(
                line, input=json.dumps(request, default=str), capture_output=True, text=True, timeout=LIMIT_S
            )
        except OSError as fault:
            raise Missing(f"--peers {self.python} cannot be run: {fault.strerror}.") from None
        except subprocess.TimeoutExpired:
            raise Missing(f"{program} had no answer after {LIMIT_S:.0f} s.") from None
        if ended.returncode:
            raise Missing(told(program, ended.stderr))
        return json.loads(ended.stdout.splitlines()[-1])


def told(program: str, stderr: str) -> str:
    """Why a program ended badly, from the last line of what it said."""
    last = (stderr.strip().splitlines() or ["it said nothing"])[-1]
    if last.startswith("ModuleNotFoundError"):
        return f"{program}: {last.split(':', 1)[1].strip()}; --peers PYTHON names an interpreter that has it."
    return f"{program} failed: {last}"
