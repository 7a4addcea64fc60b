"""Turns findings into the report that GitLab shows in a merge request (Code Quality, a JSON list)."""

import json
from pathlib import Path
from typing import Any

from routegen.check.finding import Severity
from routegen.check.outcome import Checked
from routegen.check.reports.places import fingerprints, shown

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor"}


def render(checked: Checked, root: Path) -> str:
    """The report. A file that could not be read is a `blocker`."""
    rows = [
        _row(f.code, f"{f.code} {f.message}", _SEVERITIES[f.severity], mark, shown(f.path, root), f.line)
        for f, mark in fingerprints(checked.findings, root)
    ]
    for error in checked.errors:
        path = shown(error.path, root)
        rows.append(_row("unreadable", error.message, "blocker", f"unreadable {path}", path, error.line))
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _row(name: str, text: str, severity: str, mark: str, path: str, line: int) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": name,
        "description": text,
        "severity": severity,
        "fingerprint": mark,
        "location": {"path": path, "lines": {"begin": max(1, line)}},
    }
