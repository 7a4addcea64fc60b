"""`routegen new`, without the words: a whole project, written in one step."""

import contextlib
import os
import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from routegen import __version__
from routegen.errors import ConflictError, ProjectError, UsageError
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.edits import add_variables, environment
from routegen.scaffold.journal import alone
from routegen.scaffold.naming import kebab, shown
from routegen.scaffold.pattern import ProjectTemplate
from routegen.scaffold.plan import Plan, PlannedFile
from routegen.scaffold.record import RECORD_FILE, Written, remember
from routegen.scaffold.render import render
from routegen.scaffold.write import Change, Output, apply, compare

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_LONGEST_NAME = 64
_TAKEN = {
    *("aiosqlite", "fastapi", "hatchling", "httpx2", "jinja2", "pip", "pydantic", "pytest", "python-dotenv"),
    *("python-multipart", "rich", "routegen", "ruff", "setuptools", "sqlalchemy", "sqlmodel", "starlette"),
    *("stripe", "tomlkit", "typer", "uvicorn", "watchfiles"),
}
"""Distributions that a project depends on: pip cannot install one that has the name of its own dependency."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new project: where it is, what was written there, and the commands to type next."""

    root: Path
    changes: tuple[Change, ...]
    next: tuple[str, ...]


def create(path: str) -> Created:
    """Make the project at `path`, whose last part is its name; one that was killed while it was made is finished.

    Raises:
        UsageError: the name is no name for a project.
        ConflictError: something is at `path` already.
        ProjectError: it could not be written; nothing is left of it.
    """
    root = _target(path)
    catalog = Catalog.of()
    template = catalog.project()
    with _folder(root), alone(root) as was_begun:
        if not was_begun:
            _refuse_contents(root, path)
        changes = compare(root, _outputs(template, root.name, catalog))
        apply(root, changes)
    here = () if root == Path.cwd() else (f"cd {_quoted(_relative(root))}",)
    return Created(root, tuple(changes), (*here, *template.next))


def environment_of(root: Path) -> str:
    """A new `.env` for the project at `root`: its `.env.example` with fresh secrets. Empty without one."""
    try:
        example = (root / ".env.example").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"`.env.example` cannot be read: {error}", hint="mend the file") from error
    return environment(example, Catalog.of(root).variables())


def write_environment(root: Path) -> bool:
    """Write a missing `.env` for the project at `root`, readable by its owner only. Tells whether it did."""
    if (root / ".env").exists() or not (text := environment_of(root)):
        return False
    apply(root, compare(root, [Output(".env", text.encode(), secret=True)]))
    return True


def _target(path: str) -> Path:
    if "\0" in path or not path.strip():
        raise UsageError(f"`{shown(path)}` is no path", hint="for example `routegen new shop`")
    root = Path(path).expanduser().absolute()
    root = root.resolve() if root.name in ("", "..") or path.endswith(".") else root
    _check_name(root.name)
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise ConflictError(f"`{shown(path)}` exists and is no folder", hint="choose another name")
    return root


def _refuse_contents(root: Path, path: str) -> None:
    if found := sorted(entry.name for entry in root.iterdir() if entry.name != ".git"):
        raise ConflictError(
            f"`{shown(path)}` is not empty: it holds `{shown(found[0])}`",
            hint="choose another name, or empty the folder",
        )


def _check_name(name: str) -> None:
    reason = None
    if not _NAME.fullmatch(name):
        reason = "a name starts with a letter, and goes on with letters, digits, `-`, `_` and `.`"
    elif len(name) > _LONGEST_NAME:
        reason = f"it is longer than {_LONGEST_NAME} characters"
    elif re.sub(r"[-_.]+", "-", name).lower() in _TAKEN:
        reason = "the project will depend on a package of that name"
    if reason:
        raise UsageError(
            f"`{shown(name)}` is no name for a project: {reason}",
            hint=f"for example `routegen new {_better(name)}`",
        )


def _better(name: str) -> str:
    plain = kebab(name)[:_LONGEST_NAME].strip("-").lstrip("0123456789-")
    if not plain:
        return "shop"
    return f"{plain}-app" if plain in _TAKEN else plain


def _outputs(template: ProjectTemplate, name: str, catalog: Catalog) -> list[Output]:
    context = {"name": name, "version": ".".join(__version__.split(".")[:2])}
    files = tuple(PlannedFile(f"project/{file.template}", file.target, context) for file in template.files)
    plan = Plan("new", template.version, {"name": name}, files, {}, variables=template.variables)
    rendered = render(files, catalog.read)
    example = add_variables("", template.variables, values={}).text
    known = {variable.name: variable for variable in template.variables}
    names = [variable.name for variable in template.variables]
    return [
        *(Output(file.target, file.text.encode(), once=True) for file in rendered),
        Output(".env.example", example.encode(), once=True),
        Output(".env", environment(example, known).encode(), once=True, secret=True),
        Output(RECORD_FILE, remember("", plan, Written(rendered, (), names)).encode(), once=True),
    ]


@contextlib.contextmanager
def _folder(root: Path) -> Generator[None]:
    """The folder of the project, made where it is missing; gone again when what runs inside fails."""
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"`{root}` cannot be made: {error.strerror or error}", hint="choose a folder you may write to"
        ) from error
    try:
        yield
    except BaseException:  # also Ctrl-C
        for folder in made:
            with contextlib.suppress(OSError):  # someone else uses it already
                folder.rmdir()
        raise


def _relative(root: Path) -> str:
    relative = os.path.relpath(root)
    return relative if not relative.startswith("..") else str(root)


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
