"""Checks and fixes in turn, in memory, until no fix is left: what files shall hold, and what is still found."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from routegen.check.engine import check
from routegen.check.files import Targets
from routegen.check.finding import Finding, Fix
from routegen.check.fixes.apply import apply
from routegen.check.outcome import Checked
from routegen.check.settings import Selection

_ROUNDS = 20

Narrow = Callable[[Checked], Checked]
"""Leaves out what is not wanted: old findings, files that did not change."""


@dataclass(slots=True)
class Mended:
    """The outcome: what is still found, how many findings were mended, and the files that shall be written.

    A file of no bytes is one that shall be gone.
    """

    checked: Checked
    fixed: int = 0
    contents: dict[Path, bytes] = field(default_factory=dict[Path, bytes])


def mend(targets: Targets, selection: Selection, narrow: Narrow, *, unsafe: bool) -> Mended:
    """Apply the safe fixes, or all of them, until no finding has one. Nothing is written.

    A round looks again only at what it has changed; the last look is at everything.
    """
    done, contents, is_whole = Mended(narrow(check(targets, selection))), dict(targets.contents), True
    for _ in range(_ROUNDS):
        used, changed = apply(_wanted(done.checked.findings, unsafe), contents)
        if not used and is_whole:
            return done
        contents |= changed
        done.contents |= changed
        done.fixed += len(used)
        now = _holding(targets, contents, done.contents)
        if used:
            again = _touched(done.checked.findings, changed.keys())
            part = narrow(check(now.only([file for file in now.files if file in again]), selection))
            done.checked = _merged(done.checked, part, again)
        else:
            done.checked = narrow(check(now, selection))
        is_whole = not used
    done.checked = narrow(check(_holding(targets, contents, done.contents), selection))
    return done


def _touched(findings: Iterable[Finding], changed: Set[Path]) -> set[Path]:
    """The files that changed, and those with a fix for one of them: its places have moved."""
    moved = {f.path for f in findings if f.fix is not None and any(e.path in changed for e in f.fix.edits)}
    return moved | changed


def _merged(before: Checked, part: Checked, again: set[Path]) -> Checked:
    """The outcome in which some files were looked at again."""
    findings = [f for f in before.findings if f.path not in again]
    errors = [e for e in before.errors if e.path not in again]
    return replace(
        part,
        findings=sorted([*findings, *(f for f in part.findings if f.path in again)]),
        errors=sorted([*errors, *(e for e in part.errors if e.path in again)]),
        files=before.files,
    )


def _holding(targets: Targets, contents: dict[Path, bytes], mended: dict[Path, bytes]) -> Targets:
    """The targets as they shall be. A file that a fix left nothing of is gone."""
    found = targets.holding(contents)
    gone = {path for path, raw in mended.items() if not raw}
    files = [path for path in found.files if path not in gone]
    return replace(found.only(files), known=[path for path in found.known if path not in gone])


def _wanted(findings: Iterable[Finding], unsafe: bool) -> Iterable[Fix]:
    fixes = (finding.fix for finding in findings)
    return dict.fromkeys(fix for fix in fixes if fix is not None and (fix.is_safe or unsafe))
