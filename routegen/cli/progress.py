"""Shows on a terminal how far a long command is; nothing in a pipe, and nothing when it is quick."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from routegen.cli import console

_PATIENCE = 1.0
_PAUSE = 0.1


@contextmanager
def shown_progress(verb: str, things: str) -> Generator[Callable[[int, int], None] | None]:
    """Gives a function that is told how many things of how many are done, or None where nobody would see it.

    After a second it keeps a bar on the last line of the terminal, which is gone when the block ends.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    due, shown = time.monotonic() + _PATIENCE, False

    def say(done: int, of: int) -> None:
        nonlocal due, shown
        now = time.monotonic()
        if now < due:
            return
        due, shown = now + _PAUSE, True
        line = f"{verb} {console.bar(done, of)} {done} of {of} {things}"
        _write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")

    try:
        yield say
    finally:
        if shown:
            _write("\r\x1b[K")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
