"""Tells what becomes columns when a script writes: `data` of Prisma, the values of Drizzle, `Object.assign`."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Call, Collection, Expression, Unpacked, options_of
from routegen.handlers.handler import Site
from routegen.handlers.kinds import Kind
from routegen.handlers.typescript.stores import is_sql

_TABLES = ("insert", "update", "insertInto", "updateTable")
_SEARCHES = re.compile(r"find(One|ById)And|updateOne|updateMany|replaceOne|del|remove|destroy")
"""What is handed first which rows it is about."""
_KEYS = ("data", "create", "update", "$set", "Item")


def written_columns(site: Site) -> Iterator[Expression]:
    """The values that a write makes rows of, whole."""
    call = site.call
    if site.target == "builtins.Object.assign" and len(call.arguments) > 1:
        yield from call.arguments[1:]
    elif Kind.DB_WRITE in site.kinds and not is_sql(call):
        for argument in call.arguments[1:] if _SEARCHES.match(call.name) else call.arguments:
            yield from _values(argument)
    elif call.name in ("values", "set") and isinstance(call.receiver, Call) and call.receiver.name in _TABLES:
        yield from call.arguments[:1]


def _values(argument: Expression) -> Iterator[Expression]:
    given = options_of(argument)
    known = [given[key] for key in _KEYS if key in given]
    for value in known or ([] if "where" in given else [argument]):
        if isinstance(value, Collection) and value.is_mapping:
            yield from (item.value for item in value.items if isinstance(item, Unpacked))
        else:
            yield value
