"""Finds the project a command runs in and reads its `[tool.routegen]` settings."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, cast

from routegen.errors import ProjectError


@dataclass(frozen=True, slots=True)
class Project:
    """A project on disk: the folder with `pyproject.toml`, and where its route tree lies."""

    root: Path
    app_dir: Path
    settings: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def name(self) -> str:
        """The name of the project's folder."""
        return self.root.name


def find_project(start: Path | None = None) -> Project:
    """The project that holds `start` (default: the current folder): the nearest folder upwards with `[tool.routegen]`
    in its `pyproject.toml`, else the nearest with an `app` folder.

    Raises:
        ProjectError: there is none, or its settings cannot be read.
    """
    start = (start or Path.cwd()).resolve()
    if not start.exists():
        raise ProjectError(
            f"`{start}` does not exist", hint="give the folder of a project, or make one: `routegen new shop`"
        )
    folder = start if start.is_dir() else start.parent
    upwards = [folder, *folder.parents]
    for candidate in upwards:
        settings = _settings(candidate)
        if settings is not None:
            return _project(candidate, settings)
    for candidate in upwards:
        if (candidate / "app").is_dir():
            return Project(candidate, candidate / "app")
    raise ProjectError(
        f"no routegen project in `{folder}` or above it",
        hint="change into a project, or make one: `routegen new shop`",
    )


def _settings(folder: Path) -> dict[str, Any] | None:
    file = folder / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"`{file}` cannot be read: {error}", hint="mend the file") from error
    settings: Any = document.get("tool", {}).get("routegen")
    if settings is not None and not isinstance(settings, dict):
        raise ProjectError(f"`tool.routegen` in `{file}` is no table", hint="write it as `[tool.routegen]`")
    return cast("dict[str, Any] | None", settings)


def _project(root: Path, settings: dict[str, Any]) -> Project:
    app = settings.get("app", "app")
    # By its text: the folder itself may be a symlink to anywhere
    if not isinstance(app, str) or PurePath(app).is_absolute() or ".." in PurePath(app).parts:
        raise ProjectError(
            f"`app = {app!r}` in `{root / 'pyproject.toml'}` is no folder of the project",
            hint='write `app = "app"`',
        )
    return Project(root, root / app, settings)
