"""Turns text into output: data on stdout, all else on stderr; nothing is markup, so that `[id]` survives."""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import TextIO

_SGR = {
    "red": "31",
    "bold red": "1;31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
    "bold": "1",
    "dim": "2",
}
"""The styles there are. Rich would cost 70 ms of import for these seven."""

STATUS_STYLES = {
    "create": "green",
    "identical": "dim",
    "skip": "dim",
    "update": "yellow",
    "overwrite": "yellow",
    "conflict": "bold red",
    "remove": "red",
}
_STATUS_WIDTH = 10
_CELLS = 20

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
"""A file's name must not be able to steer the terminal."""


def prepare() -> None:
    """Make the standard streams take any text: what their encoding lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def out(text: str = "", *, style: str | None = None) -> None:
    """Data and results, to stdout."""
    _print(styled(text, style, sys.stdout), sys.stdout)


def raw(data: bytes) -> None:
    """The content of a file, to stdout, byte for byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def note(text: str = "", *, style: str | None = None) -> None:
    """Everything that is no data, to stderr."""
    _print(styled(text, style, sys.stderr), sys.stderr)


def coloured(text: str, stream: TextIO) -> None:
    """A line whose colours are in it already; who made it has made its foreign control characters visible."""
    _print(text, stream)


def status(word: str, path: str) -> None:
    """One line of what was done to a file: the word in a fixed column, then the path."""
    column = styled(f"{word:>{_STATUS_WIDTH}}", STATUS_STYLES.get(word), sys.stdout)
    _print(f"{column}  {plain(path)}", sys.stdout)


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Rows in columns, to stdout; the first one is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        out(line, style="bold" if number == 0 else None)


def age(since: float) -> str:
    """How long ago a moment was, in seconds since 1970: `3m`."""
    seconds = max(time.time() - since, 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def bar(done: int, of: int) -> str:
    """A part of a whole, twenty cells wide: `████████░░░░░░░░░░░░`."""
    full = min(_CELLS, _CELLS * done // max(of, 1))
    return "█" * full + "░" * (_CELLS - full)


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
    _print(f"{styled('error:', 'bold red', sys.stderr)} {plain(message)}", sys.stderr)
    if hint:
        _print(f"\n{styled('hint:', 'bold', sys.stderr)} {plain(hint)}", sys.stderr)


def plain(text: str) -> str:
    """The text with its control characters made visible."""
    return text.translate(_CONTROL)


def styled(text: str, style: str | None, stream: TextIO) -> str:
    """The text in a style of `_SGR` where the stream shows colour; its own control characters are visible."""
    text = plain(text)
    return f"\x1b[{_SGR[style]}m{text}\x1b[0m" if style and has_colour(stream) else text


def has_colour(stream: TextIO) -> bool:
    """Colour is for terminals, and where `FORCE_COLOR` asks for it; never for users who set `NO_COLOR`."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def _print(text: str, stream: TextIO) -> None:
    stream.write(f"{text}\n")
    stream.flush()
