import io

from rich.console import Console

from marketplace.demo import report, showing
from marketplace.demo.showing import Shows, print_tables
from tests.marketplace.demo.test_report import FIGURES, ROWS

FOUND = report.summary(rows=ROWS, consensus=None, figures=FIGURES)


def console(terminal):
    return Console(file=io.StringIO(), force_terminal=terminal, width=120)


def test_elsewhere_a_step_tells_a_few_plain_lines():
    screen = console(False)
    with Shows(console=screen).step("Labelling", total=100) as shown:
        for _ in range(100):
            assert shown.advance()
    lines = screen.file.getvalue().splitlines()
    assert lines[0] == "  Labelling: 20 of 100"
    assert 3 <= len(lines) <= showing.LINES_A_STEP + 1
    assert lines[-1].startswith("Labelling: 0.")
    assert "\x1b" not in screen.file.getvalue()


def test_on_a_terminal_a_step_has_a_bar():
    screen = console(True)
    with Shows(console=screen).step("Labelling", total=4) as shown:
        shown.at(2, 4)
        assert shown.shows.bar.tasks[0].completed == 2
    assert "Labelling" in screen.file.getvalue()


def test_words_are_shown_as_they_are():
    screen = console(False)
    Shows(console=screen).say("a [bold]file[/].jpg")
    assert screen.file.getvalue() == "a [bold]file[/].jpg\n"


def test_the_table_is_plain_aligned_text_elsewhere():
    screen = console(False)
    print_tables(found=FOUND, console=screen)
    lines = screen.file.getvalue().splitlines()
    assert " ".join(lines[0].split()) == "Worker Kind Answers Accepted Rejected F1 Mean IoU Minutes Earned"
    assert len({line.rindex(" ") for line in lines[1:4]}) == 1
    assert lines[-1].split() == ["Audit", "all", "is", "well"]


def test_the_table_on_a_terminal_says_the_same():
    screen = console(True)
    print_tables(found=FOUND | {"audit": ["job x: off by 1"]}, console=screen)
    assert "1 fault" in screen.file.getvalue()
    assert "job x: off by 1" in screen.file.getvalue()
