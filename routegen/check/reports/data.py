"""Turns what a check came to into JSON."""

import json
from pathlib import Path
from typing import Any

from routegen.check.finding import Finding, Fix
from routegen.check.outcome import Checked
from routegen.check.registry import rules
from routegen.check.reports.places import shown
from routegen.check.reports.text import Paint, counts, unpainted


def render(checked: Checked, root: Path) -> str:
    """The outcome as a JSON object."""
    return json.dumps(as_data(checked, root), indent=2, ensure_ascii=False)


def statistics(checked: Checked, paint: Paint = unpainted) -> str:
    """How many findings each rule has, most first, as a JSON list."""
    rows = [{"code": c, "name": rules()[c].name, "count": count} for c, count in counts(checked)]
    return paint(json.dumps(rows, indent=2), "")


def as_data(checked: Checked, root: Path) -> dict[str, Any]:
    """The outcome as plain data: `findings`, `errors` and `summary`."""
    return {
        "findings": [_finding(finding, root) for finding in checked.findings],
        "errors": [
            {
                "path": shown(error.path, root),
                "line": error.line,
                "message": error.message,
                "hint": error.hint,
            }
            for error in checked.errors
        ],
        "summary": {
            "files": checked.files,
            "findings": len(checked.findings),
            "suppressed": checked.suppressed,
            "errors": len(checked.errors),
        },
    }


def _finding(finding: Finding, root: Path) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": rules()[finding.code].name,
        "severity": str(finding.severity),
        "path": shown(finding.path, root),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": finding.message,
        "hint": finding.hint,
        "handler": finding.handler,
        "fix": _fix(finding.fix, root) if finding.fix else None,
        "evidence": [
            {"text": reason.text, "line": reason.line}
            | ({"path": shown(reason.path, root)} if reason.path else {})
            for reason in finding.evidence
        ],
    }


def _fix(fix: Fix, root: Path) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safe": fix.is_safe,
        "edits": [
            {"path": shown(edit.path, root), "start": edit.start, "end": edit.end, "text": edit.text}
            for edit in fix.edits
        ],
    }
