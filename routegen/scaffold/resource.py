"""Works out what a pattern has to do with the tables of a project: the fields it makes, its migration, its model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from routegen.errors import UsageError
from routegen.scaffold.columns import Column, column_of, constraints_of, indexes_of, modules_of
from routegen.scaffold.fields import read_fields
from routegen.scaffold.location import Location
from routegen.scaffold.naming import Names
from routegen.scaffold.pattern import Pattern
from routegen.scaffold.tables import Model, Step, next_step


@dataclass(frozen=True, slots=True)
class Tables:
    """What a project has already: models, migrations, and the fields that were asked for, by name and route id."""

    models: tuple[Model, ...] = ()
    steps: tuple[Step, ...] = ()
    fields: Mapping[tuple[str, str], tuple[str, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[str, ...]]
    )


@dataclass(frozen=True, slots=True)
class Resource:
    """What templates are given of tables: `columns` of the one that is made, `model` of the one that is there."""

    columns: tuple[Column, ...] = ()
    migration: Step | None = None
    model: Model | None = None
    table: str = ""
    targets: Mapping[str, Model] = field(default_factory=dict[str, Model])

    @property
    def context(self) -> dict[str, Any]:
        """The names that templates use."""
        columns = self.columns
        return {
            "columns": columns,
            "shown": [column for column in columns if not column.secret],
            "sortable": [column for column in columns if column.sortable],
            "others": [column for column in columns if column.other and not column.secret],
            "required_references": [column for column in columns if column.target and column.required],
            "lists": self._lists(),
            "modules": modules_of(columns),
            "uses_sa": any("sa." in column.table for column in columns),
            "constraints": constraints_of(self.table, columns),
            "indexes": indexes_of(self.table, columns),
            "migration": self.migration,
            "model": self.model,
            "targets": self.targets,
            "row_makers": self._row_makers(),
        }

    def _lists(self) -> dict[str, list[str]]:
        """The names of fields that the tests go through."""
        columns = self.columns
        return {
            "REQUIRED": [column.name for column in columns if column.required],
            "SORTABLE": [column.name for column in columns if column.sortable],
            "UNIQUE": [column.name for column in columns if column.unique and not column.nullable_reference],
            "REFERENCES": [column.name for column in columns if column.target],
            "SECRET": [column.name for column in columns if column.secret],
        }

    def _row_makers(self) -> list[Model]:
        """The models of which the tests need a row, in the order in which they are imported."""
        tables = {column.target for column in self.columns if column.target and column.required}
        return sorted((self.targets[table] for table in tables), key=lambda model: model.module)


def resource(
    pattern: Pattern, names: Names, location: Location, texts: Sequence[str], tables: Tables
) -> Resource:
    """What `pattern` applied to `names` makes or uses.

    Raises:
        UsageError: a field or a table that cannot be.
        ProjectError: the project's migrations have two ends.
    """
    migration = None
    if pattern.migration:
        slug = pattern.migration.format(singular=names.singular, plural=names.plural)
        migration = next_step(tables.steps, slug)
    if pattern.arguments == "fields":
        _check_table(names, tables)
        found = read_fields(
            texts, [model.table for model in tables.models if "id" in model.columns], names.plural
        )
        columns = tuple(column_of(spec) for spec in found)
        _check_choices(columns, names)
        targets = {model.table: model for model in tables.models}
        return Resource(columns, migration, targets.get(names.plural), names.plural, targets)
    model = next((model for model in tables.models if model.table == names.plural), None)
    return Resource((), migration, _usable(model, location, pattern))


def recorded_fields(record: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """The fields that each addition was asked for, by name and route id, out of the text of the record."""
    try:
        additions = cast("list[dict[str, Any]]", json.loads(record)["additions"]) if record else []
        return {
            (addition["name"], addition["options"]["route"]): tuple(addition["options"]["fields"])
            for addition in additions
            if {"route", "fields"} <= set(addition["options"])
        }
    except (ValueError, KeyError, TypeError):
        return {}  # `remember` says what is wrong with it


def _check_table(names: Names, tables: Tables) -> None:
    """Two models of one table would be one too many."""
    for model in tables.models:
        if model.table == names.plural and model.module != names.singular:
            raise UsageError(
                f"there is a table `{names.plural}` already: `{model.name}` in `lib/models/{model.module}.py`",
                hint=f"choose another name, for example `{names.singular}-items`",
            )


def _check_choices(columns: Sequence[Column], names: Names) -> None:
    """An enum's type must not be called what the model or another enum is called."""
    taken = [
        names.model,
        *(names.model + suffix for suffix in ("Create", "Replace", "Update", "Public", "Query")),
    ]
    for column in columns:
        if column.choice and column.choice in taken:
            raise UsageError(
                f"`{column.name}` would name a type `{column.choice}`, as something else is called",
                hint=f"for example `{column.name}_kind:enum(...)`",
            )
        taken.append(column.choice)


def _usable(model: Model | None, location: Location, pattern: Pattern) -> Model | None:
    """The model of the resource, if the parameters of the route are columns of it.

    Raises:
        UsageError: they are not; the hint names the columns that are.
    """
    if model is None or pattern.dynamic != "required":
        return None
    parameters = location.parameters
    wanted = [parameter for parameter in parameters if parameter.name not in model.columns]
    if not wanted and not any(parameter.annotation == "list[str]" for parameter in parameters):
        return model
    name = wanted[0].name if wanted else parameters[-1].name
    columns = ", ".join(f"`[{column}]`" for column in model.columns)
    reason = f"has no column `{name}`" if wanted else f"cannot be found by the list `{name}`"
    raise UsageError(f"`{model.name}` in `lib/models/{model.module}.py` {reason}", hint=f"it has {columns}")
