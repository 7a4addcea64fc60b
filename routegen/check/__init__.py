"""Finds misuse of route handlers, without running any of the code it reads."""

from routegen.check.engine import Checked, check
from routegen.check.finding import Finding, Severity
from routegen.check.registry import Rule, rules
from routegen.check.settings import Selection, read_selection

__all__ = ["Checked", "Finding", "Rule", "Selection", "Severity", "check", "read_selection", "rules"]
