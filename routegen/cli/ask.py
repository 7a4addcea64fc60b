"""Turns questions into what the user answers on a terminal; without one nothing is ever asked."""

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

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
    """Ask for one of `KEYS` on the terminal; None when the input ends."""
    return line(f"{question} {KEYS}")


def line(question: str) -> str | None:
    """Ask for a line on the terminal: what was typed, without the space around it; None when the input ends."""
    sys.stderr.write(f"{console.plain(question)} ")
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        console.note()
        return None
    return typed.strip()


def choose(question: str, choices: Mapping[str, str]) -> str | None:
    """One of the choices, by its number, its name or the beginning of it; None when the user quits.

    Args:
        choices: names, each with what it means.
    """
    names = list(choices)
    width = max(map(len, names))
    for number, name in enumerate(names, 1):
        console.note(f"{number:>4}  {name:<{width}}  {choices[name]}".rstrip())
    while (typed := line(f"\n{question} (number or name, q to quit):")) not in (None, "q"):
        if found := named(names, typed or ""):
            return found
        near = get_close_matches(typed or "", names, n=1)
        console.note(f"`{typed}` is none of them" + (f": did you mean `{near[0]}`?" if near else ""))
    return None


def named(names: Sequence[str], typed: str) -> str | None:
    """The name that was meant: by its number from 1, as a whole, or by a beginning that no other has."""
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(names):
        return names[int(typed) - 1]
    if typed in names:
        return typed
    begun = [name for name in names if typed and name.startswith(typed)]
    return begun[0] if len(begun) == 1 else None


def show_diff(target: str, before: bytes | None, after: bytes | None) -> None:
    """The difference between two contents of a file, as a unified diff; None stands for no file."""
    old, new = ((text or b"").decode("utf-8", "replace").splitlines() for text in (before, after))
    names = (
        "/dev/null" if before is None else f"a/{target}",
        "/dev/null" if after is None else f"b/{target}",
    )
    for line in difflib.unified_diff(old, new, *names, lineterm=""):
        console.out(line)
