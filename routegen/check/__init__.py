"""Finds misuse of route handlers, without running any of the code it reads.

Names are resolved on first use (PEP 562): a check whose files have not changed loads neither parser nor rules.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.check.engine import check
    from routegen.check.finding import Finding, Severity
    from routegen.check.outcome import Checked
    from routegen.check.registry import Rule
    from routegen.check.settings import Selection, read_selection

__all__ = ["Checked", "Finding", "Rule", "Selection", "Severity", "check", "read_selection"]

_HOME = {
    "Checked": "routegen.check.outcome",
    "Finding": "routegen.check.finding",
    "Rule": "routegen.check.registry",
    "Selection": "routegen.check.settings",
    "Severity": "routegen.check.finding",
    "check": "routegen.check.engine",
    "read_selection": "routegen.check.settings",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'routegen.check' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
