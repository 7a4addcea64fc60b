"""The database of a project: SQLite that needs nothing, or PostgreSQL by one variable; what generated code imports.

Database                     one engine for each event loop, and the sessions that handlers take
paginate, ListQuery, Page    a list in pages, filtered and sorted by declared fields
Text, Digits, Int, Email, …  what a request may hold so that both databases can keep it
CONFLICT, NO_PAGE            the answers 409 and 404, documented
"""

from routegen.database.answers import CONFLICT, NO_PAGE
from routegen.database.columns import BigKey, Money
from routegen.database.engine import Database
from routegen.database.fields import (
    Bool,
    Date,
    DateTime,
    Digits,
    Email,
    Float,
    Int,
    Json,
    QueryBool,
    QueryFloat,
    QueryInt,
    QueryRef,
    Ref,
    RowId,
    Text,
    Url,
    Uuid,
    left_out,
)
from routegen.database.models import import_models
from routegen.database.paging import ListQuery, Page, paginate

__all__ = [
    "CONFLICT",
    "NO_PAGE",
    "BigKey",
    "Bool",
    "Database",
    "Date",
    "DateTime",
    "Digits",
    "Email",
    "Float",
    "Int",
    "Json",
    "ListQuery",
    "Money",
    "Page",
    "QueryBool",
    "QueryFloat",
    "QueryInt",
    "QueryRef",
    "Ref",
    "RowId",
    "Text",
    "Url",
    "Uuid",
    "import_models",
    "left_out",
    "paginate",
]
