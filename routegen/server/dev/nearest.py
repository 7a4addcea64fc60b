"""Turns a path that no route answers into the routes it was probably meant for."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

_MAX_SEGMENTS = 16
_MAX_SEGMENT = 64
_ALIKE = 0.5
_DYNAMIC, _CATCH_ALL, _MISSING = 0.2, 0.4, 0.6


class KnownRoute(NamedTuple):
    """A route as the 404 page shows it; `file` is relative to the project."""

    methods: tuple[str, ...]
    id: str
    file: str


Routes = Sequence[tuple[tuple[str, ...], str, str]]


def by_distance(path: str, routes: Routes) -> list[KnownRoute]:
    """All routes, the nearest first; equally near ones by their id."""
    asked = _segments(path)
    known = [KnownRoute(*route) for route in routes]
    return sorted(known, key=lambda route: (distance(asked, _segments(route.id)), route.id))


def nearest(path: str, routes: Routes, count: int = 5) -> list[KnownRoute]:
    """The few routes that have something in common with the path, the nearest first."""
    asked = _segments(path)
    return [
        route
        for route in by_distance(path, routes)[:count]
        if _share_a_name(asked, target := _segments(route.id))
        and distance(asked, target) < 0.5 * max(len(asked), len(target), 1)
    ]


def distance(asked: tuple[str, ...], target: tuple[str, ...]) -> float:
    """How much must change to make the path fit: an edit distance over segments."""
    row = [index * _MISSING for index in range(len(asked) + 1)]
    for segment in target:
        many = segment.startswith(("[...", "[[..."))
        before, row = row, [row[0] + (_CATCH_ALL if many else _MISSING)]
        for index, name in enumerate(asked, start=1):
            changed = before[index - 1] + _unlikeness(name, segment)
            longer = row[-1] + (_CATCH_ALL if many else _MISSING)
            row.append(min(changed, longer, before[index] + _MISSING))
    return row[-1]


def _share_a_name(asked: tuple[str, ...], target: tuple[str, ...]) -> bool:
    names = [segment for segment in target if not segment.startswith("[")]
    return not names or any(_unlikeness(segment, name) < 1 for segment in asked for name in names)


def _segments(path: str) -> tuple[str, ...]:
    parts = [part[:_MAX_SEGMENT] for part in path.split("?")[0].split("/") if part]
    return tuple(parts[:_MAX_SEGMENTS])


@lru_cache(maxsize=4096)
def _unlikeness(name: str, segment: str) -> float:
    if name == segment:
        return 0.0
    if segment.startswith("["):
        return _CATCH_ALL if "..." in segment else _DYNAMIC
    if name.lower() == segment.lower():
        return 0.1
    likeness = SequenceMatcher(None, name.lower(), segment.lower(), autojunk=False).ratio()
    return 1.0 - 0.9 * likeness if likeness >= _ALIKE else 1.0
