"""Turns the paths of a command line into the files to check and the tree of routes they belong to."""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from routegen.errors import ProjectError, UsageError
from routegen.handlers.callers import SUFFIXES
from routegen.handlers.contents import content_of
from routegen.handlers.project import SCHEMA_SUFFIX
from routegen.project import Project, find_project
from routegen.routes import (
    NEXT_PAGE_FILES,
    NEXT_ROUTE_FILES,
    NEXT_SUFFIXES,
    ROUTE_FILE,
    Manifest,
    Route,
    may_hold_actions,
    route_at,
    scan,
    scan_next,
)

# Folders that hold other people's code, or none.
_SKIPPED = {
    "__pycache__",
    "node_modules",
    "site-packages",
    "venv",
    "env",
    "build",
    "dist",
    "migrations",
    "alembic",
}
_MARKS = ("pyproject.toml", "setup.py", "requirements.txt", ".git", "setup.cfg", "package.json")
_TESTS = re.compile(r"(^|/)(tests?/|__tests__/|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)")


@dataclass(eq=False)
class Targets:
    """What to check: the files, and the trees of routes whose problems lie within the given paths.

    `sure` are checked whatever they hold, `scripts_within` when they hold actions. `known` are all Python files of the
    project, which the checked ones may import; `pages` its templates and scripts, which may call its handlers; `stamps`
    tell whether a file was written since. `trees` are the app folders, `next_trees` those of Next.js.
    `contents` are those of files that are not what the disk says: an editor's, or what a fix makes of them.
    """

    sure: list[Path]
    trees: list[Path]
    within: list[Path]
    root: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    known: list[Path] = field(default_factory=list[Path])
    pages: list[Path] = field(default_factory=list[Path])
    stamps: dict[str, str] = field(default_factory=dict[str, str])
    contents: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    next_trees: list[Path] = field(default_factory=list[Path])
    scripts_within: list[Path] = field(default_factory=list[Path])

    @cached_property
    def files(self) -> list[Path]:
        """The files to check: which scripts hold actions is looked for when first asked for."""
        actions = (path for path in self.scripts_within if _holds_actions(path, self.contents))
        return list(dict.fromkeys([*self.sure, *actions]))

    @cached_property
    def schemas(self) -> list[Path]:
        """The files that say which columns the tables have."""
        return [Path(path) for path in sorted(self.stamps) if path.endswith(SCHEMA_SUFFIX)]

    def only(self, files: list[Path]) -> "Targets":
        """The same targets, of which these files are checked."""
        return replace(self, sure=files, scripts_within=[])

    @cached_property
    def manifests(self) -> list[Manifest]:
        """The trees, scanned when first asked for."""
        return [*(scan(tree) for tree in self.trees), *(scan_next(tree) for tree in self.next_trees)]

    @property
    def scripts(self) -> list[Path]:
        """The scripts of the project, which its Next.js handlers may import."""
        return [path for path in self.pages if path.name.endswith(NEXT_SUFFIXES)]

    @cached_property
    def routes(self) -> dict[Path, Route]:
        """The route that each `route.py`, `route.ts` and `page.html` answers."""
        return {route.file: route for tree in self.manifests for route in (*tree.routes, *tree.pages)}

    def route(self, path: Path) -> Route | None:
        """The route of one file, from the folders above it alone while nobody has asked for all."""
        if "manifests" in self.__dict__:
            return self.routes.get(path)
        tree = next((tree for tree in self.trees if path.is_relative_to(tree)), None)
        return route_at(tree, path) if tree is not None else self.routes.get(path)

    def holding(self, contents: Mapping[Path, bytes]) -> "Targets":
        """The same targets, with other contents of some files; those that are not there yet are new ones."""
        new = sorted(path for path in contents if path not in self.known and path.suffix == ".py")
        handlers = sorted(
            p for p, text in contents.items() if p.name in NEXT_ROUTE_FILES or _has_actions(p, text)
        )
        wanted = [p for p in [*new, *handlers] if _is_wanted(str(p), self.within, str(self.root))]
        pages = {*self.pages, *(path for path in contents if path.name.endswith(SUFFIXES))}
        return replace(
            self.only([*self.files, *(path for path in wanted if path not in self.files)]),
            known=[*self.known, *new],
            pages=sorted(pages),
            contents=contents,
        )

    def concerns(self, path: Path) -> bool:
        """Whether a file lies within the paths that were given."""
        return any(path == given or path.is_relative_to(given) for given in self.within)


def find_targets(
    paths: Sequence[Path], *, start: Path | None = None, contents: Mapping[Path, bytes] = MappingProxyType({})
) -> Targets:
    """The files below `paths`; without any, the project around `start`.

    A FastAPI or Starlette project needs no settings: its files are those below the path. `contents` are those of
    files that are not what the disk says, or not there.

    Raises:
        UsageError: a path does not exist.
        ProjectError: there is no project, or its settings cannot be read.
    """
    for path in paths:
        if path not in contents and not path.exists():
            raise UsageError(f"`{path}` does not exist", hint="give a Python file, or a folder")
    if not paths:
        project = find_project(start)
        if not project.app_dir.is_dir():
            raise UsageError(
                f"`{project.app_dir}` does not exist",
                hint="make the folder, or set `app` in `[tool.routegen]`",
            )
        return _targets([project.root], project, project.root)
    given = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 (resolve() would follow symlinks)
    project = _known_project(next(each for each in (given[0], *given[0].parents) if each.exists()))
    found = _targets(given, project, project.root if project else _root_above(_common(given)))
    return found.holding(contents) if contents else found


def _targets(given: list[Path], project: Project | None, root: Path) -> Targets:
    stamps = dict(_walk(str(root)))
    for path in given:
        if not path.is_relative_to(root):
            stamps |= dict(_walk(str(path)))
        elif path.is_file():
            stamps[str(path)] = _stamp(os.stat(path))  # noqa: PTH116
    known = [Path(path) for path in sorted(path for path in stamps if path.endswith(".py"))]
    pages = [Path(path) for path in sorted(stamps) if path.endswith(SUFFIXES)]
    files = [path for path in known if _is_wanted(str(path), given, str(root))]
    files += [page for page in pages if _is_next(page) and _is_wanted(str(page), given, str(root))]
    files += [path for path in given if path.is_file() and path not in files]
    trees = _trees(files, {ROUTE_FILE}, root) if project is None else [project.app_dir]
    if project is not None and not _is_tree(project, files):
        trees = []
    settings = project.settings if project else {}
    next_trees = [tree for tree in _trees(pages, NEXT_ROUTE_FILES, root) if _is_near(tree, given)]
    scripts = [page for page in _may_act(pages) if _is_wanted(str(page), given, str(root))]
    return Targets(
        files, trees, given, root, settings, known, pages, stamps, {}, next_trees, scripts_within=scripts
    )


def _is_next(page: Path) -> bool:
    """A `route.ts` in an `app` folder, as Next.js has them."""
    return page.name in NEXT_ROUTE_FILES and any(parent.name == "app" for parent in page.parents)


def _has_actions(path: Path, text: bytes) -> bool:
    return path.name.endswith(NEXT_SUFFIXES) and may_hold_actions(text)


def _holds_actions(path: Path, contents: Mapping[Path, bytes]) -> bool:
    try:
        return may_hold_actions(content_of(path, contents))
    except OSError:
        return False


def _may_act(pages: list[Path]) -> list[Path]:
    """The scripts that could hold server functions, in the projects of Next.js: any but a route file."""
    if not any(_is_next(page) or (page.name in NEXT_PAGE_FILES and "app" in page.parts) for page in pages):
        return []
    return [page for page in pages if page.name.endswith(NEXT_SUFFIXES) and not _is_next(page)]


def _is_near(tree: Path, given: list[Path]) -> bool:
    """Whether any of the given paths lies in a tree, or a tree in one of them."""
    return any(path.is_relative_to(tree) or tree.is_relative_to(path) for path in given)


def _is_wanted(path: str, given: list[Path], root: str) -> bool:
    """Whether a file lies within the paths, and serves: tests bind handlers of their own that nobody serves."""
    for start in given:
        if path == str(start):
            return True
        if path.startswith(f"{start}/"):
            return not _TESTS.search(path[len(root) + 1 :])
    return False


def _is_tree(project: Project, files: list[Path]) -> bool:
    """Whether the `app` folder is a tree of routes: many other projects have a folder of that name."""
    try:
        text = (project.root / "pyproject.toml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return "tool.routegen" in text or any(
        file.name == ROUTE_FILE and file.is_relative_to(project.app_dir) for file in files
    )


def _known_project(path: Path) -> Project | None:
    """The project around `path`, if there is one; broken settings are an error all the same."""
    try:
        return find_project(path)
    except ProjectError as error:
        if error.message.startswith("no routegen project"):
            return None
        raise


def _root_above(folder: Path) -> Path:
    """The nearest folder that looks like the top of a project; else the folder itself."""
    return next((f for f in (folder, *folder.parents) if any((f / mark).exists() for mark in _MARKS)), folder)


def _trees(files: list[Path], names: Collection[str], root: Path) -> list[Path]:
    """Outside a project: the highest folder called `app` above each `route.py` is a tree.

    Folders above `root` count only when no other does: a whole project may lie in an `app`.
    """
    apps: set[Path] = set()
    for file in files:
        if file.name in names:
            found = {parent for parent in file.parents if parent.name == "app"}
            apps |= {app for app in found if app.is_relative_to(root)} or found
    return sorted(
        app for app in apps if not any(other != app and app.is_relative_to(other) for other in apps)
    )


def _common(paths: list[Path]) -> Path:
    folder = Path(os.path.commonpath(paths))
    return folder if folder.is_dir() else folder.parent


def _walk(top: str) -> Iterator[tuple[str, str]]:
    """The files below a folder that matter, each with its stamp."""
    todo, seen = [top], set[tuple[int, int]]()
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(folder) as listed:
                items = list(listed)
        except OSError:
            continue
        for item in items:
            name = item.name
            if name.endswith((".py", SCHEMA_SUFFIX, *SUFFIXES)) and not item.is_dir():
                yield item.path, _stamp_of(item)
            elif not name.startswith(".") and name not in _SKIPPED and item.is_dir():
                if item.is_symlink():  # to a folder above it: the tree would never end
                    status = item.stat()
                    if (status.st_dev, status.st_ino) in seen or folder.startswith(
                        os.path.realpath(item.path)
                    ):
                        continue
                    seen.add((status.st_dev, status.st_ino))
                todo.append(item.path)


def _stamp_of(item: "os.DirEntry[str]") -> str:
    try:
        return _stamp(item.stat())
    except OSError:
        return ""


def _stamp(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}:{status.st_size}:{status.st_ino}"
