"""Edits of files that belong to the user, text in and text out: a dependency or a variable is added once."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from routegen.errors import ProjectError
from routegen.scaffold.pattern import Variable


@dataclass(frozen=True, slots=True)
class Edit:
    """The text after an edit, and what was added to it; nothing, when all was there."""

    text: str
    added: tuple[str, ...] = ()


def add_dependencies(pyproject: str, requires: Iterable[str]) -> Edit:
    """Add requirements to `project.dependencies`; formatting stays, names compare as PEP 503 says.

    A project whose dependencies are `dynamic` is left as it is.

    Raises:
        ProjectError: the text is no TOML, or its `project.dependencies` are no list of strings.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import Array

    try:
        document = tomlkit.parse(pyproject)
    except TOMLKitError as error:
        raise ProjectError(f"`pyproject.toml` cannot be read: {error}", hint="mend the file") from error
    project: Any = document.setdefault("project", tomlkit.table())
    if not hasattr(project, "setdefault"):
        raise ProjectError("`project` in `pyproject.toml` is no table", hint="write it as `[project]`")
    if "dependencies" in project.get("dynamic", []):
        return Edit(pyproject)  # they are computed by the build backend: a list here would break the build
    dependencies = project.setdefault("dependencies", tomlkit.array().multiline(True))
    if not isinstance(dependencies, Array) or not all(
        isinstance(entry, str) for entry in cast("list[object]", dependencies)
    ):
        raise ProjectError(
            "`project.dependencies` in `pyproject.toml` is no list of strings",
            hint='write it as `dependencies = ["..."]`',
        )
    present = {distribution(entry) for entry in cast("list[str]", dependencies)}
    added: list[str] = []
    for requirement in requires:
        if distribution(requirement) not in present:
            present.add(distribution(requirement))
            _append(dependencies, requirement)
            added.append(requirement)
    return Edit(tomlkit.dumps(document), tuple(added)) if added else Edit(pyproject)  # pyright: ignore[reportUnknownMemberType]


def add_variables(text: str, variables: Sequence[Variable], *, values: Mapping[str, str]) -> Edit:
    """Append the variables that a `.env` file does not mention yet, each below its comment.

    Args:
        values: what to write behind the `=`; a variable without one is written empty.
    """
    present = set(variable_names(text))
    missing = [variable for variable in variables if variable.name not in present]
    if not missing:
        return Edit(text)
    blocks = [
        f"# {variable.comment}\n{variable.name}={values.get(variable.name, '')}\n" for variable in missing
    ]
    start = text if not text or text.endswith("\n") else f"{text}\n"
    between = "\n" if start.strip() else ""
    return Edit(start + between + "\n".join(blocks), tuple(variable.name for variable in missing))


def variable_names(text: str) -> list[str]:
    """The names that a `.env` file sets, in order; `export NAME=` counts."""
    return re.findall(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=", text, re.MULTILINE)


def secret_values(variables: Iterable[Variable]) -> dict[str, str]:
    """A fresh value for every variable that has a `generate`: `{secret}` stands for 256 random bits."""
    return {
        variable.name: variable.generate.format(secret=secrets.token_urlsafe(32))
        for variable in variables
        if variable.generate
    }


def environment(example: str, known: Mapping[str, Variable]) -> str:
    """The `.env` that belongs to a `.env.example`: a fresh secret for each known variable that is empty."""
    values = secret_values(known[name] for name in variable_names(example) if name in known)

    def filled(match: re.Match[str]) -> str:
        return f"{match[0]}{values.get(match[1], '')}"

    return re.sub(r"^([A-Za-z_]\w*)=$", filled, example, flags=re.MULTILINE)


def distribution(requirement: str) -> str:
    """The normalised name (PEP 503) in a requirement: `SQLAlchemy[asyncio]>=2` is `sqlalchemy`."""
    match = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else requirement


def _append(dependencies: Any, requirement: str) -> None:
    """Append in the style of the list: on a line of its own when the others are, else behind them."""
    source = dependencies.as_string()
    if "\n" in source:
        indent = re.search(r"\n([ \t]+)\S", source)
        dependencies.add_line(requirement, indent=indent[1] if indent else "    ")
    else:
        dependencies.append(requirement)
