"""Turns the folder tree under `app/` into the manifest: its routes, its guards and everything wrong with it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from routegen.routes.conflicts import find_conflicts
from routegen.routes.route import Problem, Route, route_id
from routegen.routes.segment import Kind, Segment, SegmentError, parse

ROUTE_FILE = "route.py"
GUARD_FILE = "dependencies.py"
_ROUTE_NEAR_MISSES = {"routes.py", "router.py", "routers.py", "rout.py", "route.pyw", "route"}
_GUARD_NEAR_MISSES = {
    "dependency.py",
    "dependancies.py",
    "dependancy.py",
    "dependecies.py",
    "dependencies.pyw",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The route tree as data. Two scans of the same tree are equal, whatever order the disk lists folders in."""

    app_dir: Path
    routes: tuple[Route, ...]
    problems: tuple[Problem, ...]

    def find(self, id: str) -> Route | None:
        """The route of this id (`/users/[id]`), if there is one."""
        return next((route for route in self.routes if route.id == id), None)


@dataclass(frozen=True, slots=True)
class _Folder:
    """What the walk knows about one folder: its place in the URL and what stands above it."""

    path: Path
    segments: tuple[Segment, ...]
    guards: tuple[Path, ...]
    problem: Problem | None
    above: frozenset[str] = frozenset()


def scan(app_dir: Path) -> Manifest:
    """Read the whole tree below `app_dir`, without running any of it.

    A missing `app_dir` gives an empty manifest. Every problem is found in this one pass, each with the files at fault
    and the repair; routes at fault carry it and stay in the manifest.
    """
    problems: list[Problem] = []
    found = list(_walk(app_dir, problems)) if app_dir.is_dir() else []
    conflicts = find_conflicts(found, root=app_dir.parent)
    problems += [conflict.problem for conflict in conflicts]
    blamed = {route.file: conflict.problem for conflict in reversed(conflicts) for route in conflict.routes}
    routes = [route if route.problem else replace(route, problem=blamed.get(route.file)) for route in found]
    routes.sort(key=lambda route: (route.specificity, str(route.file)))
    problems.sort(key=lambda problem: (str(problem.files[0]), problem.code, problem.message))
    return Manifest(app_dir, tuple(routes), tuple(problems))


def _walk(app_dir: Path, problems: list[Problem]) -> Iterator[Route]:
    folders = [_Folder(app_dir, (), (), None)]
    while folders:
        folder = folders.pop()
        real = os.path.realpath(folder.path)
        if real in folder.above:  # a symlink to a folder it lies in: the tree would never end
            continue
        folder = replace(folder, above=folder.above | {real})
        files, children = _list(folder.path, problems)
        folder = _with_guard(folder, files, app_dir.parent, problems)
        if ROUTE_FILE in files:
            yield Route(
                route_id(folder.segments),
                folder.path / ROUTE_FILE,
                folder.segments,
                folder.guards,
                folder.problem,
            )
        else:
            problems += _near_misses(folder.path, files, app_dir.parent)
        for name in reversed(children):
            if child := _enter(folder, name, app_dir.parent, problems):
                folders.append(child)


def _list(path: Path, problems: list[Problem]) -> tuple[list[str], list[str]]:
    """The names of the files and of the folders in `path`, sorted: the order on disk differs between machines."""
    try:
        with os.scandir(path) as entries:
            listed = sorted((entry.name, entry.is_dir()) for entry in entries)
    except OSError as error:
        hint = "make the folder readable, or move it out of the app folder"
        problems.append(Problem("RG707", f"`{path}` cannot be read: {error.strerror}", hint, (path,)))
        return [], []
    return [name for name, is_dir in listed if not is_dir], [name for name, is_dir in listed if is_dir]


def _enter(parent: _Folder, name: str, root: Path, problems: list[Problem]) -> _Folder | None:
    path = parent.path / name
    try:
        segment = parse(name)
    except SegmentError as error:
        where = path.relative_to(root).as_posix()
        problems.append(Problem("RG707", f"{error.message}: `{where}`", error.hint, (path,)))
        return None
    if segment.kind is Kind.PRIVATE:
        return None
    own = () if segment.kind is Kind.GROUP else (segment,)
    return replace(parent, path=path, segments=parent.segments + own)


def _with_guard(folder: _Folder, files: list[str], root: Path, problems: list[Problem]) -> _Folder:
    """The folder with its own `dependencies.py`. A near-miss name guards nothing, so nothing below is served."""
    if GUARD_FILE in files:
        return replace(folder, guards=(*folder.guards, folder.path / GUARD_FILE))
    for name in files:
        if name.lower() in (*_GUARD_NEAR_MISSES, GUARD_FILE):
            path = folder.path / name
            problem = Problem(
                "RG709",
                f"`{path.relative_to(root).as_posix()}` guards nothing: the name is `{GUARD_FILE}`",
                f"rename the file to `{GUARD_FILE}`; until then every route below it answers 500",
                (path,),
            )
            problems.append(problem)
            return replace(folder, problem=folder.problem or problem)
    return folder


def _near_misses(folder: Path, files: list[str], root: Path) -> Iterator[Problem]:
    for name in files:
        if name.lower() in (*_ROUTE_NEAR_MISSES, ROUTE_FILE):
            path = folder / name
            yield Problem(
                "RG708",
                f"`{path.relative_to(root).as_posix()}` is not served: a route handler lives in `{ROUTE_FILE}`",
                f"rename the file to `{ROUTE_FILE}`, or to `_{name}` if it is a helper",
                (path,),
            )
