"""What a check comes to: findings, files that could not be read, and counts; as plain data for the cache."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.check.finding import Edit, Finding, Fix, Reason, Severity


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A file that could not be read as Python; `line` is the place, 0 for the whole file."""

    path: Path
    line: int
    message: str
    hint: str


@dataclass(slots=True)
class Checked:
    """The outcome: findings in order, files that could not be read, and how many files were looked at.

    `contents` are those of files that are not what the disk says.
    """

    findings: list[Finding] = field(default_factory=lambda: [])
    errors: list[Unread] = field(default_factory=lambda: [])
    files: int = 0
    suppressed: int = 0
    contents: Mapping[Path, bytes] = field(default_factory=lambda: {})

    def add(self, other: "Checked") -> None:
        """Take the outcome of a part in."""
        self.findings += other.findings
        self.errors += other.errors
        self.suppressed += other.suppressed

    def as_data(self) -> list[Any]:
        """As JSON."""
        findings = [_finding_as_data(finding) for finding in self.findings]
        errors = [[str(e.path), e.line, e.message, e.hint] for e in self.errors]
        return [findings, errors, self.files, self.suppressed]


def checked_of(data: list[Any]) -> Checked:
    """The outcome that `as_data` wrote."""
    findings, errors, files, suppressed = data
    return Checked(
        [_finding_of(row) for row in findings],
        [Unread(Path(path), line, message, hint) for path, line, message, hint in errors],
        files,
        suppressed,
    )


def _finding_as_data(f: Finding) -> list[Any]:
    evidence = [[r.text, r.line, None if r.path is None else str(r.path), r.is_cause] for r in f.evidence]
    place = [str(f.path), f.line, f.column, f.end_line, f.end_column]
    about = [f.handler, f.digest, None if f.fix is None else _fix_as_data(f.fix)]
    return [*place, f.code, f.message, f.hint, str(f.severity), evidence, *about]


def _finding_of(row: list[Any]) -> Finding:
    (
        path,
        line,
        column,
        end_line,
        end_column,
        code,
        message,
        hint,
        severity,
        evidence,
        handler,
        digest,
        fix,
    ) = row
    reasons = tuple(
        Reason(text, at, Path(where) if where else None, is_) for text, at, where, is_ in evidence
    )
    place = (Path(path), line, column, code, message, hint, end_line, end_column)
    return Finding(*place, Severity(severity), reasons, handler, digest, _fix_of(fix) if fix else None)


def _fix_as_data(fix: Fix) -> list[Any]:
    return [fix.title, fix.is_safe, [[str(e.path), e.start, e.end, e.text] for e in fix.edits]]


def _fix_of(data: list[Any]) -> Fix:
    title, is_safe, edits = data
    return Fix(title, tuple(Edit(Path(path), *rest) for path, *rest in edits), is_safe)
