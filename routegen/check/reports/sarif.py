"""Turns findings into SARIF 2.1.0, the format of code scanning: rules, places, traces and fixes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from routegen import __version__
from routegen.check.finding import Edit, Finding, Fix
from routegen.check.outcome import Checked, Unread
from routegen.check.registry import Rule, rules
from routegen.check.reports.places import fingerprints, uri
from routegen.check.texts import Text, read_text

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT = "routegenHandler/v1"


def render(checked: Checked, root: Path) -> str:
    """The log of one run. URIs are relative to the top of the repository, columns count characters."""
    results = [
        _result(finding, mark, root, checked) for finding, mark in fingerprints(checked.findings, root)
    ]
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not checked.errors,
                "toolExecutionNotifications": [_notification(error, root) for error in checked.errors],
            }
        ],
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def _driver() -> dict[str, Any]:
    return {
        "name": "routegen check",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules().values()],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.name.replace("-", " ")},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "defaultConfiguration": {"level": str(rule.severity), "enabled": not rule.preview},
        "properties": {"problem.severity": str(rule.severity)},
    }


def _result(finding: Finding, mark: str, root: Path, checked: Checked) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": list(rules()).index(finding.code),
        "level": str(finding.severity),
        "message": {"text": f"{finding.message}\nhint: {finding.hint}"},
        "locations": [_location(finding.path, root, _region(finding))],
        "partialFingerprints": {_FINGERPRINT: mark},
    }
    if flow := [*_flow(finding, root)]:
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix, root, checked)]
    return result


def _region(finding: Finding) -> dict[str, int]:
    if not finding.line:  # the whole file; GitHub shows nothing without a line
        return {"startLine": 1}
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }


def _location(path: Path, root: Path, region: dict[str, int], text: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": _artifact(path, root), "region": region}
    }
    return location | ({"message": {"text": text}} if text else {})


def _artifact(path: Path, root: Path) -> dict[str, str]:
    base = {"uriBaseId": "%SRCROOT%"} if path.is_relative_to(root) else {}
    return {"uri": uri(path, root)} | base


def _flow(finding: Finding, root: Path) -> Iterator[dict[str, Any]]:
    """The evidence as the way to the finding; nothing when no piece of it has a place."""
    placed = [reason for reason in finding.evidence if reason.line]
    for reason in placed:
        where = reason.path or finding.path
        yield {"location": _location(where, root, {"startLine": reason.line}, reason.text)}
    if placed:
        yield {"location": _location(finding.path, root, _region(finding), finding.message)}


def _fix(fix: Fix, root: Path, checked: Checked) -> dict[str, Any]:
    by_file: dict[Path, list[Edit]] = {}
    for edit in fix.edits:
        by_file.setdefault(edit.path, []).append(edit)
    changes = [
        {
            "artifactLocation": _artifact(path, root),
            "replacements": [*_replacements(read_text(path, checked.contents), edits)],
        }
        for path, edits in by_file.items()
    ]
    return {"description": {"text": fix.title}, "artifactChanges": changes}


def _replacements(text: Text | None, edits: list[Edit]) -> Iterator[dict[str, Any]]:
    for edit in edits:
        yield {"deletedRegion": _span(text, edit), "insertedContent": {"text": edit.text}}


def _span(text: Text | None, edit: Edit) -> dict[str, int]:
    if text is None:  # a file that is not there yet
        return {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    (line, column), (end_line, end_column) = text.position(edit.start), text.position(edit.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _notification(error: Unread, root: Path) -> dict[str, Any]:
    place = _location(error.path, root, {"startLine": max(1, error.line)})
    return {"level": "error", "message": {"text": error.message}, "locations": [place]}
