"""Finds routes that cannot live side by side, each conflict with both files and the repair."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from routegen.routes.route import Page, Problem, Route
from routegen.routes.segment import Kind, Segment


@dataclass(frozen=True, slots=True)
class Conflict:
    """A problem and the routes that answer 500 because of it."""

    problem: Problem
    routes: tuple[Route, ...]


def find_conflicts(routes: Sequence[Route], *, root: Path) -> list[Conflict]:
    """All conflicts between `routes`; files are named relative to `root`."""
    ordered = sorted(routes, key=lambda route: (route.id, str(route.file)))
    dynamic = [route for route in ordered if any(segment.is_parameter for segment in route.segments)]
    return [
        *_within_a_path(dynamic, root),
        *_duplicates(ordered, root),
        *_names_at_one_level(dynamic, root),
        *_catch_alls_at_one_level(dynamic, root),
        *_optional_beside_parent(ordered, root),
    ]


def _within_a_path(routes: Sequence[Route], root: Path) -> Iterator[Conflict]:
    for route in routes:
        names = [s.name for s in route.parameters]
        if twice := next((name for name in names if names.count(name) > 1), None):
            yield _conflict(
                "RG710",
                f"`{twice}` names two parameters of `{route.id}`",
                "give each folder its own name",
                [route],
                root,
            )
        inner = next((s for s in route.segments[:-1] if s.is_catch_all), None)
        if inner:
            hint = f"move the route above `{inner.folder}`, or make that folder `[{inner.name}]`"
            yield _conflict(
                "RG711",
                f"`{inner.folder}` takes the rest of the path but is not its end",
                hint,
                [route],
                root,
            )


def _duplicates(routes: Sequence[Route], root: Path) -> Iterator[Conflict]:
    by_id: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        by_id[route.id].append(route)
    for id, same in by_id.items():
        if len(same) > 1:
            pages = sum(isinstance(route, Page) for route in same)
            if 0 < pages < len(same):
                hint = "keep one of them, or move the route handler below `api/`"
                yield _conflict("RG701", f"a page and a route handler both answer `{id}`", hint, same, root)
            else:
                yield _conflict("RG701", f"{len(same)} files answer `{id}`", "keep one of them", same, root)


def _names_at_one_level(routes: Sequence[Route], root: Path) -> Iterator[Conflict]:
    for level, kind in (
        (Kind.DYNAMIC, "dynamic"),
        (Kind.CATCH_ALL, "catch-all"),
        (Kind.OPTIONAL_CATCH_ALL, "optional catch-all"),
    ):
        for parent, folders in _siblings(routes, {level}):
            names = sorted(folders)
            if len(names) > 1:
                listed = " and ".join(f"`{name}`" for name in names)
                message = f"{listed} are {kind} names at one level, below `{parent}`"
                below = [route for name in names for route in folders[name]]
                yield _conflict(
                    "RG704", message, f"use one name: rename the others to `{names[0]}`", below, root
                )


def _catch_alls_at_one_level(routes: Sequence[Route], root: Path) -> Iterator[Conflict]:
    for parent, folders in _siblings(routes, {Kind.CATCH_ALL, Kind.OPTIONAL_CATCH_ALL}):
        required = [name for name in folders if not name.startswith("[[")]
        optional = [name for name in folders if name.startswith("[[")]
        if required and optional:
            message = f"`{required[0]}` and `{optional[0]}` both take everything below `{parent}`"
            below = [route for folder in folders.values() for route in folder]
            yield _conflict(
                "RG604",
                message,
                f"keep one of them; `{optional[0]}` also answers `{parent}` itself",
                below,
                root,
            )


def _optional_beside_parent(routes: Sequence[Route], root: Path) -> Iterator[Conflict]:
    by_id = {route.id: route for route in routes}
    for route in routes:
        if route.segments and route.segments[-1].kind is Kind.OPTIONAL_CATCH_ALL:
            parent_id = route.id.rsplit("/", 1)[0] or "/"
            if parent := by_id.get(parent_id):
                name = route.segments[-1].name
                message = f"`{parent_id}` is answered by its own file and by `{route.segments[-1].folder}`"
                hint = f"rename `{route.segments[-1].folder}` to `[...{name}]`, or remove the other file"
                yield _conflict("RG604", message, hint, [parent, route], root)


def _siblings(routes: Sequence[Route], kinds: set[Kind]) -> Iterator[tuple[str, dict[str, list[Route]]]]:
    """For each place in the tree: its folders of these kinds, each with the routes at or below it.

    A place is told by its shape: `/a/[x]` and `/a/[y]` are one place, since no URL tells them apart.
    """
    places: dict[tuple[tuple[Kind, str], ...], dict[str, list[Route]]] = defaultdict(
        lambda: defaultdict(list)
    )
    shown: dict[tuple[tuple[Kind, str], ...], str] = {}
    for route in routes:
        for depth, segment in enumerate(route.segments):
            if segment.kind in kinds:
                place = _shape(route.segments[:depth])
                places[place][segment.folder].append(route)
                if place not in shown:
                    shown[place] = "/" + "/".join(s.folder for s in route.segments[:depth])
    for place, folders in places.items():
        yield shown[place], folders


def _shape(segments: tuple[Segment, ...]) -> tuple[tuple[Kind, str], ...]:
    return tuple((s.kind, "" if s.is_parameter else s.name) for s in segments)


def _conflict(code: str, message: str, hint: str, routes: Sequence[Route], root: Path) -> Conflict:
    files = tuple(dict.fromkeys(route.file for route in routes))
    listed = ", ".join(f"`{file.relative_to(root).as_posix()}`" for file in files)
    return Conflict(Problem(code, f"{message}: {listed}", hint, files), tuple(routes))
