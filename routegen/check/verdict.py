"""Turns a route, an action or a file into verdicts: route handler or server action, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from routegen.check.files import Targets
from routegen.check.finding import Reason
from routegen.handlers import Handler
from routegen.handlers.action_functions import (
    ACTIONS_FILE,
    actions_in,
    answers_for_machines,
    called_by_machines,
)
from routegen.handlers.answers import Answer, answers
from routegen.handlers.callers import read_callers
from routegen.handlers.effects import changes
from routegen.handlers.facts import Evidence
from routegen.handlers.internal import callers_of, internal_mutation
from routegen.handlers.kinds import Kind
from routegen.handlers.page_forms import Template
from routegen.handlers.places import at
from routegen.handlers.project import Context
from routegen.handlers.python.project import Files, bindings_of
from routegen.handlers.python.reader import module_of
from routegen.handlers.python.source import read_source
from routegen.handlers.reads import side_effects
from routegen.handlers.requests import form_reads, takes_file
from routegen.handlers.source import Source, SourceError
from routegen.handlers.third_party import is_for_others
from routegen.routes import NEXT_ROUTE_FILES, ROUTE_FILE

HANDLER = "route handler"
ACTION = "server action"
UNCLEAR = "unclear"

_READS = ("GET", "HEAD", "OPTIONS", "WEBSOCKET")
_PAGES = (Answer.REDIRECT, Answer.HTML)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a function is (`route handler`, `server action`), what it should be (or `unclear`), and why."""

    label: str
    path: Path
    line: int
    is_now: str
    should_be: str
    because: str
    reasons: tuple[Reason, ...]

    @property
    def fits(self) -> bool:
        """Whether it is what it should be, as far as that can be told."""
        return self.should_be in (self.is_now, UNCLEAR)


def verdicts(targets: Targets, file: Path) -> list[Verdict]:
    """One for each handler, or action, of a file; no code of the project is run.

    Raises:
        SourceError: the file cannot be read as Python, or as a script.
    """
    if file.suffix != ".py":
        return _of_script(targets, file)
    files = Files(targets.root, targets.known, targets.contents)
    source = read_source(file, targets.contents)
    module = files.add(source)
    if file.name == ACTIONS_FILE:
        return [_of_action(action, _forms(targets, action)) for action in actions_in(module)]
    if file.name == ROUTE_FILE:
        handlers: Sequence[Handler] = module_of(source, targets.routes.get(file), module).handlers
    else:
        bindings, bound = bindings_of(files, [*_sources(targets)])
        handlers = bindings.handlers(bound[file]) if file in bound else []
    context = Context(read_callers(targets.pages, targets.contents), bool(targets.trees), targets.root)
    for handler in handlers:
        handler.context = context
    return [_of_handler(handler) for handler in handlers]


def _of_script(targets: Targets, file: Path) -> list[Verdict]:
    """Those of a `route.ts`, or of the server functions of any other script of Next.js."""
    from routegen.handlers.typescript.scripts import Scripts  # its grammar is large

    scripts = Scripts(targets.root, targets.scripts, targets.contents)
    source = scripts.read(file, targets.contents)
    module = scripts.files.add(source)
    if file.name not in NEXT_ROUTE_FILES:
        return [_of_action(action, []) for action in actions_in(module)]
    tree = next((tree for tree in targets.next_trees if file.is_relative_to(tree)), None)
    handlers = scripts.route_module(source, module, targets.routes.get(file), tree).handlers
    context = Context(read_callers(targets.pages, targets.contents), has_actions=True, root=targets.root)
    for handler in handlers:
        handler.context = context
    return [_of_handler(handler) for handler in handlers]


def _of_handler(handler: Handler) -> Verdict:
    for should_be, because, evidence in _judged(handler):
        return _verdict(handler, HANDLER, should_be, because, evidence)
    because = "no page of this project calls it, so a program does"
    return _verdict(handler, HANDLER, HANDLER, because, [*_changes(handler)])


def _judged(handler: Handler) -> Iterator[tuple[str, str, list[Evidence]]]:
    """The verdicts that hold, the strongest first."""
    if handler.method in _READS:
        effects = (
            [
                Evidence(f"yet it {text}: `{handler.text(s.call, s.scope)}`", s.call.span, s.scope.module)
                for s, text in side_effects(handler)
            ]
            if handler.method == "GET"
            else []
        )
        if effects:
            yield UNCLEAR, f"a {handler.method} must change nothing: make it a POST, or an action", effects
        yield HANDLER, "it answers reads: actions are for changes only", _callers(handler)
    others = is_for_others(handler)
    if others.is_yes:
        yield HANDLER, "others than your pages call it", [*others.evidence]
    if takes_file(handler):
        yield HANDLER, "it takes an upload", [*_changes(handler)]
    if streams := handler.calls(Kind.STREAM):
        yield HANDLER, "its answer is a stream", [at(site, handler, "streams") for site in streams[:1]]
    forms, kinds = form_reads(handler), answers(handler)
    pages = [evidence for answer, evidence in kinds if answer in _PAGES]
    if not others.is_no:
        yield UNCLEAR, "it may be that others than your pages call it", [*others.evidence, *_callers(handler)]
    if forms and pages and all(answer in (*_PAGES, Answer.ERROR) for answer, _ in kinds):
        because = "it takes a form and answers with a page"
        yield ACTION, because, [*forms[:3], pages[0], *_callers(handler), *_changes(handler)]
    if evidence := internal_mutation(handler):
        yield ACTION, "only your own pages call it, and it changes data", evidence
    if callers := _callers(handler):
        because = "your own pages call it: if nobody else does, an action is better"
        yield UNCLEAR, because, [*callers, *forms[:1], *_changes(handler)]


def _of_action(action: Handler, forms: list[Evidence]) -> Verdict:
    machines = [*called_by_machines(action), *answers_for_machines(action)]
    if machines:
        return _verdict(action, ACTION, HANDLER, "a program is what calls it", machines)
    because = "forms of your own pages call it, and nobody else can"
    if action.module.lang != "python":
        because = "your own pages call it as a function; a browser can without them, so it checks for itself"
    return _verdict(action, ACTION, ACTION, because, [*forms, *_changes(action)])


def _forms(targets: Targets, action: Handler) -> list[Evidence]:
    """The forms that name an action, in the pages it belongs to."""
    pages = (page for tree in targets.manifests for page in tree.pages if page.actions == action.path)
    found = ((Template(page.file), use) for page in pages for use in Template(page.file).uses)
    return [
        Evidence(f"called by `{use.text}`", use.span, template.module)
        for template, use in found
        if use.name == action.name
    ]


def _sources(targets: Targets) -> Iterator[Source]:
    """The Python files of the project; one that cannot be read binds nothing."""
    for path in targets.known:
        try:
            yield read_source(path, targets.contents)
        except SourceError:
            continue


def _callers(handler: Handler) -> list[Evidence]:
    callers = callers_of(handler)[:3]
    return [Evidence(f"called by `{c.text[:60]}`", path=c.path, line=c.line) for c in callers]


def _changes(handler: Handler) -> list[Evidence]:
    return [at(site, handler, "changes") for site in changes(handler)[:1]]


def _verdict(
    handler: Handler, is_now: str, should_be: str, because: str, evidence: list[Evidence]
) -> Verdict:
    line, _ = handler.module.source.position(handler.span.start)
    label = handler.label if is_now == HANDLER else handler.name
    reasons = tuple(dict.fromkeys(_reason(each, handler) for each in evidence))
    return Verdict(label, handler.path, line, is_now, should_be, because, reasons)


def _reason(evidence: Evidence, handler: Handler) -> Reason:
    if evidence.path is not None or evidence.span is None:
        return Reason(evidence.text, evidence.line or 0, evidence.path or handler.path)
    source = (evidence.module or handler.module).source
    return Reason(evidence.text, source.position(evidence.span.start)[0], source.path)
