"""Reads from `schema.prisma` which columns the rows of a Prisma client have, and tells the calls that give them whole."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.contents import content_of
from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Unpacked,
    options_of,
)
from routegen.handlers.project import Models
from routegen.handlers.scope import Scope

_MODEL = re.compile(r"model\s+(\w+)\s*\{")
_FIELD = re.compile(r"(\w+)\s+(\w+)(?:\[\])?\??(.*)")
_IGNORED = re.compile(r"(?<!@)@ignore\b")
_WHOLE = frozenset(
    {
        "findMany",
        "findFirst",
        "findUnique",
        "findFirstOrThrow",
        "findUniqueOrThrow",
        "create",
        "update",
        "upsert",
    }
    | {"delete", "createManyAndReturn", "updateManyAndReturn"}
)
_CHOOSES = re.compile(r"\bomit\s*:|\bresult\s*:")
_MAX_SIZE = 1_000_000


def read_models(paths: Iterable[Path], contents: Mapping[Path, bytes] = MappingProxyType({})) -> Models:
    """The models that these files declare; one that cannot be read declares none."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        try:
            text = content_of(path, contents)[:_MAX_SIZE].decode(errors="replace")
        except OSError:
            continue
        for name, fields in _models_in(text):
            found.setdefault(_property(name), []).append(fields)
    return found


def _models_in(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each model of a schema with its fields and their types. The language is one of lines."""
    name, fields = "", dict[str, str]()
    for line in map(str.strip, text.split("\n")):
        if not name:
            begun = _MODEL.match(line)
            name, fields = begun[1] if begun else "", {}
        elif line.startswith("}"):
            yield name, fields
            name = ""
        elif (field := _FIELD.match(line)) and not _IGNORED.search(field[3]):
            fields[field[1]] = field[2]


def _property(model: str) -> str:
    return model[:1].lower() + model[1:]


def whole_models(call: Call, scope: Scope, models: Models) -> list[str]:
    """The models whose rows a call gives with all their columns: its own, and those it includes.

    Empty where it selects or omits columns, or may: by options that are not written there, or in the client itself.
    """
    receiver = call.receiver
    if call.name not in _WHOLE or not isinstance(receiver, Attribute) or receiver.name not in models:
        return []
    first = call.arguments[0] if call.arguments else None
    if (first is not None and not _is_written(first)) or not _gives_all(receiver.object, scope):
        return []
    return _with_included(receiver.name, options_of(first), models)


def _with_included(model: str, options: Mapping[str, Expression], models: Models) -> list[str]:
    if "select" in options or "omit" in options:
        return []
    found = [model]
    for name, value in options_of(options.get("include")).items():
        types = {fields.get(name, "") for fields in models[model]}
        kind = _property(types.pop()) if len(types) == 1 else ""
        is_all = isinstance(value, Constant) and value.value is True
        if kind in models and (is_all or _is_written(value)):
            found += _with_included(kind, options_of(value), models)
    return found


def _is_written(options: Expression) -> bool:
    return isinstance(options, Collection) and not any(isinstance(item, Unpacked) for item in options.items)


def _gives_all(client: Expression, scope: Scope) -> bool:
    """Whether the file that makes the client is known, and leaves out no columns by itself."""
    if not isinstance(client, Name):
        return False
    found = scope.module.imported(client.name)
    module = found[0] if found is not None else None
    if module is None and client.name in scope.module.values:
        module = scope.module
    if module is None:
        return False
    whole = "\n".join(module.source.lines)
    return "PrismaClient" in whole and not _CHOOSES.search(whole)
