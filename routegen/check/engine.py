"""Files in, findings out: reads each file, runs the rules over what it offers, suppresses, sorts."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.check.files import Targets
from routegen.check.finding import Finding, Reason, Report
from routegen.check.registry import Rule, rules
from routegen.check.settings import Selection
from routegen.check.suppression import Suppressions, read_suppressions
from routegen.handlers import Handler, RouteModule, SourceError
from routegen.handlers.callers import read_callers
from routegen.handlers.endpoints import Endpoints
from routegen.handlers.facts import Evidence
from routegen.handlers.function import Module, Text
from routegen.handlers.project import Context
from routegen.handlers.python.project import Bindings, Files, bindings_of
from routegen.handlers.python.reader import module_of
from routegen.handlers.python.source import Source, read_source
from routegen.routes import ROUTE_FILE, Manifest


@dataclass(slots=True)
class Checked:
    """The outcome: findings in order, files that could not be read, and how many files were looked at.

    `sources` holds the text of the files with findings, for code frames.
    """

    findings: list[Finding]
    errors: list[SourceError]
    files: int
    suppressed: int
    sources: dict[Path, list[str]] = field(default_factory=dict[Path, list[str]])


Progress = Callable[[int, int], None]
"""Told how many files of how many are done."""


def check(targets: Targets, selection: Selection, progress: Progress | None = None) -> Checked:
    """Run the selected rules over the targets. No code of the targets is run."""
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)  # what is made here lives until its file is done
    try:
        return _Run(targets, selection, progress or (lambda done, of: None)).run()
    finally:
        gc.set_threshold(*thresholds)


class _Run:
    """One run over the targets."""

    def __init__(self, targets: Targets, selection: Selection, progress: Progress) -> None:
        self._targets = targets
        self._selection = selection
        self._progress = progress
        self._chosen = [rule for rule in rules().values() if rule.code in selection.codes]
        self._routes = targets.routes()
        self._files = Files(targets.root, targets.known)
        self._outcome = Checked([], [], len(targets.files), 0)

    def run(self) -> Checked:
        by_file = _about_trees(self._targets, self._chosen)
        sources = self._read()
        self._bindings, self._bound = bindings_of(self._files, self._binding_sources(sources))
        self._context = Context(
            callers=read_callers(self._targets.pages),
            has_actions=bool(self._targets.manifests),
            root=self._targets.root,
        )
        for number, source in enumerate(sources):
            self._progress(number, len(sources))
            self._check(source, by_file.pop(source.path, []))
        for path, rest in by_file.items():  # about folders, and files that are no Python modules
            kept = [
                finding for finding in rest if self._selection.wants(path, finding.code, self._targets.root)
            ]
            self._outcome.findings += kept
        self._outcome.findings.sort()
        self._outcome.errors.sort(key=lambda error: str(error.path))
        return self._outcome

    def _read(self) -> list[Source]:
        found: list[Source] = []
        for path in self._targets.files:
            try:
                found.append(read_source(path))
            except SourceError as error:
                self._outcome.errors.append(error)
        return found

    def _binding_sources(self, sources: list[Source]) -> Iterator[Source]:
        """The sources, and those of the project beside them that decide what is guarded."""
        yield from sources
        given = {source.path for source in sources}
        for path in self._targets.known:
            if path not in given and path not in self._targets.files:
                try:
                    yield read_source(path)
                except SourceError:
                    continue

    def _check(self, source: Source, known: list[Finding]) -> None:
        path = source.path
        file: RouteModule | None = None
        module = self._files.add(source)
        findings = list(known)
        bound = self._bound.get(path)
        if self._is_route_file(path) and not (bound and bound.endpoints):
            file = module_of(source, self._routes.get(path), module)
            findings += self._run(RouteModule, file, module.source, path)
            handlers = list(file.handlers)
        else:
            handlers = self._bindings.handlers(bound) if bound else []
        findings += self._run(Module, module, module.source, path)
        for handler in handlers:
            handler.context = self._context
            findings += self._run(Handler, handler, handler.module.source, handler.path)
        self._keep(list(dict.fromkeys(findings)), module, source)

    def _is_route_file(self, path: Path) -> bool:
        """A `route.py` counts in a tree, or where it was given by name."""
        if path.name != ROUTE_FILE:
            return False
        trees = [manifest.app_dir for manifest in self._targets.manifests]
        return path in self._targets.within or any(path.is_relative_to(tree) for tree in trees)

    def _keep(self, findings: list[Finding], module: Module, source: Source) -> None:
        path = source.path
        wanted = [f for f in findings if self._selection.wants(f.path, f.code, self._targets.root)]
        suppressions = read_suppressions(module)
        kept = suppressions.take(wanted)
        suppressions.known = frozenset(rules())
        suppressions.ran = frozenset(rule.code for rule in self._chosen)
        kept += self._run(Suppressions, suppressions, module.source, path)
        self._outcome.suppressed += sum(len(entry.used) for entry in suppressions.entries)
        self._outcome.findings += kept
        if kept:
            self._outcome.sources[path] = source.lines

    def _run(self, scope: type, about: Any, text: Text, path: Path) -> Iterator[Finding]:
        return _run(self._chosen, scope, about, text, path)


def _about_trees(targets: Targets, chosen: list[Rule]) -> dict[Path, list[Finding]]:
    found: dict[Path, list[Finding]] = defaultdict(list)
    for manifest in targets.manifests:
        for finding in _run(chosen, Manifest, manifest, None, manifest.app_dir):
            if targets.concerns(finding.path):
                found[finding.path].append(finding)
    return found


def _run(chosen: Iterable[Rule], scope: type, about: Any, text: Text | None, path: Path) -> Iterator[Finding]:
    """The findings of every rule for this scope. A module with several codes runs once and says which."""
    chosen = [rule for rule in chosen if rule.scope is scope]
    done: set[Any] = set()
    codes = {rule.code for rule in chosen}
    for rule in chosen:
        if rule.check in done:
            continue
        done.add(rule.check)
        for report in rule.check(about):
            if (report.code or rule.code) in codes:
                yield _finding(report, rule, text, path)


def _finding(report: Report, rule: Rule, text: Text | None, path: Path) -> Finding:
    line = column = end_line = end_column = 0
    source = report.module.source if report.module is not None else text
    if report.span is not None and source is not None:
        line, column = source.position(report.span.start)
        end_line, end_column = source.position(report.span.end)
    return Finding(
        path=report.path or (source.path if report.module is not None and source is not None else path),
        line=line,
        column=column,
        code=report.code or rule.code,
        message=report.message,
        hint=report.hint,
        end_line=end_line,
        end_column=end_column,
        severity=report.severity or rule.severity,
        evidence=tuple(_reason(evidence, text) for evidence in report.evidence),
    )


def _reason(evidence: Evidence, text: Text | None) -> Reason:
    """A piece of evidence with its line, and its file when that is another one."""
    source = evidence.module.source if evidence.module is not None else text
    if evidence.span is None or source is None:
        return Reason(evidence.text, evidence.line, evidence.path)
    line, _ = source.position(evidence.span.start)
    return Reason(evidence.text, line, None if source is text else source.path)


__all__ = ["Bindings", "Checked", "Endpoints", "check"]
