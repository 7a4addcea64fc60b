"""Turns what a check came to into text for people, or into the format that a program reads."""

from importlib import import_module
from pathlib import Path
from typing import Any

from routegen.check.outcome import Checked
from routegen.check.reports.places import repository
from routegen.check.reports.text import Paint, fixes, summary, unpainted

__all__ = ["fixes", "render", "statistics", "summary"]

_OF_A_REPOSITORY = {"github", "gitlab", "sarif"}
"""Formats that a site reads which shows the repository: their paths start at its top."""


def render(checked: Checked, format: str, *, root: Path, paint: Paint = unpainted) -> str:
    """The findings in `text`, `concise`, `json`, `github`, `gitlab`, `junit` or `sarif`.

    Paths are given relative to `root` where they lie below it, or to the repository around it. All text goes
    through `paint`; only that for people has styles.
    """
    module, top = _module(format), repository(root) if format in _OF_A_REPOSITORY else root
    if format == "concise":
        return module.concise(checked, top, paint)
    if format == "text":
        return module.render(checked, top, paint)
    return paint(module.render(checked, top), "")


def statistics(checked: Checked, format: str, paint: Paint = unpainted) -> str:
    """How many findings each rule has, most first, in `text` (or `concise`) or `json`."""
    return _module(format).statistics(checked, paint)


def _module(format: str) -> Any:
    name = {"concise": "text", "json": "data"}.get(format, format)
    return import_module(f"routegen.check.reports.{name}")
