"""Long work shows how far it is to who sits there, and nothing to a file or a pipe."""

import io
import sys
from contextlib import suppress

import pytest

from bot.cli.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_sees_a_line_that_grows_and_is_left_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    bar = Bar("Copying")
    for done in (0, 1, 2, 500, 1_000, 1_000):
        bar.show(done, 1_000)
    lines = screen.getvalue().split("\r")
    assert lines == [
        "",
        "Copying [------------------------------]   0 %",
        "Copying [###############---------------]  50 %",
        "Copying [##############################] 100 %\n",
    ]


def test_what_ends_early_leaves_its_line_to_what_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with Bar("Copying"):
        pass
    with suppress(OSError), Bar("Copying") as bar:
        bar.show(1, 2)
        raise OSError("full")
    assert screen.getvalue().count("\n") == 1
    assert screen.getvalue().endswith("50 %\n")


def test_nothing_to_do_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    Bar("Copying").show(0, 0)
    assert screen.getvalue().endswith("100 %\n")


def test_a_pipe_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Bar("Copying").show(1, 2)
    assert capsys.readouterr().err == ""
