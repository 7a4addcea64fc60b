"""Turns the scripts of a project into the route modules of its Next.js apps."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.facts import NO
from routegen.handlers.function import Module
from routegen.handlers.route_module import RouteModule
from routegen.handlers.source import Source
from routegen.handlers.typescript.middleware import Guard, guard_of
from routegen.handlers.typescript.project import Files
from routegen.handlers.typescript.reader import module_of
from routegen.handlers.typescript.source import read_source
from routegen.routes import Route


class Scripts:
    """The scripts of a project: `files` see each other; what runs before the handlers of an app is read once."""

    def __init__(
        self, root: Path, paths: Iterable[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
    ) -> None:
        self.files = Files(root, paths, contents)
        self._guards: dict[Path, Guard] = {}

    def read(self, path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> Source:
        """Read and parse one file. Raises SourceError when it cannot be read."""
        return read_source(path, contents)

    def route_module(
        self, source: Source, module: Module, route: Route | None, tree: Path | None
    ) -> RouteModule:
        """The handlers of a route file in the app folder `tree`, with what the `middleware.ts` beside it says."""
        if tree is None or route is None:
            return module_of(source, route, module)
        if tree not in self._guards:
            self._guards[tree] = guard_of(tree, self.files)
        return module_of(source, route, module, self._guards[tree].above(route) or NO)
