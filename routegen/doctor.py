"""Looks at everything a project needs to run, and says what is wrong and how to mend it."""

import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values

from routegen import __version__
from routegen.errors import ProjectError, RoutegenError
from routegen.extras import missing_package
from routegen.project import Project, find_project

PYTHON = (3, 11)
PORT = 8000
_NETWORK = {"redis": 6379, "rediss": 6379, "postgres": 5432, "postgresql": 5432}
"""The schemes of a variable's URL that name a server, with the usual port."""
_PATIENCE = 2.0  # seconds for a server to take a connection

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at: fine, worth knowing, or a fault with the way out."""

    subject: str
    state: State
    message: str
    hint: str = ""


def examine(start: Path | None = None) -> Iterator[Symptom]:
    """Look at this machine and at the project that holds `start` (default: the current folder).

    Nothing of the project is run and nothing is changed. Values of variables are never shown.
    """
    yield _python()
    yield _routegen()
    yield _port()
    try:
        project = find_project(start)
    except ProjectError as error:
        yield Symptom("project", "note", error.message, error.hint)
        return
    for look in _LOOKS:
        try:
            yield from look(project)
        except (RoutegenError, ImportError, OSError, ValueError) as error:
            yield _failed(look.__name__.strip("_"), error)


def _failed(subject: str, error: Exception) -> Symptom:
    """What could not be looked at."""
    if lacking := missing_package(error):
        package, hint = lacking
        return Symptom(subject, "fault", f"`{package}` is not installed", hint)
    hint = error.hint if isinstance(error, RoutegenError) else "mend the file, then look again"
    return Symptom(subject, "fault", str(error), hint)


def _python() -> Symptom:
    shown = f"{platform.python_version()}, {sys.executable}"
    if sys.version_info < PYTHON:
        return Symptom("python", "fault", shown, f"install Python {'.'.join(map(str, PYTHON))} or newer")
    if sys.prefix == sys.base_prefix:
        return Symptom(
            "python", "note", f"{shown}, in no virtual environment", "`python -m venv .venv` makes one"
        )
    return Symptom("python", "ok", shown)


def _routegen() -> Symptom:
    lacking = [fault for need in metadata.requires("routegen") or () if (fault := _unmet(need))]
    if lacking:
        return Symptom(
            "routegen", "fault", f"{__version__}: {'; '.join(lacking)}", "run `pip install -U routegen`"
        )
    servers = ", ".join(f"{name} {metadata.version(name)}" for name in ("fastapi", "starlette", "uvicorn"))
    return Symptom("routegen", "ok", f"{__version__} with {servers}")


def _unmet(requirement: str) -> str:
    """What is wrong with an installed requirement; empty when nothing is, or when it is not needed everywhere."""
    needed, _, marker = requirement.partition(";")
    if marker:
        return ""
    name = re.split(r"[\s\[<>=!~;@]", needed.strip(), maxsplit=1)[0]
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"`{name}` is not installed"
    least = re.search(r">=\s*([\d.]+)", needed)
    if least and _numbers(version) < _numbers(least[1]):
        return f"`{name}` is {version}, older than {least[1]}"
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:4])


def _port() -> Symptom:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return Symptom("port", "note", f"{PORT} is taken", "`routegen serve` takes the next free one")
    return Symptom("port", "ok", f"{PORT} is free")


def _tree(project: Project) -> Iterator[Symptom]:
    from routegen.routes import scan

    manifest = scan(project.app_dir)
    for problem in manifest.problems:
        yield Symptom("routes", "fault", f"{problem.code} {problem.message}".strip(), problem.hint)
    if not manifest.problems:
        count, pages = len(manifest.routes), len(manifest.pages)
        yield Symptom("routes", "ok", f"{count} route{'s' * (count != 1)}, {pages} page{'s' * (pages != 1)}")


def _dependencies(project: Project) -> Iterator[Symptom]:
    from routegen.scaffold.undo import dependencies

    file = project.root / "pyproject.toml"
    needed = dependencies(file.read_text(encoding="utf-8")) if file.exists() else []
    lacking = [fault for need in needed if (fault := _unmet(need))]
    if lacking:
        yield Symptom("dependencies", "fault", "; ".join(lacking), "run `pip install -e '.[dev]'`")
    else:
        yield Symptom("dependencies", "ok", f"{len(needed)} installed")


def _secrets(project: Project) -> Iterator[Symptom]:
    from routegen.server.production import placeholders

    faulty = placeholders(project.root, _environment(project))
    if faulty:
        made = "" if (project.root / ".env").exists() else ": `routegen serve` makes it, with new secrets"
        message = f"not set, or easy to guess: {', '.join(faulty)}"
        yield Symptom("secrets", "fault", message, f"set them in `.env`{made}")
    else:
        yield Symptom("secrets", "ok", "all that `.env.example` names are set")


def _ignored(project: Project) -> Iterator[Symptom]:
    """Whether version control would publish the secrets."""
    if not (project.root / ".env").exists():
        return
    command = ["git", "-C", str(project.root), "ls-files", "--error-unmatch", ".env"]
    try:
        tracked = subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return
    if tracked:
        yield Symptom(
            "secrets", "fault", "`.env` is in version control", "run `git rm --cached .env`, then change them"
        )


def _database(project: Project) -> Iterator[Symptom]:
    if not (project.root / "migrations").is_dir():
        return
    from routegen.database.migrations import behind

    error = behind(project.root)
    if error:
        yield Symptom("database", "fault", error.message, error.hint)
    else:
        yield Symptom("database", "ok", "reached, with every migration")


def _servers(project: Project) -> Iterator[Symptom]:
    """Whether the servers that variables name take a connection."""
    for name, value in sorted(_environment(project).items()):
        url = urlsplit(value) if name.endswith("_URL") and "://" in value else None
        if url is None or url.scheme not in _NETWORK or name == "DATABASE_URL":
            continue
        place = (url.hostname or "localhost", url.port or _NETWORK[url.scheme])
        try:
            socket.create_connection(place, _PATIENCE).close()
        except OSError as error:
            reason = error.strerror or str(error)
            yield Symptom(
                "servers", "fault", f"{name}: no answer from {place[0]}:{place[1]}: {reason}", "start it"
            )
        else:
            yield Symptom("servers", "ok", f"{name}: {place[0]}:{place[1]} answers")


def _drift(project: Project) -> Iterator[Symptom]:
    from routegen.scaffold.status import states

    found = states(project.root)
    missing = [state.path for state in found if state.state == "missing"]
    outdated = sum(state.outdated for state in found)
    if missing:
        yield Symptom("generated", "fault", f"missing: {', '.join(missing)}", "run `routegen status`")
    elif outdated:
        yield Symptom(
            "generated", "note", f"{outdated} of {len(found)} have newer templates", "run `routegen status`"
        )
    elif found:
        yield Symptom("generated", "ok", f"{len(found)} things, none missing")


def _environment(project: Project) -> Mapping[str, str]:
    """The variables as the server sees them: those that are set win over `.env`."""
    file = dotenv_values(project.root / ".env")
    return {**{name: value or "" for name, value in file.items()}, **os.environ}


_LOOKS: tuple[Callable[[Project], Iterator[Symptom]], ...] = (
    *(_tree, _dependencies, _secrets, _ignored, _database, _servers, _drift),
)
