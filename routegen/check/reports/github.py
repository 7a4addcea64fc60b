"""Turns findings into the annotations of GitHub Actions: a line of output each, shown at the line of the diff."""

from collections.abc import Iterator
from pathlib import Path

from routegen.check.finding import Finding
from routegen.check.outcome import Checked, Unread
from routegen.check.registry import rules
from routegen.check.reports.places import shown

_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def render(checked: Checked, root: Path) -> str:
    """The workflow commands. Paths start at the top of the repository, as GitHub wants them."""
    return "\n".join([*_findings(checked, root), *(_unread(error, root) for error in checked.errors)])


def _findings(checked: Checked, root: Path) -> Iterator[str]:
    for finding in checked.findings:
        properties = {"title": f"{finding.code} {rules()[finding.code].name}", **_place(finding, root)}
        text = f"{finding.message}\nhint: {finding.hint}"
        yield _command(str(finding.severity), properties, text)


def _place(finding: Finding, root: Path) -> dict[str, object]:
    place: dict[str, object] = {"file": shown(finding.path, root)}
    if finding.line:
        place |= {"line": finding.line, "endLine": finding.end_line}
    if finding.line and finding.line == finding.end_line:  # GitHub takes columns only within one line
        place |= {"col": finding.column, "endColumn": finding.end_column}
    return place


def _unread(error: Unread, root: Path) -> str:
    properties: dict[str, object] = {"title": "unreadable", "file": shown(error.path, root)}
    return _command("error", properties | ({"line": error.line} if error.line else {}), error.message)


def _command(name: str, properties: dict[str, object], text: str) -> str:
    given = ",".join(f"{key}={str(value).translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {given}::{text.translate(_TEXT)}"
