"""Reads the path of a request as it was sent, and spells the location of a redirect to another spelling of it."""

from urllib.parse import quote, unquote

from starlette.types import Scope

from routegen.routes.tree import decode


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
