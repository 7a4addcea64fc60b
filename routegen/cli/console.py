"""The only consoles: plain text in, readable text out; brackets survive, since markup is off everywhere."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

STATUS_STYLES = {
    "create": "green",
    "identical": "dim",
    "skip": "dim",
    "update": "yellow",
    "overwrite": "yellow",
    "conflict": "bold red",
    "remove": "red",
}


def console(*, stderr: bool = False) -> "Console":
    """A Rich console that prints what it is given: no markup, no emoji codes, no guessing of highlights."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True)


def out(text: str = "", *, style: str | None = None) -> None:
    """Data and results, to stdout."""
    _print(text, style, stderr=False)


def note(text: str = "", *, style: str | None = None) -> None:
    """Everything that is no data, to stderr."""
    _print(text, style, stderr=True)


def _print(text: str, style: str | None, *, stderr: bool) -> None:
    stream = sys.stderr if stderr else sys.stdout
    if style is None or not stream.isatty():  # Rich costs 70 ms to import: only colour needs it
        stream.write(f"{text}\n")
        stream.flush()
    else:
        console(stderr=stderr).print(text, style=style)


def status(word: str, path: str) -> None:
    """One line of what was done to a file: the word in a fixed column, then the path."""
    if sys.stdout.isatty():
        from rich.text import Text

        console().print(Text(f"{word:>10}", style=STATUS_STYLES.get(word, "")), Text(f" {path}"), sep="")
    else:
        out(f"{word:>10}  {path}")


def next_steps(commands: Iterable[str]) -> None:
    """The commands to type next."""
    commands = list(commands)
    if commands:
        out()
        out("next:")
        for command in commands:
            out(f"  {command}")


def error(message: str, hint: str | None = None) -> None:
    """An error on stderr in the house's form: `error: …`, a blank line, `hint: …`."""
    note(f"error: {message}", style="red")
    if hint:
        note()
        note(f"hint: {hint}")
