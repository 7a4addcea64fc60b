"""Files in, findings out: reads each file, runs the rules over what it offers, suppresses, sorts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routegen.check.files import Targets
from routegen.check.finding import Finding, Reason, Report
from routegen.check.registry import Rule, rules
from routegen.check.settings import Selection
from routegen.check.suppression import Suppressions, read_suppressions
from routegen.handlers import Handler, RouteModule, SourceError
from routegen.handlers.expression import Span
from routegen.handlers.facts import Evidence
from routegen.handlers.function import Module, Text
from routegen.handlers.python.module import read_names
from routegen.handlers.python.reader import module_of
from routegen.handlers.python.source import read_source
from routegen.routes import ROUTE_FILE, Manifest, Route


@dataclass(slots=True)
class Checked:
    """The outcome: findings in order, files that could not be read, and how many files were looked at.

    `sources` holds the text of the files with findings, for code frames.
    """

    findings: list[Finding]
    errors: list[SourceError]
    files: int
    suppressed: int
    sources: dict[Path, list[str]]


def check(targets: Targets, selection: Selection) -> Checked:
    """Run the selected rules over the targets. No code of the targets is run."""
    chosen = [rule for rule in rules().values() if rule.code in selection.codes]
    by_file = _about_trees(targets, chosen)
    outcome = Checked([], [], len(targets.files), 0, {})
    routes = targets.routes()
    for path in targets.files:
        _check_file(path, routes.get(path), chosen, by_file.pop(path, []), outcome)
    for rest in by_file.values():  # about folders, and files that are no Python modules
        outcome.findings += rest
    outcome.findings.sort()
    outcome.errors.sort(key=lambda error: str(error.path))
    return outcome


def _about_trees(targets: Targets, chosen: list[Rule]) -> dict[Path, list[Finding]]:
    found: dict[Path, list[Finding]] = defaultdict(list)
    for manifest in targets.manifests:
        for finding in _run(chosen, Manifest, manifest, None, manifest.app_dir):
            if targets.concerns(finding.path):
                found[finding.path].append(finding)
    return found


def _check_file(
    path: Path, route: Route | None, chosen: list[Rule], known: list[Finding], outcome: Checked
) -> None:
    try:
        source = read_source(path)
    except SourceError as error:
        outcome.errors.append(error)
        outcome.findings += known
        return
    is_route = path.name == ROUTE_FILE
    file = module_of(source, route) if is_route else None
    module = file.module if file else read_names(source)
    findings = known + (list(_about_file(file, chosen)) if file else [])
    suppressions = read_suppressions(module)
    kept = suppressions.take(findings)
    kept += _about_suppressions(suppressions, module, chosen)
    outcome.suppressed += sum(len(entry.used) for entry in suppressions.entries)
    outcome.findings += kept
    if kept:
        outcome.sources[path] = source.lines


def _about_file(file: RouteModule, chosen: list[Rule]) -> Iterator[Finding]:
    text = file.module.source
    yield from _run(chosen, RouteModule, file, text, text.path)
    for handler in file.handlers:
        yield from _run(chosen, Handler, handler, text, text.path)


def _about_suppressions(found: Suppressions, module: Module, chosen: list[Rule]) -> Iterable[Finding]:
    found.known = frozenset(rules())
    found.ran = frozenset(rule.code for rule in chosen)
    return list(_run(chosen, Suppressions, found, module.source, module.source.path))


def _run(chosen: list[Rule], scope: type, about: Any, text: Text | None, path: Path) -> Iterator[Finding]:
    """The findings of every rule for this scope. A module with several codes runs once and says which."""
    done: set[Any] = set()
    codes = {rule.code for rule in chosen}
    for rule in chosen:
        if rule.scope is not scope or rule.check in done:
            continue
        done.add(rule.check)
        for report in rule.check(about):
            if (report.code or rule.code) in codes:
                yield _finding(report, rule, text, path)


def _finding(report: Report, rule: Rule, text: Text | None, path: Path) -> Finding:
    line = column = end_line = end_column = 0
    if report.span is not None and text is not None:
        line, column = text.position(report.span.start)
        end_line, end_column = text.position(report.span.end)
    return Finding(
        path=report.path or path,
        line=line,
        column=column,
        code=report.code or rule.code,
        message=report.message,
        hint=report.hint,
        end_line=end_line,
        end_column=end_column,
        severity=report.severity or rule.severity,
        evidence=tuple(_reason(evidence) for evidence in report.evidence),
    )


def _reason(evidence: Evidence) -> Reason:
    span: Span | None = evidence.span
    return Reason(evidence.text, span.line if span else 0)
