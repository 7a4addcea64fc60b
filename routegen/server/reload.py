"""Hot reload inside the running process: what was edited, and what imports it, is made anew; the rest stays.

A request never sees stale code: the files behind its route are looked at (one `stat` each) before it is answered, so
an edit is live with the first request after it. The watcher does the rest: it finds new, renamed and deleted routes,
and reports.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import Scope

from routegen.routes import Page, Route, scan
from routegen.server.app import RouteApp
from routegen.server.entry import RouteEntry
from routegen.server.modules import Modules, Record, is_being_written, read_settled, signature_of
from routegen.server.table import BadPath, RawPath, Table, new_entry

_RESCAN_PAUSE = 0.1  # seconds
_MOST_GONE = 20  # files of routes that were deleted and may come back
_FEW = 10  # files of one batch that a person, and no checkout, has written


@dataclass(frozen=True, slots=True)
class Reload:
    """What one reload did. `restart` is the reason why this process cannot take the change in, if it cannot."""

    changed: tuple[Route, ...] = ()
    added: tuple[Route, ...] = ()
    removed: tuple[Route, ...] = ()
    files: tuple[str, ...] = ()
    errors: tuple[RouteEntry, ...] = ()
    restart: str | None = None
    milliseconds: float = 0.0


@dataclass(slots=True)
class Reloader:
    """Keeps one application's tree in step with the disk."""

    app: RouteApp
    modules: Modules
    report: Callable[[Reload], None]
    version: int = field(default_factory=lambda: int(time.time() * 1000))  # never one of an earlier process
    _last_scan: float = field(default=0.0, init=False)
    _gone: tuple[Path, ...] = field(default=(), init=False)
    _restarting: bool = field(default=False, init=False)
    _names: dict[tuple[Path, ...], list[str]] = field(
        default_factory=dict[tuple[Path, ...], list[str]], init=False
    )

    def __post_init__(self) -> None:
        self.app.loader.note = self.modules.note
        self.app.loader.read = read_settled
        self.app.before_request = self.before_request

    def before_request(self, scope: Scope) -> None:
        """Bring the route that this request is for up to date; a path without a route is looked for on disk."""
        try:
            found = self.app.table.match(RawPath(scope))
        except BadPath:
            return
        if found is None:
            is_due = time.monotonic() - self._last_scan > _RESCAN_PAUSE
            if is_due or any(file.exists() for file in self._gone):  # editors move a file away to save it
                self.rescan()
            return
        entry = found[0]
        entry.load(self.app)  # which takes what it imports as other routes have loaded it
        stale = [r.file for r in self._modules_of(entry) if signature_of(r.file) != r.signature]
        if stale:
            self.change(stale)
        scope["routegen.place"] = self._place(entry, scope)

    def _place(self, entry: RouteEntry, scope: Scope) -> str:
        """`app/api/users/route.py:12`: where the handler of this request stands."""
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        line = entry.lines.get(method) or entry.lines.get("GET" if method == "HEAD" else method)
        file = entry.route.file.relative_to(self.app.project.root).as_posix()
        return f"{file}:{line}" if line else file

    def change(self, files: Iterable[str], *, settled: bool = False) -> list[str]:
        """Take in edits. Returns the files left for later, because they are in the middle of being written;
        `settled` takes them in as they are."""
        begun = time.perf_counter()
        files = list(files)
        waiting = [] if settled else [file for file in files if is_being_written(file)]
        ready = [file for file in files if file not in waiting]
        edited = [name for file in ready for name in self.modules.named(file) if self._is_stale(name)]
        affected = self.modules.dependents(edited)
        if reason := self._restart_reason(affected):
            self._restart(reason)
            return waiting
        entries = [e for e in self.app.table if e.loaded and not affected.isdisjoint(self._names_of(e))]
        pages = self._pages_with(ready)
        if affected or pages:
            entries += [page for page in pages if page not in entries]
            self.app.forget_guards(Path(self.modules.records[name].file) for name in affected)
            self.modules.forget(affected)
            self._renew(entries)
            self._done(begun, Reload(changed=_routes(entries), files=tuple(ready), errors=_broken(entries)))
        return waiting

    def retry_broken(self) -> None:
        """Load the broken routes anew: what they lacked may be there now."""
        begun = time.perf_counter()
        broken = [entry for entry in self.app.table if entry.loaded and entry.error is not None]
        self._renew(broken)
        healed = [entry for entry in broken if entry.error is None]
        self._done(begun, Reload(changed=_routes(healed)))

    def rescan(self) -> None:
        """Take in new, renamed and deleted routes; entries of unchanged ones are kept."""
        begun = time.perf_counter()
        self._last_scan = time.monotonic()
        old = self.app.table
        table = Table(scan(self.app.project.app_dir), {entry.route.file: entry for entry in old})
        before = {(entry.route.id, entry.route.file): entry.route for entry in old}
        after = {(entry.route.id, entry.route.file): entry.route for entry in table}
        added = tuple(route for key, route in after.items() if key not in before)
        removed = tuple(route for key, route in before.items() if key not in after)
        there = {route.file for route in after.values()}
        gone = (*(route.file for route in removed), *self._gone)
        self._gone = tuple(file for file in gone if file not in there)[:_MOST_GONE]
        kept = set(map(id, old))
        altered = [e for e in table if id(e) not in kept and (e.route.id, e.route.file) in before]
        if not (added or removed or altered or table.manifest.problems != old.manifest.problems):
            return
        self.app.replace_table(table)
        self.modules.forget(name for route in removed for name in self.modules.named(str(route.file)))
        if removed:
            self.app.loader.forget_folders()
        self._done(begun, Reload(added=added, removed=removed, changed=_routes(altered)))

    def batch(self, changes: Sequence[tuple[str, str]]) -> list[str]:
        """Take in what the watcher saw: pairs of (`added`, `modified` or `deleted`, file). Returns the files that are
        still being written."""
        files = [file for _kind, file in changes]
        if reason := self._needs_restart(files):
            self._restart(reason)
            return []
        app_dir = str(self.app.project.app_dir)
        structural = [file for kind, file in changes if kind != "modified"]
        if any(file.startswith(app_dir) for file in structural):
            self.rescan()
        waiting = self.change(files)
        if structural:
            self.retry_broken()
        if len(files) <= _FEW:
            self._look_into({file for file in files if file not in waiting})
        return waiting

    def settle(self, files: Sequence[str]) -> None:
        """Take in files as they are now; a moment ago they were still being written."""
        self.change(files, settled=True)
        if len(files) <= _FEW:
            self._look_into(set(files))

    def _look_into(self, files: set[str]) -> None:
        """Load routes that were just written and nobody has asked for yet: their faults show at once."""
        entries = [entry for entry in self.app.table if not entry.loaded and str(entry.route.file) in files]
        for entry in entries:
            entry.load(self.app)
        broken = [entry for entry in entries if entry.error is not None]
        self._done(time.perf_counter(), Reload(changed=_routes(broken), errors=_broken(broken)))

    def catch_up(self) -> None:
        """Take in whatever happened before the watcher was there."""
        self.rescan()
        self.batch([("modified", record.file) for record in self.modules.records.values()])

    def _renew(self, entries: Iterable[RouteEntry]) -> None:
        for entry in entries:
            fresh = new_entry(entry.route)
            fresh.load(self.app)
            entry.become(fresh)

    def _is_stale(self, name: str) -> bool:
        record = self.modules.records[name]
        return signature_of(record.file) != record.signature

    def _names_of(self, entry: RouteEntry) -> list[str]:
        files = entry.route.modules
        if files not in self._names:
            self._names[files] = [self.app.loader.name_of(file) for file in files]
        return self._names[files]

    def _pages_with(self, files: Sequence[str]) -> list[RouteEntry]:
        """The pages that a changed template is part of. One that no page is made of may be included by any of them."""
        changed = {Path(file) for file in files if file.endswith(".html")}
        pages = [e for e in self.app.table if e.loaded and isinstance(e.route, Page)] if changed else []
        own = [e for e in pages if isinstance(e.route, Page) and not changed.isdisjoint(e.route.templates)]
        return own or pages

    def _modules_of(self, entry: RouteEntry) -> list[Record]:
        return self.modules.closure(self._names_of(entry))

    def _needs_restart(self, files: Sequence[str]) -> str | None:
        root = self.app.project.root
        for name in ("main.py", "pyproject.toml", ".env"):
            if str(root / name) in files and (
                name != "main.py" or not self._is_touched_only(str(root / name))
            ):
                return f"`{name}` changed"
        return None

    def _is_touched_only(self, file: str) -> bool:
        names = self.modules.named(file)
        return bool(names) and not any(self._is_stale(name) for name in names)

    def _restart_reason(self, affected: set[str]) -> str | None:
        """Why these modules cannot be made anew in this process."""
        for name in sorted(affected):
            if name == "main":
                return "`main.py` imports what changed"
            if name.startswith("inbox."):
                return f"`{name}` holds effects of events"
            if _defines_tables(sys.modules.get(name)):
                return f"`{name}` defines database tables"
        return None

    def _restart(self, reason: str) -> None:
        if not self._restarting:
            self._restarting = True
            self.version += 1
            self.report(Reload(restart=reason))

    def restart_failed(self) -> None:
        """The new process did not come up: this one goes on, and the next change may try again."""
        self._restarting = False

    def _done(self, begun: float, reload: Reload) -> None:
        if not (reload.changed or reload.added or reload.removed):
            return
        self.version += 1
        self.app.openapi_schema = None
        _drop_caches()
        milliseconds = (time.perf_counter() - begun) * 1000
        self.report(
            Reload(
                reload.changed,
                reload.added,
                reload.removed,
                reload.files,
                reload.errors,
                milliseconds=milliseconds,
            )
        )


def _routes(entries: Iterable[RouteEntry]) -> tuple[Route, ...]:
    return tuple(entry.route for entry in entries)


def _broken(entries: Iterable[RouteEntry]) -> tuple[RouteEntry, ...]:
    return tuple(entry for entry in entries if entry.error is not None)


def _defines_tables(module: object) -> bool:
    """Whether a module defines SQLAlchemy or SQLModel tables, which cannot be defined twice in one process."""
    name = getattr(module, "__name__", None)
    return any(
        isinstance(value, type) and value.__module__ == name and hasattr(value, "__table__")
        for value in list(vars(module).values() if module is not None else ())
    )


def _drop_caches() -> None:
    """Let go of what FastAPI remembers about functions: its caches would keep every old version of them alive."""
    from fastapi import routing
    from fastapi.dependencies import models

    for name in ("_is_coroutine_callable_cached", "_is_gen_callable_cached", "_is_async_gen_callable_cached"):
        cached = getattr(models, name, None)
        if cached is not None:
            cached.cache_clear()
    getattr(routing, "_endpoint_context_cache", {}).clear()
