"""Turns the paths of a command line into the files to check and the tree of routes they belong to."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.errors import ProjectError, UsageError
from routegen.handlers.callers import SUFFIXES
from routegen.project import Project, find_project
from routegen.routes import ROUTE_FILE, Manifest, Route, scan

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
_TESTS = re.compile(r"(^|/)(tests?/|conftest\.py$|test_[^/]*\.py$|[^/]*_test\.py$)")


@dataclass(slots=True)
class Targets:
    """What to check: the files, and for each tree the manifest whose problems lie within the given paths.

    `known` are all Python files of the project, which the checked ones may import; `pages` its templates and
    scripts, which may call its handlers.
    """

    files: list[Path]
    manifests: list[Manifest]
    within: list[Path]
    root: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    known: list[Path] = field(default_factory=list[Path])
    pages: list[Path] = field(default_factory=list[Path])

    def routes(self) -> dict[Path, Route]:
        """The route that each `route.py` answers."""
        return {route.file: route for manifest in self.manifests for route in manifest.routes}

    def concerns(self, path: Path) -> bool:
        """Whether a file lies within the paths that were given."""
        return any(path == given or path.is_relative_to(given) for given in self.within)


def find_targets(paths: Sequence[Path], *, start: Path | None = None) -> Targets:
    """The files below `paths`; without any, the project around `start`.

    A FastAPI or Starlette project needs no settings: its files are those below the path.

    Raises:
        UsageError: a path does not exist.
        ProjectError: there is no project, or its settings cannot be read.
    """
    for path in paths:
        if not path.exists():
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
    project = _known_project(given[0])
    return _targets(given, project, project.root if project else _root_above(_common(given)))


def _targets(given: list[Path], project: Project | None, root: Path) -> Targets:
    walked = list(_files(root))
    known = sorted(path for path in walked if path.suffix == ".py")
    pages = sorted(path for path in walked if path.suffix != ".py")
    inside = sorted({file for path in given for file in _python(path, root, known)})
    # Tests bind handlers of their own that nobody serves.
    files = [path for path in inside if path in given or not _TESTS.search(path.relative_to(root).as_posix())]
    trees = [scan(project.app_dir)] if project and _is_tree(project, files) else []
    if not project:
        trees = _trees(files)
    settings = project.settings if project else {}
    return Targets(files, trees, given, root, settings, known, pages)


def _python(path: Path, root: Path, known: list[Path]) -> list[Path]:
    if not path.is_dir():
        return [path]
    if path == root:
        return known
    if path.is_relative_to(root):
        return [file for file in known if file.is_relative_to(path)]
    return [file for file in _files(path) if file.suffix == ".py"]


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


def _trees(files: list[Path]) -> list[Manifest]:
    """Outside a project: the highest folder called `app` above each `route.py` is a tree."""
    apps: set[Path] = set()
    for file in files:
        if file.name == ROUTE_FILE:
            apps |= {parent for parent in file.parents if parent.name == "app"}
    highest = [app for app in apps if not any(other != app and app.is_relative_to(other) for other in apps)]
    return [scan(app) for app in sorted(highest)]


def _common(paths: list[Path]) -> Path:
    folder = Path(os.path.commonpath(paths))
    return folder if folder.is_dir() else folder.parent


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    seen: set[str] = set()
    for folder, folders, names in os.walk(path, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a symlink to a folder that was walked: the tree would never end
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        yield from (Path(folder, name) for name in names if name.endswith((".py", *SUFFIXES)))
