"""Reads from the source of a project which tables its models define and which migrations it has; nothing is run."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from routegen.errors import ProjectError

MODELS, MIGRATIONS = "lib/models", "migrations"


@dataclass(frozen=True, slots=True)
class Model:
    """A table of the project: `lib/models/<module>.py` defines it as `name`; `columns` by name with their types."""

    module: str
    name: str
    table: str
    columns: dict[str, str]
    has_public: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A migration of the project: its file without `.py`, its revision and the one before it."""

    file: str
    revision: str
    parent: str | None


def models_of(root: Path) -> tuple[Model, ...]:
    """The tables that the modules of `lib/models` define.

    Raises:
        ProjectError: a module cannot be read.
    """
    return tuple(model for file in _modules(root / MODELS) for model in _models(file))


def steps_of(root: Path) -> tuple[Step, ...]:
    """The migrations of a project, by the names of their files. Raises as `models_of`."""
    found = ((file.stem, _constants(_parsed(file))) for file in _modules(root / MIGRATIONS))
    return tuple(
        Step(stem, str(values["revision"]), _text(values.get("down_revision")))
        for stem, values in found
        if values.get("revision")
    )


def next_step(steps: tuple[Step, ...], slug: str) -> Step:
    """The migration `slug` of a project that has `steps`: the one that is there already, else the next one.

    Its revision follows from its name, so that the same commands make the same files anywhere.

    Raises:
        ProjectError: the migrations have two ends, so it is not known which one comes before.
    """
    there = next((step for step in steps if step.file.partition("_")[2] == slug), None)
    if there is not None:
        return there
    parents = {step.parent for step in steps}
    ends = [step for step in steps if step.revision not in parents]
    if len(ends) > 1:
        names = ", ".join(f"`{step.file}.py`" for step in ends)
        raise ProjectError(
            f"`{MIGRATIONS}` has two ends: {names}",
            hint="let `down_revision` of one name the other's `revision`",
        )
    revision = hashlib.sha256(slug.encode()).hexdigest()[:12]
    return Step(f"{len(steps) + 1:04}_{slug}", revision, ends[0].revision if ends else None)


def _modules(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py")) if folder.is_dir() else []


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ProjectError(f"`{file}` cannot be read: {error}", hint="mend the file") from error


def _constants(body: ast.Module | ast.ClassDef) -> dict[str, object]:
    """The names that are set to a constant."""
    values: dict[str, object] = {}
    for node in body.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Constant):
            values |= {target.id: value.value for target in targets if isinstance(target, ast.Name)}
    return values


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _models(file: Path) -> Iterator[Model]:
    tree = _parsed(file)
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _is_table(node):
            table = _text(_constants(node).get("__tablename__")) or node.name.lower()
            columns = {
                part.target.id: ast.unparse(part.annotation)
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            }
            yield Model(file.stem, node.name, table, columns, f"{node.name}Public" in classes)


def _is_table(node: ast.ClassDef) -> bool:
    return any(
        word.arg == "table" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in node.keywords
    )
