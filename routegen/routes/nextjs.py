"""Turns the `app` folder of a Next.js project into a manifest: its route handlers, its pages, everything wrong."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from routegen.routes.conflicts import find_conflicts
from routegen.routes.manifest import Manifest
from routegen.routes.route import Page, Problem, Route, route_id
from routegen.routes.segment import PARAMETER_FORMS, Kind, Segment, SegmentError, bad_brackets

_ENDINGS = ("ts", "tsx", "js", "jsx", "mts", "mjs")
ROUTE_FILES = frozenset(f"route.{ending}" for ending in _ENDINGS)
PAGE_FILES = frozenset(f"page.{ending}" for ending in _ENDINGS)
SUFFIXES = tuple(f".{ending}" for ending in _ENDINGS)
"""What the names of its scripts end in."""
_GUARDS = [f"{word}.{ending}" for word in ("middleware", "proxy") for ending in _ENDINGS]
_NEAR_MISS = re.compile(rf"(routes?|rout)\.({'|'.join(_ENDINGS)})$", re.IGNORECASE)
_INTERCEPTING = re.compile(r"(\(\.{1,3}\))+")
_SKIPPED = frozenset({"node_modules", "__pycache__"})


def scan_next(app_dir: Path) -> Manifest:
    """Read the whole tree below the `app` folder of a Next.js project.

    Every problem is found in this one pass, each with the files at fault and the repair: also what Next.js itself
    serves in silence (`[slug].json` is a literal name there) or finds only when it starts (`[id]` beside `[slug]`).
    Slots (`@team`) and intercepting folders (`(.)photo`) are Next.js's own: their pages answer no URL of their own.
    """
    problems: list[Problem] = []
    found = list(_walk(app_dir, problems)) if app_dir.is_dir() else []
    problems += [conflict.problem for conflict in find_conflicts(found, root=app_dir.parent)]
    problems += _misplaced_guards(app_dir)
    found.sort(key=lambda route: (route.id, str(route.file)))
    problems.sort(key=lambda problem: (str(problem.files[0]), problem.code, problem.message))
    pages = tuple(route for route in found if isinstance(route, Page))
    return Manifest(
        app_dir, tuple(route for route in found if not isinstance(route, Page)), tuple(problems), pages
    )


def parse_next(folder: str) -> Segment:
    """Read one folder name as Next.js does.

    Raises:
        SegmentError: Next.js takes the name for a literal one, or refuses it; its `hint` is the repair.
    """
    if folder.startswith("_"):
        return Segment(folder, Kind.PRIVATE, folder)
    if folder.startswith("@") or (folder.startswith("(") and folder.endswith(")")):
        return Segment(folder, Kind.GROUP, folder.strip("@()"))
    if "[" not in folder and "]" not in folder:
        return Segment(folder, Kind.STATIC, folder.replace("%5F", "_"))  # so a name can begin with `_`
    for form, kind, _ in PARAMETER_FORMS:
        if (match := form.fullmatch(folder)) and match[1] and not match[1].startswith("."):
            return Segment(folder, kind, match[1])
    raise bad_brackets(folder)


def may_hold_actions(text: bytes) -> bool:
    """Whether a script says `"use server"`, or makes a client of actions: a browser may call what these give."""
    return b"use server" in text or b"createSafeActionClient" in text


def guards_in(folder: Path) -> Iterator[Path]:
    """The files that Next.js runs before every request, for the `app` in a folder: `proxy` is the name since 16."""
    return (path for name in _GUARDS if (path := folder / name).is_file())


def _misplaced_guards(app_dir: Path) -> Iterator[Problem]:
    """A `middleware.ts` above `src`: Next.js runs only the one beside `src/app`, and says nothing of any other.

    Beside an `app` or a `pages` of its own it belongs to that, and Next.js leaves out what is in `src`.
    """
    source, root = app_dir.parent, app_dir.parent.parent
    if source.name != "src" or (root / "app").is_dir() or (root / "pages").is_dir():
        return
    for path in guards_in(root) if not any(guards_in(source)) else ():
        yield Problem(
            "RG709",
            f"`{path.name}` never runs: Next.js looks for it beside the `app` folder",
            f"move it to `src/{path.name}`; until then no request passes it",
            (path,),
        )


def _walk(app_dir: Path, problems: list[Problem]) -> Iterator[Route]:
    root = app_dir.parent
    folders: list[tuple[Path, tuple[Segment, ...], bool]] = [(app_dir, (), True)]
    while folders:
        folder, segments, is_plain = folders.pop()
        files, children = _list(folder)
        yield from _served(folder, files, segments, is_plain)
        problems += _near_misses(folder, files, root)
        for name in reversed(children):
            path = folder / name
            if _INTERCEPTING.match(name):
                continue
            try:
                segment = parse_next(name)
            except SegmentError as error:
                where = path.relative_to(root).as_posix()
                problems.append(Problem("RG707", f"{error.message}: `{where}`", error.hint, (path,)))
                continue
            if segment.kind is not Kind.PRIVATE:
                own = () if segment.kind is Kind.GROUP else (segment,)
                folders.append((path, segments + own, is_plain and not name.startswith("@")))


def _served(folder: Path, files: list[str], segments: tuple[Segment, ...], is_plain: bool) -> Iterator[Route]:
    for name in files:
        if name in ROUTE_FILES:
            yield Route(route_id(segments), folder / name, segments)
        elif name in PAGE_FILES and is_plain:
            yield Page(route_id(segments), folder / name, segments)


def _list(folder: Path) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders += [entry.name] if entry.name not in _SKIPPED else []
                elif entry.is_file():
                    files.append(entry.name)
    except OSError:
        return [], []
    return sorted(files), sorted(folders)


def _near_misses(folder: Path, files: list[str], root: Path) -> Iterator[Problem]:
    """`Route.ts` and `routes.ts` in a folder without a `route.ts`: Next.js takes no notice of them.

    `router.ts` is what tRPC and oRPC call theirs, and beside the first page `routes.ts` lists the addresses of the app.
    """
    if not ROUTE_FILES.isdisjoint(files) or (folder.parent == root and PAGE_FILES & set(files)):
        return
    for name in files:
        if _NEAR_MISS.match(name):
            path = folder / name
            right = f"route.{name.rpartition('.')[2]}"
            yield Problem(
                "RG708",
                f"`{path.relative_to(root).as_posix()}` is not served: a route handler lives in `{right}`",
                f"rename the file to `{right}`, or to `_{name}` if it is a helper",
                (path,),
            )
