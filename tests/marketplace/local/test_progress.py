"""Steps of a start: a bar on a terminal, plain lines elsewhere."""

import io
import re

from rich.console import Console

from marketplace.local.progress import Progress, Terminal


def shown(*, terminal):
    stream = io.StringIO()
    progress = Progress(console=Console(file=stream, force_terminal=terminal, width=80))
    with progress.steps(total=2, title="Starting"):
        with progress.step("[one]"):
            pass
        with progress.step("two"):
            pass
    progress.say("a [bracket] stays")
    return stream.getvalue()


def test_elsewhere_each_step_is_one_plain_line():
    lines = shown(terminal=False).splitlines()
    assert [re.sub(r"\d", "0", line) for line in lines] == ["[one]: 0.0 s", "two: 0.0 s", "a [bracket] stays"]


def test_on_a_terminal_there_is_a_bar_and_a_tick_for_each_step():
    text = shown(terminal=True)
    assert text.count("✓") == 2
    assert "/2" in text


def test_a_terminal_that_went_away_is_no_reason_to_fail():
    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    Progress(console=Terminal(file=Gone())).say("anybody?")
