"""Runs rules over one thing: a handler, a file, a tree. What they report becomes findings with places."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from routegen.check.finding import Finding, Reason, Report
from routegen.check.identity import identity
from routegen.check.registry import Rule
from routegen.check.words import in_script
from routegen.handlers.action_functions import PageFunction
from routegen.handlers.callers import SUFFIXES
from routegen.handlers.facts import Evidence
from routegen.handlers.function import Text


class Plan(NamedTuple):
    """The rules for one scope, one of each module, and all their codes."""

    rules: list[Rule]
    codes: frozenset[str]


def plan_of(chosen: Iterable[Rule], scope: type) -> Plan:
    """The rules for this scope. A module with several codes runs once and says which."""
    chosen = [rule for rule in chosen if rule.scope is scope or (rule.pages and scope is PageFunction)]
    first: dict[Any, Rule] = {}
    for rule in chosen:
        first.setdefault(rule.check, rule)
    return Plan(list(first.values()), frozenset(rule.code for rule in chosen))


def run(plan: Plan, about: Any, text: Text | None, path: Path) -> Iterator[Finding]:
    """The findings of every rule of a plan."""
    for rule in plan.rules:
        for report in rule.check(about):
            if (report.code or rule.code) in plan.codes:
                yield _finding(report, rule, about, text, path)


def _finding(report: Report, rule: Rule, about: Any, text: Text | None, path: Path) -> Finding:
    line = column = end_line = end_column = 0
    source = report.module.source if report.module is not None else text
    if report.span is not None and source is not None:
        line, column = source.position(report.span.start)
        end_line, end_column = source.position(report.span.end)
    handler, digest = identity(report.span, about)
    is_script = path.suffix not in (".py", "") and path.name.endswith(SUFFIXES)
    return Finding(
        path=report.path or (source.path if report.module is not None and source is not None else path),
        line=line,
        column=column,
        code=report.code or rule.code,
        message=in_script(report.message) if is_script else report.message,
        hint=in_script(report.hint) if is_script else report.hint,
        end_line=end_line,
        end_column=end_column,
        severity=report.severity or rule.severity,
        evidence=tuple(_reason(evidence, text) for evidence in report.evidence),
        handler=handler,
        digest=digest,
        fix=report.fix,
    )


def _reason(evidence: Evidence, text: Text | None) -> Reason:
    """A piece of evidence with its line, and its file when that is another one."""
    source = evidence.module.source if evidence.module is not None else text
    if evidence.span is None or source is None:
        return Reason(evidence.text, evidence.line, evidence.path, evidence.is_cause)
    line, _ = source.position(evidence.span.start)
    return Reason(evidence.text, line, None if source is text else source.path, evidence.is_cause)
