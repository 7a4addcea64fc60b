"""Turns files in the way into decisions of the user, one key each; without a terminal nothing is ever asked."""

import difflib
import sys
from collections.abc import Callable, Sequence

from routegen.cli import console

KEYS = "[y]es [n]o [d]iff [a]ll [q]uit"


def is_interactive() -> bool:
    """Whether a person can be asked: what is typed and what is shown are both a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def decide(
    targets: Sequence[str], ask: Callable[[str], str | None], show: Callable[[str], None]
) -> dict[str, bool] | None:
    """A yes or no for every target, or None when the user quits: then nothing is to be done.

    Args:
        ask: asks about a target and returns what was typed; None at the end of the input.
        show: shows the difference, after which the same target is asked for again.
    """
    decisions: dict[str, bool] = {}
    for number, target in enumerate(targets):
        while target not in decisions:
            typed = ask(target)
            match "q" if typed is None else typed.strip().lower()[:1]:
                case "y":
                    decisions[target] = True
                case "n":
                    decisions[target] = False
                case "a":
                    return {**decisions, **dict.fromkeys(targets[number:], True)}
                case "d":
                    show(target)
                case "q":
                    return None
                case _:
                    pass  # asked again
    return decisions


def prompt(question: str) -> str | None:
    """Ask on the terminal; None when the input ends."""
    sys.stderr.write(f"{console.plain(question)} {KEYS} ")
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        console.note()
        return None
    return typed


def show_diff(target: str, before: bytes | None, after: bytes | None) -> None:
    """The difference between two contents of a file, as a unified diff; None stands for no file."""
    old, new = ((text or b"").decode("utf-8", "replace").splitlines() for text in (before, after))
    names = (
        "/dev/null" if before is None else f"a/{target}",
        "/dev/null" if after is None else f"b/{target}",
    )
    for line in difflib.unified_diff(old, new, *names, lineterm=""):
        console.out(line)
