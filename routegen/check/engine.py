"""Files in, findings out: reads each file, runs the rules over what it offers, suppresses, sorts."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routegen.check.cache import Cache, Entry, digest, whole_key
from routegen.check.files import Targets
from routegen.check.finding import Finding
from routegen.check.merging import merged
from routegen.check.outcome import Checked, Unread, checked_of
from routegen.check.plan import Plan, plan_of, run
from routegen.check.registry import Rule, rules
from routegen.check.settings import Selection
from routegen.check.suppression import Suppressions, read_markup_suppressions, read_suppressions
from routegen.check.workers import Row, shared_out
from routegen.handlers import Handler, RouteModule, SourceError
from routegen.handlers.action_functions import ACTIONS_FILE, PageFunction, judged_in, load_of
from routegen.handlers.callers import SUFFIXES, read_callers
from routegen.handlers.contents import content_of
from routegen.handlers.endpoints import may_bind
from routegen.handlers.files import ProjectFiles
from routegen.handlers.function import Module, Text
from routegen.handlers.page_forms import TemplateText
from routegen.handlers.page_tree import PageTree
from routegen.handlers.project import Context
from routegen.handlers.python.project import Files, bindings_of
from routegen.handlers.python.reader import module_of
from routegen.handlers.python.source import read_source
from routegen.handlers.source import Source
from routegen.handlers.typescript.prisma import read_models
from routegen.routes import (
    HANDLER_NAMES,
    LOADER_FILE,
    NEXT_ROUTE_FILES,
    PAGE_FILE,
    ROUTE_FILE,
    Manifest,
    Segment,
)
from routegen.routes.segment import Kind as SegmentKind

if TYPE_CHECKING:
    from routegen.handlers.typescript.scripts import Scripts

_MAX_NAMES = 4
"""More names take longer to look for than the calls themselves."""

_AT_ONCE = 32_768
"""How many bytes of files are read before the first of them is judged."""

MARKUP = frozenset({".html", ".htm", ".jinja", ".jinja2", ".j2"})
"""What the names of templates end in."""

Progress = Callable[[int, int], None]
"""Told how many files of how many are done."""


def check(
    targets: Targets, selection: Selection, cache: Cache | None = None, progress: Progress | None = None
) -> Checked:
    """Run the selected rules over the targets. No code of the targets is run."""
    thresholds = gc.get_threshold()
    gc.set_threshold(30_000, 50, 100)  # most of what is made here lives until its file is done
    try:
        return _Run(targets, selection, cache or Cache(Path()), progress or (lambda done, of: None)).run()
    finally:
        gc.set_threshold(*thresholds)


class _Run:
    """One run over the targets: files that did not change since the last one are not read again."""

    def __init__(self, targets: Targets, selection: Selection, cache: Cache, progress: Progress) -> None:
        self._targets = targets
        self._selection = selection
        self._cache = cache
        self._progress = progress
        self._chosen = [rule for rule in rules().values() if rule.code in selection.codes]
        self._known, self._ran = frozenset(rules()), frozenset(rule.code for rule in self._chosen)
        self._plans: dict[tuple[type, str], Plan] = {}
        self._tree_folders = tuple(f"{tree}/" for tree in targets.trees)
        self._files = Files(targets.root, targets.known, targets.contents)
        self._scripts: Scripts | None = None
        self._digests = cache.digests(targets.stamps)
        self._sources: dict[Path, Source] = {}
        self._unread: dict[Path, Unread] = {}

    def run(self) -> Checked:
        binding = self._binding_sources()
        self._bindings, self._bound = bindings_of(self._files, binding)
        is_same = self._is_same_context(binding)
        self._context = Context(
            callers=read_callers(self._targets.pages, self._targets.contents, self._called_names()),
            has_actions=bool(self._targets.trees),
            root=self._targets.root,
            contents=self._targets.contents,
            models=read_models(self._targets.schemas, self._targets.contents),
            routes=self._routes,
        )
        by_file = self._about_trees(is_same)
        files = self._targets.files
        outcome = Checked(files=len(files), contents=self._targets.contents)
        self._about = {path: by_file.pop(path) for path in files if path in by_file}
        known = ((path, self._cache.of(str(path), self._digests)) for path in files if is_same)
        cached = {path: checked for path, checked in known if checked is not None}
        for checked in cached.values():
            outcome.add(checked)
        left = [path for path in files if path not in cached]
        for done, (path, row) in enumerate(shared_out(left, self._judged), len(cached) + 1):
            outcome.add(self._take(path, row))
            self._progress(done, len(files))
        for path in self._remarked():
            by_file.setdefault(path, [])
        for path, rest in by_file.items():  # about folders, and files that are no Python modules
            outcome.add(self._markup(path, rest))
        outcome.findings.sort()
        outcome.errors.sort()
        self._remember(outcome)
        return outcome

    def _judged(self, paths: Sequence[Path]) -> Iterator[Row]:
        """What is found in each of these files, and which others were looked into for it."""
        ahead = iter([path for path in paths if path not in self._sources])
        for path in paths:
            yield str(path), self._file(path, ahead)

    def _take(self, path: str, row: tuple[list[Any], list[str]]) -> Checked:
        """The outcome of one file, remembered with all that was looked into for it."""
        found, uses = row
        entry = self._cache.entries.setdefault(path, Entry())
        entry.found = found
        entry.uses = {other: self._digests.get(other, "") for other in uses}
        return checked_of(found)

    def _prepare(self, ahead: Iterator[Path]) -> None:
        """Read the next files to check, one kind of work after the other, as many as are small enough together.

        The processor keeps what it needs for parsing, or for names, from file to file: a tenth of the time.
        """
        sources: list[Source] = []
        size = 0
        while size < _AT_ONCE and (path := next(ahead, None)) is not None:
            if (source := self._source(path)) is not None:
                sources.append(source)
                size += len(source.data)
        modules = [self._files_of(source).add(source) for source in sources]
        for module in modules:
            if self._is_route_file(module.source.path):
                for name in module.functions.keys() & HANDLER_NAMES:
                    module.functions[name].body  # noqa: B018 (read now, and kept)

    def _files_of(self, source: Source) -> ProjectFiles:
        """The files that are written in the language of this one."""
        return self._files if source.path.suffix == ".py" else self._next().files

    def _routes(self) -> list[tuple[Segment, ...]]:
        return [route.segments for tree in self._targets.manifests for route in tree.routes]

    def _called_names(self) -> set[str] | None:
        """What must stand in a file that calls a route of the project; None where that is too much, or not known yet."""
        if self._bound or self._targets.trees:
            return None
        found: set[str] = set()
        for route in (route for tree in self._targets.manifests for route in tree.routes):
            fixed = [s.name for s in route.segments if s.kind is SegmentKind.STATIC]
            found.add(fixed[0] if fixed else "")
        return found if len(found) <= _MAX_NAMES else None

    def _source(self, path: Path) -> Source | None:
        """A file, read once; None when it cannot be."""
        if path not in self._sources and path not in self._unread:
            try:
                is_script = path.suffix != ".py" and path.name.endswith(SUFFIXES)
                read = self._next().read if is_script else read_source
                self._sources[path] = read(path, self._targets.contents)
            except SourceError as error:
                self._unread[path] = Unread(path, error.line, error.message, error.hint or "")
        return self._sources.get(path)

    def _next(self) -> "Scripts":
        """The scripts of Next.js projects; their grammar is loaded when the first is met."""
        if self._scripts is None:
            from routegen.handlers.typescript.scripts import Scripts

            self._scripts = Scripts(self._targets.root, self._targets.scripts, self._targets.contents)
        return self._scripts

    def _binding_sources(self) -> list[Source]:
        """The files that bind handlers by calls: all that may, and only those need to be known before the others."""
        found: list[Source] = []
        for path in dict.fromkeys([*self._targets.known, *self._targets.files]):
            self._progress(0, len(self._targets.files))
            entry = self._cache.entries.setdefault(str(path), Entry())
            if entry.digest != self._digests.get(str(path)) or not entry.digest:
                entry.digest, entry.found = self._digests.get(str(path), ""), None
                try:
                    entry.binds = path.suffix == ".py" and may_bind(content_of(path, self._targets.contents))
                except OSError:
                    entry.binds = False
            if entry.binds and (source := self._source(path)) is not None:
                found.append(source)
        return found

    def _is_same_context(self, binding: list[Source]) -> bool:
        """Whether what counts for every file is as it was: which files there are, what is bound, who calls."""
        shared = [str(source.path) for source in binding] + [str(page) for page in self._targets.pages]
        shared += [str(path) for path in self._targets.known if path.name == ACTIONS_FILE]  # forms name them
        shared += [str(path) for path in self._targets.schemas]
        trees = [*self._targets.trees, *self._targets.next_trees]
        names = [str(tree) for tree in trees] + sorted(self._targets.stamps)
        context = digest([*names, *(f"{path}={self._digests.get(path)}" for path in shared)])
        is_same = context == self._cache.context
        self._cache.context = context
        return is_same

    def _about_trees(self, is_same: bool) -> dict[Path, list[Finding]]:
        if is_same and self._cache.trees is not None:
            findings = checked_of(self._cache.trees).findings
        else:
            findings = list(_about_trees(self._targets, self._chosen))
            self._cache.trees = Checked(findings).as_data()
        found: dict[Path, list[Finding]] = defaultdict(list)
        for finding in findings:
            found[finding.path].append(finding)
        return found

    def _file(self, path: Path, ahead: Iterator[Path]) -> tuple[list[Any], list[str]]:
        """The outcome of one file as data, and the files that were looked into; `ahead` are those to read next."""
        if path not in self._sources and path not in self._unread:
            self._prepare(ahead)
        source = self._source(path)
        files = self._files if source is None else self._files_of(source)
        trail = files.trail
        trail.start()
        known = self._about.get(path, [])
        found = Checked(known, [self._unread[path]]) if source is None else self._check(source, known)
        if path not in self._bound:
            files.forget(path)
            self._sources.pop(path, None)
        return found.as_data(), list(trail.files(str(path)))

    def _remember(self, outcome: Checked) -> None:
        if self._cache.path == Path():
            return
        self._cache.key = whole_key(self._targets, self._digests)
        self._cache.whole = outcome.as_data()
        self._cache.write(self._targets.stamps, self._digests)

    def _check(self, source: Source, known: list[Finding]) -> Checked:
        path = source.path
        if path.suffix != ".py":
            return self._check_script(source, known)
        module = self._files.add(source)
        findings = list(known)
        bound = self._bound.get(path)
        if self._is_route_file(path) and not (bound and bound.endpoints):
            file = module_of(source, self._targets.route(path), module)
            findings += self._run(RouteModule, file, module.source, path)
            handlers = list(file.handlers)
        else:
            handlers = self._bindings.handlers(bound) if bound else []
        findings += self._run(Module, module, module.source, path)
        for handler in handlers:
            handler.context = self._context
            handler.expose = handler.expose or self._selection.exposed(path, self._targets.root)
            findings += self._run(Handler, handler, handler.module.source, handler.path)
            handler.forget()
        for function in self._page_functions(module, path):
            function.context = self._context
            findings += self._run(PageFunction, function, module.source, path)
        return self._keep(merged(findings), module, source)

    def _page_functions(self, module: Module, path: Path) -> list[PageFunction]:
        """The actions of a tree, or the `load` of a page that it serves."""
        if path.name not in (ACTIONS_FILE, LOADER_FILE):
            return []
        if not any(path.is_relative_to(tree) for tree in self._targets.trees):
            return []
        page = self._targets.route(path.with_name(PAGE_FILE)) if path.name == LOADER_FILE else None
        load = load_of(module, page.id) if page is not None else None
        return [load] if load is not None else judged_in(module)

    def _check_script(self, source: Source, known: list[Finding]) -> Checked:
        """The outcome of a `route.ts`; of any other script only what is said about its text."""
        path, scripts = source.path, self._next()
        module = scripts.files.add(source)
        findings = list(known)
        tree = next((tree for tree in self._targets.next_trees if path.is_relative_to(tree)), None)
        if path.name in NEXT_ROUTE_FILES and (tree is not None or path in self._targets.within):
            file = scripts.route_module(source, module, self._targets.routes.get(path), tree)
            findings += self._run(RouteModule, file, module.source, path)
            for handler in file.handlers:
                handler.context = replace(self._context, has_actions=True)
                handler.expose = handler.expose or self._selection.exposed(path, self._targets.root)
                findings += self._run(Handler, handler, handler.module.source, handler.path)
                handler.forget()
        functions = judged_in(module)
        for function in functions:
            function.context = replace(self._context, has_actions=True)
            findings += self._run(PageFunction, function, module.source, path)
        findings += self._run(Module, module, module.source, path)
        for function in functions:
            function.forget()
        return self._keep(merged(findings), module, source)

    def _is_route_file(self, path: Path) -> bool:
        """A `route.py` counts in a tree, or where it was given by name."""
        if path.name != ROUTE_FILE:
            return False
        return str(path).startswith(self._tree_folders) or path in self._targets.within

    def _remarked(self) -> Iterator[Path]:
        """The templates of the trees with a comment for us, which may silence nothing."""
        for path in self._targets.pages:
            if path.suffix not in MARKUP or not str(path).startswith(self._tree_folders):
                continue
            try:
                if self._targets.concerns(path) and b"routegen:" in self._bytes(path):
                    yield path
            except OSError:
                continue

    def _bytes(self, path: Path) -> bytes:
        return content_of(path, self._targets.contents)

    def _markup(self, path: Path, findings: list[Finding]) -> Checked:
        """The outcome of a template, or of what has no text: a folder."""
        if path.suffix not in MARKUP:
            wanted = [f for f in findings if self._selection.wants(path, f.code, self._targets.root)]
            return Checked(wanted)
        try:
            text = TemplateText(path, self._bytes(path))
        except OSError:
            text = TemplateText(path, b"")
        return self._kept(findings, read_markup_suppressions(text), text, path)

    def _keep(self, findings: list[Finding], module: Module, source: Source) -> Checked:
        return self._kept(findings, read_suppressions(module), module.source, source.path)

    def _kept(self, findings: list[Finding], suppressions: Suppressions, text: Text, path: Path) -> Checked:
        kept = suppressions.take(findings)
        suppressions.known, suppressions.ran = self._known, self._ran
        kept += self._run(Suppressions, suppressions, text, path)
        wanted = [f for f in kept if self._selection.wants(f.path, f.code, self._targets.root)]
        return Checked(wanted, suppressed=sum(len(entry.used) for entry in suppressions.entries))

    def _run(self, scope: type, about: Any, text: Text, path: Path) -> Iterator[Finding]:
        is_python = scope is Suppressions or str(path).endswith(".py")
        key = scope, "python" if is_python else "typescript"
        if (plan := self._plans.get(key)) is None:
            plan = self._plans[key] = plan_of((r for r in self._chosen if key[1] in r.languages), scope)
        return run(plan, about, text, path)


def _about_trees(targets: Targets, chosen: list[Rule]) -> Iterator[Finding]:
    for manifest in targets.manifests:
        pages = PageTree(manifest, targets.contents)
        for scope, about in ((Manifest, manifest), (PageTree, pages)):
            for finding in run(plan_of(chosen, scope), about, None, manifest.app_dir):
                if targets.concerns(finding.path):
                    yield finding
