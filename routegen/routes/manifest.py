"""Turns the folder tree under `app/` into the manifest: its routes, its pages, its guards and everything wrong."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from routegen.routes.conflicts import find_conflicts
from routegen.routes.route import Page, Problem, Route, route_id
from routegen.routes.segment import Kind, Segment, SegmentError, parse

ROUTE_FILE = "route.py"
GUARD_FILE = "dependencies.py"
PAGE_FILE = "page.html"
LOADER_FILE = "page.py"
LAYOUT_FILE = "layout.html"
ACTIONS_FILE = "actions.py"
_KNOWN_FILES = frozenset({ROUTE_FILE, GUARD_FILE, PAGE_FILE, LOADER_FILE, LAYOUT_FILE, ACTIONS_FILE})
_ROUTE_NEAR_MISSES = {"routes.py", "router.py", "routers.py", "rout.py", "route.pyw", "route"}
_PAGE_NEAR_MISSES = {
    "pages.html",
    "page.htm",
    "page.jinja",
    "page.jinja2",
    "page.j2",
    "page.html.j2",
    "page.html.jinja",
}
_LAYOUT_NEAR_MISSES = {"layouts.html", "layout.htm", "layout.html.j2", "layout.html.jinja"}
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
    pages: tuple[Page, ...] = ()

    def find(self, id: str) -> Route | None:
        """The route of this id (`/users/[id]`), if there is one."""
        return next((route for route in self.routes if route.id == id), None)


@dataclass(slots=True)
class _Folder:
    """What the walk knows about one folder: its place in the URL and what stands above it.

    The path is text: the walk makes thousands of them, and a `Path` of the files that it finds only.
    """

    path: str
    segments: tuple[Segment, ...]
    guards: tuple[Path, ...]
    problem: Problem | None
    links: frozenset[str] = frozenset()
    layouts: tuple[Path, ...] = ()
    actions: Path | None = None

    def file(self, name: str) -> Path:
        """A file in this folder."""
        return Path(f"{self.path}/{name}")


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
    routes = [_blame(route, blamed) for route in found] if blamed else found
    routes.sort(key=lambda route: (route.specificity, str(route.file)))
    problems.sort(key=lambda problem: (str(problem.files[0]), problem.code, problem.message))
    pages = tuple(route for route in routes if isinstance(route, Page))
    handlers = tuple(route for route in routes if not isinstance(route, Page))
    return Manifest(app_dir, handlers, tuple(problems), pages)


def route_at(app_dir: Path, file: Path) -> Route | None:
    """The route of one `route.py` of the tree, read from the folders above it alone; None when it is never served.

    What other folders have against it is not looked into: that takes a `scan`.
    """
    folder, problems = _Folder(str(app_dir), (), (), None), list[Problem]()
    for name in file.parent.relative_to(app_dir).parts:
        files, _, _ = _list(folder.path, problems)
        child = _enter(_with_guard(folder, files, app_dir.parent, problems), name, app_dir.parent, problems)
        if child is None:
            return None
        folder = child
    files, _, _ = _list(folder.path, problems)
    served = _served(_with_guard(folder, files, app_dir.parent, problems), files)
    return next((route for route in served if route.file == file), None)


def _blame(route: Route, blamed: dict[Path, Problem]) -> Route:
    return route if route.problem else replace(route, problem=blamed.get(route.file))


def _walk(app_dir: Path, problems: list[Problem]) -> Iterator[Route]:
    root = app_dir.parent
    folders = [_Folder(str(app_dir), (), (), None)]
    while folders:
        folder = folders.pop()
        files, children, links = _list(folder.path, problems)
        folder = _with_guard(folder, files, root, problems)
        folder = _with_frame(folder, files)
        yield from _served(folder, files)
        if not _KNOWN_FILES.issuperset(files):
            problems += _near_misses(Path(folder.path), files, root)
        for name in reversed(children):
            if child := _enter(folder, name, root, problems):
                child = _follow(child, folder) if name in links else child
                folders += [child] if child else []


def _served(folder: _Folder, files: list[str]) -> Iterator[Route]:
    """What a folder answers its URL with: a route handler or a page (both is a conflict, found later)."""
    own = (folder.segments, folder.guards, folder.problem)
    if ROUTE_FILE in files:
        yield Route(route_id(folder.segments), folder.file(ROUTE_FILE), *own)
    if PAGE_FILE in files:
        loader = folder.file(LOADER_FILE) if LOADER_FILE in files else None
        id, file = route_id(folder.segments), folder.file(PAGE_FILE)
        yield Page(id, file, *own, loader=loader, layouts=folder.layouts, actions=folder.actions)


def _with_frame(folder: _Folder, files: list[str]) -> _Folder:
    """The folder with its own layout inside those above, and its own actions instead of those above."""
    if LAYOUT_FILE in files:
        folder = replace(folder, layouts=(*folder.layouts, folder.file(LAYOUT_FILE)))
    if ACTIONS_FILE in files:
        folder = replace(folder, actions=folder.file(ACTIONS_FILE))
    return folder


def _follow(child: _Folder, parent: _Folder) -> _Folder | None:
    """A folder that is a symlink; None when it leads to a folder it lies in, or was followed before on the way here:
    the tree would never end."""
    target = os.path.realpath(child.path)
    if target in child.links or Path(os.path.realpath(parent.path)).is_relative_to(target):
        return None
    return replace(child, links=child.links | {target})


def _list(path: str, problems: list[Problem]) -> tuple[list[str], list[str], set[str]]:
    """The names of the files, of the folders and of the symlinks in `path`, sorted: the order on disk differs between
    machines."""
    files: list[str] = []
    folders: list[str] = []
    links: set[str] = set()
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                (folders if entry.is_dir() else files).append(entry.name)
                if entry.is_symlink():
                    links.add(entry.name)
    except OSError as error:
        hint = "make the folder readable, or move it out of the app folder"
        problems.append(Problem("RG707", f"`{path}` cannot be read: {error.strerror}", hint, (Path(path),)))
        return [], [], set()
    files.sort()
    folders.sort()
    return files, folders, links


def _enter(parent: _Folder, name: str, root: Path, problems: list[Problem]) -> _Folder | None:
    path = f"{parent.path}/{name}"
    try:
        segment = parse(name)
    except SegmentError as error:
        where = Path(path).relative_to(root).as_posix()
        problems.append(Problem("RG707", f"{error.message}: `{where}`", error.hint, (Path(path),)))
        return None
    if segment.kind is Kind.PRIVATE:
        return None
    own = () if segment.kind is Kind.GROUP else (segment,)
    # Not `replace`, which is slow: this runs once for each folder of the tree.
    segments = parent.segments + own
    return _Folder(
        path, segments, parent.guards, parent.problem, parent.links, parent.layouts, parent.actions
    )


def _with_guard(folder: _Folder, files: list[str], root: Path, problems: list[Problem]) -> _Folder:
    """The folder with its own `dependencies.py`. A near-miss name guards nothing, so nothing below is served."""
    if GUARD_FILE in files:
        return replace(folder, guards=(*folder.guards, folder.file(GUARD_FILE)))
    for name in files if not _KNOWN_FILES.issuperset(files) else ():
        if name.lower() in (*_GUARD_NEAR_MISSES, GUARD_FILE):
            path = folder.file(name)
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
    """Files that are nearly named like what is served. `action.py` is a good name for a helper, except beside a page."""
    beside_page = {"action.py"} if PAGE_FILE in files else set[str]()
    kinds = (
        (ROUTE_FILE, _ROUTE_NEAR_MISSES, "is not served: a route handler lives in"),
        (PAGE_FILE, _PAGE_NEAR_MISSES, "is not served: a page lives in"),
        (LAYOUT_FILE, _LAYOUT_NEAR_MISSES, "wraps nothing: a layout lives in"),
        (ACTIONS_FILE, beside_page, "offers nothing: actions live in"),
    )
    for right, near, meaning in kinds:
        for name in files if right not in files else ():
            if name.lower() in (*near, right):
                path = folder / name
                yield Problem(
                    "RG708",
                    f"`{path.relative_to(root).as_posix()}` {meaning} `{right}`",
                    f"rename the file to `{right}`, or to `_{name}` if it is a helper",
                    (path,),
                )
