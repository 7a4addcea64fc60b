"""Takes back edits of files that belong to the user, text in and text out: the exact lines, or else the entries."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from routegen.errors import ProjectError
from routegen.scaffold.edits import variable_names
from routegen.scaffold.record import Edited


def take_dependencies(pyproject: str, requirements: Collection[str], edits: Iterable[Edited] = ()) -> str:
    """Take requirements out of `project.dependencies`; one that was changed since stays.

    Args:
        edits: the edits that added exactly these requirements.

    Raises:
        ProjectError: the text is no TOML.
    """
    left = [entry for entry in dependencies(pyproject) if entry not in requirements]
    exact = _reversed(pyproject, edits)
    if exact is not None and _parses_to(exact, left):
        return exact
    return _without(pyproject, requirements)


def take_variables(
    text: str, comments: Mapping[str, str], keep: Collection[str] = (), edits: Iterable[Edited] = ()
) -> str:
    """Take variables out of a `.env` file, each with its comment and the blank line before.

    Args:
        comments: the variables and the comments that they were written with.
        keep: those of them that stay.
        edits: the edits that added exactly these variables.
    """
    going = set(comments) - set(keep)
    exact = _reversed(text, edits)
    if exact is not None and variable_names(exact) == [n for n in variable_names(text) if n not in going]:
        return exact
    lines = text.splitlines(keepends=True)
    for name in going:
        lines = _without_variable(lines, name, comments[name])
    return "".join(lines)


def value_of(text: str, name: str) -> str | None:
    """What a `.env` file sets a variable to, or None."""
    found = re.findall(rf"^[ \t]*(?:export[ \t]+)?{name}[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return found[-1] if found else None


def is_generated(value: str, generate: str) -> bool:
    """Whether a value was made by `edits.secret_values` from a variable's `generate`."""
    form = re.escape(generate).replace(re.escape("{secret}"), "[A-Za-z0-9_-]{43}")
    return bool(generate) and re.fullmatch(form, value) is not None


def dependencies(pyproject: str) -> list[str]:
    """The requirements in `project.dependencies`; none when there is no such list.

    Raises:
        ProjectError: the text is no TOML.
    """
    try:
        document: Any = tomllib.loads(pyproject)
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"`pyproject.toml` cannot be read: {error}", hint="mend the file") from error
    project = document.get("project")
    found = cast("dict[str, Any]", project).get("dependencies") if isinstance(project, dict) else None
    return [str(entry) for entry in cast("list[Any]", found)] if isinstance(found, list) else []


def _reversed(text: str, edits: Iterable[Edited]) -> str | None:
    """The text before the edits, if each of them stands there exactly once, as it was made."""
    ordered = list(edits)
    for edit in reversed(ordered):
        if not edit.after or text.count(edit.after) != 1:
            return None
        text = text.replace(edit.after, edit.before or "")
    return text if ordered else None


def _parses_to(pyproject: str, wanted: list[str]) -> bool:
    try:
        return dependencies(pyproject) == wanted
    except ProjectError:
        return False


def _without(pyproject: str, requirements: Collection[str]) -> str:
    import tomlkit

    document: Any = tomlkit.parse(pyproject)
    array: Any = document.get("project", {}).get("dependencies")
    going = [place for place, entry in enumerate(array or ()) if str(entry) in requirements]
    for place in reversed(going):
        del array[place]
    return tomlkit.dumps(document) if going else pyproject  # pyright: ignore[reportUnknownMemberType]


def _without_variable(lines: list[str], name: str, comment: str) -> list[str]:
    place = next((at for at, line in enumerate(lines) if line.startswith(f"{name}=")), None)
    if place is None:
        return lines
    start, end = place, place + 1
    if start and lines[start - 1].rstrip("\r\n") == f"# {comment}":
        start -= 1
    if start and not lines[start - 1].strip():
        start -= 1
    elif not start and end < len(lines) and not lines[end].strip():
        end += 1
    return [*lines[:start], *lines[end:]]
