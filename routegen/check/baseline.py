"""Turns the findings a project starts with into a file, and leaves those out later.

A finding is known by its rule, file, handler and the hash of the handler's code, never by its line: it comes back
when the handler is edited, and not when something above it is.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from routegen.check.finding import Finding
from routegen.check.outcome import Checked
from routegen.errors import UsageError

_VERSION = 1


class Known(NamedTuple):
    """What a finding of a baseline is known by; `path` is relative to the project."""

    path: str
    handler: str
    code: str
    digest: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.code, self.handler, f"in {self.path}") if part)


def known_as(finding: Finding, root: Path) -> Known:
    """The key of a finding."""
    path = finding.path.relative_to(root) if finding.path.is_relative_to(root) else finding.path
    return Known(path.as_posix(), finding.handler, finding.code, finding.digest)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that are known, each with how often it is there."""

    counts: Counter[Known]

    def take(self, checked: Checked, root: Path) -> tuple[Checked, Counter[Known]]:
        """What is new in `checked`, and the entries that nothing was found for."""
        left = self.counts.copy()
        new: list[Finding] = []
        for finding in checked.findings:
            key = known_as(finding, root)
            if left[key] > 0:
                left[key] -= 1
            else:
                new.append(finding)
        outcome = Checked(new, checked.errors, checked.files, checked.suppressed, checked.contents)
        return outcome, +left

    def updated(self, checked: Checked, root: Path, *, is_about: Callable[[Known], bool]) -> "Baseline":
        """The baseline of what was found; entries that this check `is_about` no more are kept."""
        kept = Counter({key: count for key, count in self.counts.items() if not is_about(key)})
        return Baseline(kept + Counter(known_as(finding, root) for finding in checked.findings))

    def as_text(self) -> str:
        """The file: an entry a line, sorted, so that a merge of two is a merge of lines."""
        rows = [json.dumps([*key, count], ensure_ascii=False) for key, count in sorted(self.counts.items())]
        entries = ",\n".join(f"    {row}" for row in rows)
        body = f"[\n{entries}\n  ]" if rows else "[]"
        return f'{{\n  "version": {_VERSION},\n  "findings": {body}\n}}\n'


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file.

    Raises:
        UsageError: there is none, or it is none.
    """
    hint = "write it with `--write-baseline`"
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the baseline `{path}` cannot be read: {error.strerror}", hint=hint) from error
    except ValueError as error:
        raise UsageError(f"`{path}` is no baseline: {error}", hint=hint) from error
    try:
        if content["version"] != _VERSION:
            raise UsageError(f"the baseline `{path}` is of version {content['version']}", hint=hint)
        rows = cast("list[tuple[str, str, str, str, int]]", content["findings"])
        return Baseline(Counter({Known(*key): int(count) for *key, count in rows}))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"`{path}` is no baseline", hint=hint) from error
