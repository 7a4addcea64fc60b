"""Turns the paths of a command line into the files to check and the tree of routes they belong to."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.errors import ProjectError, UsageError
from routegen.project import Project, find_project
from routegen.routes import ROUTE_FILE, Manifest, Route, scan

# Folders that hold other people's code, or none.
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"}


@dataclass(slots=True)
class Targets:
    """What to check: the files, and for each tree the manifest whose problems lie within the given paths."""

    files: list[Path]
    manifests: list[Manifest]
    within: list[Path]
    root: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    def routes(self) -> dict[Path, Route]:
        """The route that each `route.py` answers."""
        return {route.file: route for manifest in self.manifests for route in manifest.routes}

    def concerns(self, path: Path) -> bool:
        """Whether a file lies within the paths that were given."""
        return any(path == given or path.is_relative_to(given) for given in self.within)


def find_targets(paths: Sequence[Path], *, start: Path | None = None) -> Targets:
    """The files below `paths`; without any, the app folder and `lib` of the project around `start`.

    Raises:
        UsageError: a path does not exist.
        ProjectError: there is no project, or its settings cannot be read.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(f"`{path}` does not exist", hint="give a Python file, or a folder")
    if not paths:
        return _whole_project(find_project(start))
    given = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 (resolve() would follow symlinks)
    found = _known_project(given[0])
    files = sorted({file for path in given for file in _files(path)})
    if found is None:
        return Targets(files, _trees(files), given, _common(given))
    return Targets(files, _manifests(found), given, found.root, found.settings)


def _known_project(path: Path) -> Project | None:
    """The project around `path`, if there is one; broken settings are an error all the same."""
    try:
        return find_project(path)
    except ProjectError as error:
        if error.message.startswith("no routegen project"):
            return None
        raise


def _whole_project(project: Project) -> Targets:
    if not project.app_dir.is_dir():
        raise UsageError(
            f"`{project.app_dir}` does not exist", hint="make the folder, or set `app` in `[tool.routegen]`"
        )
    within = [folder for folder in (project.app_dir, project.root / "lib") if folder.is_dir()]
    files = sorted({file for folder in within for file in _files(folder)})
    return Targets(files, _manifests(project), within, project.root, project.settings)


def _manifests(project: Project) -> list[Manifest]:
    return [scan(project.app_dir)]


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
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))
