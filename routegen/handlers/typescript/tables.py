"""Tells the calls of Drizzle and Mongoose that give rows with all the columns which the project declares for them."""

from collections.abc import Iterator
from typing import NamedTuple

from routegen.handlers.expression import Attribute, Call, Constant, Expression, Name, options_of
from routegen.handlers.flow import origins
from routegen.handlers.scope import Scope

_TABLES = frozenset({"pgTable", "mysqlTable", "sqliteTable"})
_CHANGES = frozenset({"insert", "update", "delete"})
_QUERIES = frozenset({"findMany", "findFirst"})
_FINDS = frozenset({"find", "findOne", "findById"})
_DOCUMENTS = _FINDS | {
    "create",
    "findByIdAndDelete",
    "findByIdAndUpdate",
    "findOneAndDelete",
    "findOneAndUpdate",
}
_CHOOSES = frozenset({"select", "projection", "fields", "map"})
_TELLS_ITSELF = ("toJSON", "toObject")
"""Mongoose: what a model says here is what is told of its documents."""


class Table(NamedTuple):
    """A table, or a model, by the name that the code has for it, and its columns."""

    name: str
    columns: tuple[str, ...]


def whole_rows(call: Call, scope: Scope) -> Iterator[Table]:
    """The tables whose rows a call gives with all their columns."""
    links = _links(call)
    for table in _selected(links):
        if (declared := _declared(table, scope)) is not None and declared.name in _TABLES:
            yield Table(_name_of(table), tuple(options_of(declared.argument(1))))
    model = _model(links)
    if model is not None and (columns := _columns_of_model(model, scope)):
        yield Table(model.name, columns)


def _links(call: Call) -> list[Call]:
    """The calls of a chain, `a.b().c()`, the last one first."""
    links = [call]
    while isinstance(receiver := links[-1].receiver, Call):
        links.append(receiver)
    return links


def _selected(links: list[Call]) -> Iterator[Expression]:
    """Drizzle: `select().from(t).leftJoin(u, …)`, `insert(t).values(…).returning()`, `query.t.findMany()`."""
    given = {link.name: link.argument(0) for link in links}
    if "from" in given and given.get("select", given["from"]) is None:
        yield from (
            table for name, table in given.items() if table and (name == "from" or name.endswith("Join"))
        )
    elif "returning" in given and given["returning"] is None:
        yield from (table for name, table in given.items() if table and name in _CHANGES)
    elif links[-1].name in _QUERIES and "columns" not in options_of(links[-1].argument(0)):
        table = links[-1].receiver
        if (
            isinstance(table, Attribute)
            and isinstance(table.object, Attribute)
            and table.object.name == "query"
        ):
            yield table


def _declared(table: Expression, scope: Scope) -> Call | None:
    """The call that declares a table: of a name, `schema.users`, or `db.query.users`."""
    if isinstance(table, Name):
        return next((s.expression for s in origins(table, scope) if isinstance(s.expression, Call)), None)
    if not isinstance(table, Attribute):
        return None
    if isinstance(table.object, Attribute):  # db.query
        return _in_schema(table.object.object, table.name, scope)
    return _exported(table.object, table.name, scope)


def _in_schema(client: Expression, name: str, scope: Scope) -> Call | None:
    """The table of this name in the schema that a client was made with: `drizzle(pool, { schema })`."""
    for made, at in origins(client, scope):
        given = options_of(made.arguments[-1]) if isinstance(made, Call) and made.arguments else {}
        if (schema := given.get("schema")) is not None:
            table = options_of(schema).get(name)
            return _declared(table, at) if table is not None else _exported(schema, name, at)
    return None


def _exported(file: Expression, name: str, scope: Scope) -> Call | None:
    """What a file exports under a name: `import * as schema from "./schema"`, `schema.users`."""
    module = scope.module
    if not isinstance(file, Name) or module.files is None or file.name not in module.imports:
        return None
    found = module.files.find(module, f"{module.imports[file.name]}.{name}")
    value = found[0].values.get(found[1]) if found is not None else None
    return value if isinstance(value, Call) else None


def _model(links: list[Call]) -> Name | None:
    """Mongoose: `User.find({…}).sort(…)`, `new User({…})`, unless fields are chosen."""
    first = links[-1]
    if first.is_new and len(links) == 1:
        return first.function if isinstance(first.function, Name) else None
    is_chosen = any(link.name in _CHOOSES for link in links) or not _CHOOSES.isdisjoint(_last_options(first))
    if first.name not in _DOCUMENTS or is_chosen or (first.name in _FINDS and len(first.arguments) > 1):
        return None
    return first.receiver if isinstance(first.receiver, Name) else None


def _last_options(call: Call) -> dict[str, Expression]:
    return options_of(call.arguments[-1]) if len(call.arguments) > 1 else {}


def _columns_of_model(model: Name, scope: Scope) -> tuple[str, ...]:
    """The fields of the schema of a model that are told of its documents."""
    for made, at in origins(model, scope):
        if not isinstance(made, Call) or made.name != "model" or len(made.arguments) < 2:
            continue
        for schema, where in origins(made.arguments[1], at):
            if isinstance(schema, Call) and schema.is_new and not where.module.mentions(*_TELLS_ITSELF):
                fields = options_of(schema.argument(0))
                return tuple(name for name, kind in fields.items() if not _is_hidden(kind))
    return ()


def _is_hidden(kind: Expression) -> bool:
    """`password: { type: String, select: false }`."""
    selected = options_of(kind).get("select")
    return isinstance(selected, Constant) and selected.value is False


def _name_of(table: Expression) -> str:
    return table.name if isinstance(table, (Name, Attribute)) else ""
