"""Turns what a check came to into text for people, or into the format that a program reads."""

from importlib import import_module
from pathlib import Path
from typing import Any

from routegen.check.outcome import Checked
from routegen.check.reports.places import repository
from routegen.check.reports.text import fixes, statistics, summary

__all__ = ["fixes", "render", "statistics", "summary"]

_OF_A_REPOSITORY = {"github", "gitlab", "sarif"}
"""Formats that a site reads which shows the repository: their paths start at its top."""


def render(checked: Checked, format: str, *, root: Path) -> str:
    """The findings in `text`, `concise`, `json`, `github`, `gitlab`, `junit` or `sarif`.

    Paths are given relative to `root` where they lie below it, or to the repository around it.
    """
    name = "text" if format == "concise" else format
    module: Any = import_module(f"routegen.check.reports.{'data' if name == 'json' else name}")
    top = repository(root) if format in _OF_A_REPOSITORY else root
    return module.concise(checked, top) if format == "concise" else module.render(checked, top)
