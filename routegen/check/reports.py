"""Turns findings into text with code frames, one line each, or JSON."""

import json
import os
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from routegen.check.finding import Finding, Reason
from routegen.check.outcome import Checked
from routegen.check.registry import rules


def render(checked: Checked, format: str, *, root: Path) -> str:
    """The findings in `text`, `concise` or `json`; paths are given relative to `root` where they lie below it."""
    if format == "json":
        return json.dumps(as_json(checked, root=root), indent=2, ensure_ascii=False)
    if format == "concise":
        return "\n".join(_headline(finding, root) for finding in checked.findings)
    lines: dict[Path, list[str]] = {}
    return "\n\n".join("\n".join(_block(finding, lines, root)) for finding in checked.findings)


def as_json(checked: Checked, *, root: Path) -> dict[str, Any]:
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


def statistics(checked: Checked) -> str:
    """How many findings each rule has, most first."""
    counts = Counter(finding.code for finding in checked.findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"{count:>5}  {code}  {rules()[code].name}" for code, count in ordered)


def summary(checked: Checked) -> str:
    """One line: how many findings in how many files."""
    files = _count(checked.files, "file")
    if not checked.findings and not checked.errors:
        return f"no findings in {files}"
    parts = [f"{_count(len(checked.findings), 'finding')} in {files}"]
    if checked.errors:
        parts.append(f"{_count(len(checked.errors), 'file')} could not be read")
    return ", ".join(parts)


def shown(path: Path, root: Path) -> str:
    """A path as a reader wants it: relative where that is shorter."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else os.fspath(path)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


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
        "evidence": [
            {"text": reason.text, "line": reason.line}
            | ({"path": shown(reason.path, root)} if reason.path else {})
            for reason in finding.evidence
        ],
    }


def _headline(finding: Finding, root: Path) -> str:
    place = f":{finding.line}:{finding.column}" if finding.line else ""
    return f"{shown(finding.path, root)}{place} {finding.code} {finding.message}"


def _block(finding: Finding, lines: dict[Path, list[str]], root: Path) -> Iterator[str]:
    yield _headline(finding, root)
    if finding.path not in lines:
        lines[finding.path] = _lines(finding.path)
    yield from _frame(finding, lines[finding.path])
    for reason in finding.evidence:
        yield f"  {reason.text}{_place(reason, root)}"
    yield f"hint: {finding.hint}"


def _lines(path: Path) -> list[str]:
    """The lines of a file, for frames: as Python decodes them; none when it has gone."""
    try:
        with tokenize.open(path) as file:
            return file.read().split("\n")
    except (OSError, SyntaxError, UnicodeDecodeError):
        return []


def _place(reason: Reason, root: Path) -> str:
    if reason.path is not None:
        return f", {shown(reason.path, root)}:{reason.line}"
    return f", line {reason.line}" if reason.line else ""


def _frame(finding: Finding, lines: list[str]) -> Iterator[str]:
    """The line of the finding with a caret below it, tabs as one blank, long lines cut around the place."""
    if not 0 < finding.line <= len(lines):
        return
    line = lines[finding.line - 1].replace("\t", " ")
    start = finding.column - 1
    end = finding.end_column - 1 if finding.end_line == finding.line else len(line)
    cut = max(0, start - 60)
    gutter = f"{finding.line:>5} | "
    yield gutter + line[cut : cut + 140].rstrip()
    yield " " * (len(gutter) - 2) + "| " + " " * (start - cut) + "^" * max(1, min(end, cut + 140) - start)
