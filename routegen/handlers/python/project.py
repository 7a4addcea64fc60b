"""Turns the Python files of a project into modules that see each other, and into the handlers they bind."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.endpoints import Endpoint, Endpoints, Mount, dependencies, may_bind, read_endpoints
from routegen.handlers.facts import NO, Fact, unknown
from routegen.handlers.files import ProjectFiles
from routegen.handlers.function import Module
from routegen.handlers.handler import Handler
from routegen.handlers.protection import of_dependencies, of_middleware
from routegen.handlers.python.module import read_names
from routegen.handlers.python.source import read_source
from routegen.handlers.source import Source
from routegen.routes import Segment
from routegen.routes.segment import Kind as SegmentKind

_HOLE = re.compile(r"\{(\w+)(:\w+)?\}")
_TESTS = re.compile(r"(^|/)(tests?|conftest\.py|test_[^/]*\.py|[^/]*_test\.py|migrations|alembic)(/|$)")


class Files(ProjectFiles):
    """The Python files of a project."""

    def __init__(
        self, root: Path, paths: Iterable[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
    ) -> None:
        super().__init__(root, paths, contents)
        self._importable = {name for path in self.paths for name in path[len(str(root)) : -3].split("/")}

    def find(self, importer: Module, dotted: str) -> tuple[Module, str] | None:
        """The file that `dotted` names where `importer` imports it, and what is left of the name."""
        level = len(dotted) - len(dotted.lstrip("."))
        if not level and dotted.partition(".")[0] not in self._importable:  # most are of other packages
            return None
        folder = str(importer.source.path.parent)
        parts = [part for part in dotted[level:].split(".") if part]
        if level:
            for _ in range(level - 1):
                folder = folder.rpartition("/")[0]
            return self._below(folder, parts, importer)
        for start in self._roots(folder):
            if (found := self._below(start, parts, importer)) is not None:
                return found
        return None

    def _read(self, path: Path) -> Source:
        return read_source(path, self._contents)

    def _names(self, source: Source) -> Module:
        return read_names(source)

    def _roots(self, folder: str) -> list[str]:
        """Where imports may start: the folders above a file up to the project's, and its `src`."""
        found = [folder]
        top = str(self.root)
        while folder != top and len(folder) > len(top):
            folder = folder.rpartition("/")[0]
            found.append(folder)
        return [*found, f"{top}/src", f"{top}/lib", f"{top}/app"]

    def _below(self, folder: str, parts: list[str], importer: Module) -> tuple[Module, str] | None:
        for count in range(len(parts), 0, -1):
            base = "/".join([folder, *parts[:count]])
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if path in self.paths and path != str(importer.source.path):
                    self.trail.looked(path, str(importer.source.path))
                    module = self.at(path)
                    return (module, ".".join(parts[count:])) if module else None
        package = f"{folder}/__init__.py"
        if parts and package in self.paths and package != str(importer.source.path) and len(parts) == 1:
            self.trail.looked(package, str(importer.source.path))
            module = self.at(package)
            return (module, parts[0]) if module and parts[0] in module.bound else None
        return None


class Bindings:
    """All that a project binds: how routers hang together, and what runs before what."""

    def __init__(self, files: Files, found: list[Endpoints]) -> None:
        self._files = files
        self._found = found
        self._routers = {router.key: router for each in found for router in each.routers}
        self._parents: dict[str, list[Mount]] = {}
        for mount in (mount for each in found for mount in each.mounts):
            self._parents.setdefault(mount.child, []).append(mount)
        self._middleware = NO
        for each in found:
            if not _TESTS.search(str(each.module.source.path)):
                for middleware in each.middleware:
                    self._middleware |= of_middleware(middleware)
        self._known: dict[str, tuple[str | None, Fact]] = {}

    def handlers(self, endpoints: Endpoints) -> list[Handler]:
        """The handlers of one file."""
        found: list[Handler] = []
        for endpoint in endpoints.endpoints:
            prefix, above = self._above(endpoint.router, 0)
            above |= of_dependencies(dependencies(endpoint.options), endpoint.scope)
            for method in endpoint.methods:
                found.append(_handler(endpoint, method, prefix, above, endpoints.module))
        return found

    def _above(self, key: str, depth: int) -> tuple[str | None, Fact]:
        """The prefix of a router, and whether something before it may refuse."""
        if key in self._known:
            return self._known[key]
        self._known[key] = (None, unknown("the routers hang together in a circle"))
        router, prefix, fact = self._routers.get(key), "", self._middleware
        if router is not None:
            prefix = router.prefix
            fact |= of_dependencies(dependencies(router.options), router.scope)
            if not router.is_app and "route_class" in router.options:
                fact |= unknown("its `route_class` may check the caller")
        mounts = self._parents.get(key, [])
        own = prefix
        for mount in mounts if depth < 8 else ():
            above, guard = self._above(mount.parent, depth + 1)
            fact |= guard | of_dependencies(dependencies(mount.options), mount.scope)
            if mount.is_optional:
                fact |= unknown("it may be included where nobody else can call it")
            whole = None if None in (above, mount.prefix, own) else f"{above}{mount.prefix}{own}"
            prefix = whole if mount is mounts[0] or whole == prefix else None
        if not mounts and any("dependencies" in mount.options for mount in self._parents.get("", [])):
            fact |= unknown("it may be included with dependencies")
        self._known[key] = (prefix, fact)
        return prefix, fact


def bindings_of(files: Files, sources: Iterable[Source]) -> tuple[Bindings, dict[Path, Endpoints]]:
    """What the files bind, file by file."""
    found = {source.path: read_endpoints(files.add(source)) for source in sources if may_bind(source.data)}
    return Bindings(files, list(found.values())), found


def _handler(endpoint: Endpoint, method: str, prefix: str | None, above: Fact, module: Module) -> Handler:
    path = None if prefix is None or endpoint.path is None else f"{prefix}{endpoint.path}"
    function = endpoint.function
    return Handler(
        endpoint.scope.module if function else module,
        method=method,
        name=endpoint.name,
        span=endpoint.span,
        function=function,
        segments=None if path is None else tuple(_segments(path)),
        route_id=path if path is not None else (endpoint.path or ""),
        above=above,
        shared=tuple(each for each in endpoint.methods if each != method),
        decorators=endpoint.decorators,
        options=endpoint.options,
        owner=endpoint.owner,
        is_file_route=False,
        outer=endpoint.scope,
    )


def _segments(path: str) -> Iterable[Segment]:
    for part in path.strip("/").split("/"):
        hole = _HOLE.fullmatch(part)
        if hole is not None:
            kind = SegmentKind.CATCH_ALL if hole[2] == ":path" else SegmentKind.DYNAMIC
            yield Segment(part, kind, hole[1])
        elif inner := _HOLE.findall(part):
            # `snapshot.{format}`: text around a parameter, or several of them
            yield from (Segment(part, SegmentKind.DYNAMIC, name) for name, _ in inner)
        elif part:
            yield Segment(part, SegmentKind.STATIC, part)
