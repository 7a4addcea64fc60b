"""The route tree in service: one immutable value that a reload replaces as a whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from routegen.routes import Manifest, Page, Route
from routegen.routes.tree import BadPath, Parameters, Tree
from routegen.server.entry import RouteEntry
from routegen.server.raw_path import RawPath, location


class Table:
    """The manifest with an entry for each route. Entries of unchanged routes can be taken over from an older table."""

    def __init__(self, manifest: Manifest, known: Mapping[Path, RouteEntry] | None = None) -> None:
        self.manifest = manifest
        self.entries = tuple(_entry(route, known or {}) for route in (*manifest.routes, *manifest.pages))
        self.tree = Tree((entry.route, entry) for entry in self.entries)
        self.static = self.tree.static

    def __iter__(self) -> Iterator[RouteEntry]:
        return iter(self.entries)

    def match(self, path: RawPath) -> tuple[RouteEntry, Parameters] | None:
        """The entry that answers this path.

        Raises:
            BadPath: no route may see the path.
        """
        return self.tree.match_segments(path.segments)


def _entry(route: Route, known: Mapping[Path, RouteEntry]) -> RouteEntry:
    entry = known.get(route.file) if known else None  # hashing 5,000 paths takes 10 ms
    return entry if entry is not None and entry.route == route else new_entry(route)


def new_entry(route: Route) -> RouteEntry:
    """An entry that has loaded nothing yet, for a route or for a page."""
    if isinstance(route, Page):
        from routegen.server.page_entry import PageEntry  # Jinja2 is loaded with the first page, not before

        return PageEntry(route)
    return RouteEntry(route)


__all__ = ["BadPath", "RawPath", "Table", "location", "new_entry"]
