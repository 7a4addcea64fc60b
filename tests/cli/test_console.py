"""Plain where it is read by programs, coloured where a person looks, and never markup."""

import io
import sys
from collections.abc import Callable

import pytest

from routegen.cli import console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


OnTerminal = Callable[[Callable[[], None]], str]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> OnTerminal:
    """What a function prints on a terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("WT_SESSION", "1")

    def call(printer: Callable[[], None]) -> str:
        stream = Terminal()
        with monkeypatch.context() as patch:  # here and not above: pytest sets the streams anew for the call
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            printer()
        return stream.getvalue()

    return call


PATH = "app/users/[id]/[red]/[/id]/route.py"
PRINTERS: list[Callable[[], None]] = [
    lambda: console.out(PATH),
    lambda: console.out(PATH, style="red"),
    lambda: console.note(PATH, style="dim"),
    lambda: console.status("create", PATH),
    lambda: console.error(PATH, PATH),
    lambda: console.next_steps([PATH]),
]


@pytest.mark.parametrize("printer", PRINTERS)
def test_brackets_survive_on_a_terminal(printer: Callable[[], None], on_terminal: OnTerminal) -> None:
    assert PATH in on_terminal(printer)


@pytest.mark.parametrize("printer", PRINTERS)
def test_brackets_survive_in_a_pipe_and_nothing_is_coloured(
    printer: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    printer()
    captured = capsys.readouterr()
    assert PATH in captured.out + captured.err
    assert "\x1b" not in captured.out + captured.err


def test_colour_can_be_had_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    console.out(PATH, style="red")
    monkeypatch.setenv("NO_COLOR", "1")
    console.out(PATH, style="red")
    assert capsys.readouterr().out == f"\x1b[31m{PATH}\x1b[0m\n{PATH}\n"


def test_a_terminal_gets_colour(on_terminal: OnTerminal) -> None:
    assert on_terminal(lambda: console.status("conflict", PATH)) == f"\x1b[1;31m  conflict\x1b[0m  {PATH}\n"


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
@pytest.mark.parametrize("printer", PRINTERS)
def test_a_terminal_of_a_user_without_colour(
    printer: Callable[[], None],
    variable: str,
    value: str,
    on_terminal: OnTerminal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    assert "\x1b" not in on_terminal(printer)


@pytest.mark.parametrize("printer", [console.out, console.note, console.error])
def test_text_cannot_steer_the_terminal(printer: Callable[[str], None], on_terminal: OnTerminal) -> None:
    assert r"a\x1b[2Jb\x0dc\x07" in on_terminal(lambda: printer("a\x1b[2Jb\rc\x07"))


def test_the_status_stands_in_a_fixed_column(capsys: pytest.CaptureFixture[str]) -> None:
    for word in console.STATUS_STYLES:
        console.status(word, PATH)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(console.STATUS_STYLES)
    assert {line.index(PATH) for line in lines} == {12}


def test_an_error_goes_to_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    console.error("no `x`", "make `x`")
    console.error("no `y`")
    assert capsys.readouterr() == ("", "error: no `x`\n\nhint: make `x`\nerror: no `y`\n")
