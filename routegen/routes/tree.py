"""Matches a path against the routes in time that depends on the path's depth, never on the number of routes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from routegen.routes.route import Route
from routegen.routes.segment import Kind

T = TypeVar("T")

Parameters = dict[str, str | list[str]]
"""The values of a match: a string for `[x]`, a list for a catch-all, decoded."""


class BadPath(ValueError):
    """A path that no route may see: a broken escape, bytes that are no UTF-8, NUL, or a dot segment."""


@dataclass(slots=True)
class _Node(Generic[T]):
    """One folder level. `leaf`, `catch_all` and `optional` hold a value and the names of its parameters."""

    static: dict[str, "_Node[T]"] = field(default_factory=dict[str, "_Node[T]"])
    dynamic: "_Node[T] | None" = None
    leaf: tuple[T, tuple[str, ...]] | None = None
    catch_all: tuple[T, tuple[str, ...]] | None = None
    optional: tuple[T, tuple[str, ...]] | None = None


class Tree(Generic[T]):
    """Routes, each with a value. Where two routes are one URL the first one given wins; the manifest reports it."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        self.static: dict[str, T] = {}
        self._root: _Node[T] = _Node()
        for route, value in routes:
            self._insert(route, value)

    def match(self, path: str) -> tuple[T, Parameters] | None:
        """Match a path without escapes, such as `/users/7`. None when no route answers it.

        The order is Next.js's: static before `[x]` before `[...x]` before `[[...x]]`, on the whole path.
        """
        value = self.static.get(path)
        if value is not None:
            return value, {}
        if not path.startswith("/"):
            return None
        return self.match_segments(path[1:].split("/") if path != "/" else [])

    def match_segments(self, segments: list[str]) -> tuple[T, Parameters] | None:
        """Match decoded segments; an empty one matches nothing."""
        if "" in segments:
            return None
        # The most specific branch of every level, without looking back: nearly every request ends here.
        node: _Node[T] | None = self._root
        values: list[str | list[str]] = []
        for segment in segments:
            child = node.static.get(segment)
            if child is None:
                child = node.dynamic
                if child is None:
                    break
                values.append(segment)
            node = child
        else:
            if node.leaf is not None:
                return _result(node.leaf, values)
        values.clear()
        found = _walk(self._root, segments, 0, values)
        return None if found is None else _result(found, values)

    def _insert(self, route: Route, value: T) -> None:
        node = self._root
        names = tuple(s.name for s in route.parameters)
        for segment in route.segments:
            if segment.kind is Kind.CATCH_ALL:
                node.catch_all = node.catch_all or (value, names)
                return
            if segment.kind is Kind.OPTIONAL_CATCH_ALL:
                node.optional = node.optional or (value, names)
                return
            if segment.kind is Kind.DYNAMIC:
                node.dynamic = node.dynamic or _Node()
                node = node.dynamic
            else:
                child = node.static.get(segment.name)
                if child is None:
                    child = node.static[segment.name] = _Node()
                node = child
        node.leaf = node.leaf or (value, names)
        if not names and route.id.count("/") == max(len(route.segments), 1):  # no name holds a slash itself
            self.static.setdefault(route.id, value)


def _result(found: tuple[T, tuple[str, ...]], values: list[str | list[str]]) -> tuple[T, Parameters]:
    value, names = found
    if len(names) == 1:
        return value, {names[0]: values[0]}
    return value, dict(zip(names, values, strict=True))


def _walk(
    node: _Node[T], segments: list[str], at: int, values: list[str | list[str]]
) -> tuple[T, tuple[str, ...]] | None:
    """Depth first, most specific branch first; `values` collects the parameters on the way down."""
    if at == len(segments):
        if node.leaf is None and node.optional is not None:
            values.append([])
        return node.leaf or node.optional
    segment = segments[at]
    if (child := node.static.get(segment)) and (found := _walk(child, segments, at + 1, values)):
        return found
    if node.dynamic:
        values.append(segment)
        if found := _walk(node.dynamic, segments, at + 1, values):
            return found
        values.pop()
    rest = node.catch_all or node.optional
    if rest:
        values.append(segments[at:])
    return rest


def decode(raw_path: bytes) -> list[str]:
    """The decoded segments of a raw path: `a%2Fb` stays one segment.

    Raises:
        BadPath: no slash at the start, a broken escape (`%zz`), bytes that are no UTF-8, NUL, or a segment `.` or
            `..`, however written.
    """
    if raw_path == b"/":
        return []
    if not raw_path.startswith(b"/"):
        raise BadPath("The path does not begin with a slash")
    return [_decode_segment(part) for part in raw_path.removeprefix(b"/").split(b"/")]


def _decode_segment(part: bytes) -> str:
    if b"%" in part:
        escapes = part.split(b"%")[1:]
        if not all(len(e) >= 2 and e[:2].isalnum() and _is_hex(e[:2]) for e in escapes):
            raise BadPath("The path has a broken percent escape")
        part = unquote_to_bytes(part)
    try:
        segment = part.decode()
    except UnicodeDecodeError:
        raise BadPath("The path is not UTF-8") from None
    if "\0" in segment:
        raise BadPath("The path holds a NUL character")
    if segment in (".", ".."):
        raise BadPath("The path holds a dot segment")
    return segment


def _is_hex(two: bytes) -> bool:
    return all(byte in b"0123456789abcdefABCDEF" for byte in two)
