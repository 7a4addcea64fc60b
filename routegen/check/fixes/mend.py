"""Checks and fixes in turn, in memory, until no fix is left: what files shall hold, and what is still found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from routegen.check.engine import check
from routegen.check.files import Targets
from routegen.check.finding import Finding, Fix
from routegen.check.fixes.apply import apply
from routegen.check.outcome import Checked
from routegen.check.settings import Selection

_ROUNDS = 10

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
    """Apply the safe fixes, or all of them, until no finding has one. Nothing is written."""
    contents = dict(targets.contents)
    done = Mended(narrow(check(targets, selection)))
    for _ in range(_ROUNDS):
        fixes = [*_wanted(done.checked.findings, unsafe)]
        used, changed = apply(fixes, contents)
        if not used:
            break
        contents |= changed
        done.contents |= changed
        done.fixed += len(used)
        done.checked = narrow(check(_holding(targets, contents, done.contents), selection))
    return done


def _holding(targets: Targets, contents: dict[Path, bytes], mended: dict[Path, bytes]) -> Targets:
    """The targets as they shall be. A file that a fix left nothing of is gone."""
    found = targets.holding(contents)
    gone = {path for path, raw in mended.items() if not raw}
    files = [path for path in found.files if path not in gone]
    return replace(found, files=files, known=[path for path in found.known if path not in gone])


def _wanted(findings: Iterable[Finding], unsafe: bool) -> Iterable[Fix]:
    fixes = (finding.fix for finding in findings)
    return dict.fromkeys(fix for fix in fixes if fix is not None and (fix.is_safe or unsafe))
