"""Works out what a pattern has to do with the tables of a project: the fields it makes, its migration, its model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from routegen.errors import UsageError
from routegen.scaffold.columns import Column, column_of, constraints_of, indexes_of, modules_of
from routegen.scaffold.fields import read_fields
from routegen.scaffold.location import Location, Parameter
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
    keys: Sequence[Mapping[str, str]] = ()
    url: str = ""

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
            "keys": self.keys,
            "model_url": self.url,
            "key_modules": _key_modules(self.keys),
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
    usable = _usable(model, location, pattern)
    url = "/" + "/".join(f"{{{s.name}}}" if s.is_parameter else s.name for s in location.url_segments)
    return Resource((), migration, usable, keys=_keys(usable, location), url=url)


def _key_modules(keys: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What the types of the keys are imported from."""
    kinds = {key["plain"] for key in keys}
    return {module: name for module, name in (("datetime", "date"), ("uuid", "UUID")) if name in kinds}


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
    """The model of the resource, if the route is to find a row of it.

    Raises:
        UsageError: its parameters are no columns, or nothing says what a caller may see of a row.
    """
    if model is None or pattern.dynamic != "required":
        return None
    for parameter in location.parameters:
        reason = _unfit(parameter, model)
        if reason:
            columns = ", ".join(f"`[{name}]`" for name in model.columns if _key_type(model, name))
            raise UsageError(
                f"`{model.name}` in `lib/models/{model.module}.py` {reason}",
                hint=f"it can be found by {columns}",
            )
    if not model.has_public:
        raise UsageError(
            f"`lib/models/{model.module}.py` does not say what a caller may see of `{model.name}`",
            hint=f"write a class `{model.name}Public` there, with the fields that anyone may see",
        )
    return model


def _unfit(parameter: Parameter, model: Model) -> str | None:
    """Why a row cannot be found by the value of this parameter."""
    if parameter.annotation == "list[str]":
        return f"cannot be found by the list `[...{parameter.name}]`"
    if parameter.name not in model.columns:
        return f"has no column `{parameter.name}`"
    if not _key_type(model, parameter.name):
        return f"cannot be found by `{parameter.name}`, which is `{model.columns[parameter.name]}`"
    return None


def _key_type(model: Model, name: str) -> str:
    """What a path parameter is that a column is compared with; empty for columns that nothing is found by."""
    kind = model.columns[name].removesuffix(" | None")
    types = {"str": "str", "int": "db.QueryInt", "UUID": "db.Uuid", "date": "db.Date"}
    return "db.RowId" if name == "id" and kind == "int" else types.get(kind, "")


def _keys(model: Model | None, location: Location) -> list[dict[str, str]]:
    """The parameters of a route that are columns: as the handler takes them, and as they are compared."""
    if model is None:
        return []
    return [
        {
            "name": parameter.name,
            "given": _key_type(model, parameter.name),
            "plain": model.columns[parameter.name].removesuffix(" | None"),
        }
        for parameter in location.parameters
    ]
