"""The route tree in service: one immutable value that a reload replaces as a whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from starlette.types import Scope

from routegen.routes import Manifest, Route
from routegen.routes.tree import BadPath, Parameters, Tree, decode
from routegen.server.entry import RouteEntry


class Table:
    """The manifest with an entry for each route. Entries of unchanged routes can be taken over from an older table."""

    def __init__(self, manifest: Manifest, known: Mapping[Path, RouteEntry] | None = None) -> None:
        self.manifest = manifest
        self.entries = tuple(_entry(route, known or {}) for route in manifest.routes)
        self.tree = Tree((entry.route, entry) for entry in self.entries)
        self.static = self.tree.static

    def __iter__(self) -> Iterator[RouteEntry]:
        return iter(self.entries)

    def match(self, path: "RawPath") -> tuple[RouteEntry, Parameters] | None:
        """The entry that answers this path.

        Raises:
            BadPath: no route may see the path.
        """
        return self.tree.match_segments(path.segments)


def _entry(route: Route, known: Mapping[Path, RouteEntry]) -> RouteEntry:
    entry = known.get(route.file)
    return entry if entry is not None and entry.route == route else RouteEntry(route)


class RawPath:
    """The path of a request below the application's root, still encoded: `a%2Fb` is one segment.

    ASGI's `path` is decoded already. Where a middleware has rewritten `path`, or the server gives no `raw_path`,
    the decoded path is what there is.
    """

    __slots__ = ("raw", "root")

    def __init__(self, scope: Scope) -> None:
        path: str = scope["path"]
        raw: bytes = (scope.get("raw_path") or b"").partition(b"?")[0]
        if unquote(raw.decode("latin-1")) != path:
            raw = (
                quote(path, safe="/%:@!$&'()*+,;=~").replace("%", "%25").encode()
                if "%" in path
                else quote(path).encode()
            )
        self.root: str = scope.get("root_path", "").rstrip("/")
        prefix = quote(self.root).encode()
        inside = bool(prefix) and (raw == prefix or raw.startswith(prefix + b"/"))
        self.raw = (raw[len(prefix) :] or b"/") if inside else raw

    @property
    def segments(self) -> list[str]:
        """The decoded segments. Raises BadPath."""
        return decode(self.raw)

    def canonical(self) -> "bytes | None":
        """The path without a trailing slash and doubled slashes; None when it is that already."""
        parts = [part for part in self.raw.split(b"/") if part]
        canonical = b"/" + b"/".join(parts)
        return None if canonical == self.raw else canonical


def location(path: RawPath, canonical: bytes, scope: Scope) -> str:
    """Where a request for another spelling of a path is sent: relative, root path included, query kept.

    It never starts with `//` or `/\\`, which browsers take for another host.
    """
    query: bytes = scope.get("query_string", b"")
    target = quote(path.root) + canonical.decode("latin-1").replace("\\", "%5C")
    return target + (f"?{query.decode('latin-1')}" if query else "")


__all__ = ["BadPath", "RawPath", "Table", "location"]
