"""The sandbox as a process of its own."""

import signal
import subprocess
import sys
import urllib.request


def test_it_runs_from_the_command_line_without_django_and_ends_on_sigterm(tmp_path):
    arguments = ["--port", "0", "--state", str(tmp_path / "s.db"), "--webhook-url", "http://127.0.0.1:9/"]
    process = subprocess.Popen(
        [sys.executable, "-m", "billing.sandbox", *arguments], stdout=subprocess.PIPE, text=True, env={"PATH": ""}
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("sandbox on http://127.0.0.1:")
        address = line.split()[2].rstrip(",")
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            assert answer.read() == b"ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
