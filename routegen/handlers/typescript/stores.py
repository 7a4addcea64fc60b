"""Tells by the shape of a call that it writes, or asks who calls: Prisma, Drizzle, Supabase, Mongoose, SQL, Firestore.

Clients are made in files of the project under names of its own, so that a type is rarely known; the shapes are the
libraries' own: `x.user.update({ where, data })`, `x.from("t").insert(…)`, `x.insert(table).values(…)`.
"""

import re

from routegen.handlers.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Name,
    Template,
    options_of,
)
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_CLIENTS = re.compile(
    r"^(prisma|db|database|tx|trx|client|orm|kysely|knex|drizzle|sequelize|supabase|conn|connection|pool)\d*$"
    r"|(prisma|db|database|supabase)(client|admin)?$|^(prisma|db|supabase)",
    re.IGNORECASE,
)
_PRISMA = frozenset({"create", "update", "delete", "upsert"})
_ROWS = frozenset({"insert", "update", "upsert", "delete"})
_MODELS = frozenset({"create", "update", "destroy", "deleteOne", "remove", "bulkCreate", "insert"})
_SQL = frozenset(
    {
        "query",
        "execute",
        "run",
        "exec",
        "unsafe",
        "prepare",
        "raw",
        "sql",
        "$executeRaw",
        "$queryRaw",
        "all",
        "get",
    }
    | {"$executeRawUnsafe", "$queryRawUnsafe"}
)
_WRITES = re.compile(r"\s*(insert|update|delete|replace|merge|truncate|drop|alter|create)\s", re.IGNORECASE)
_STRIPE = re.compile(
    r"stripe\w*\.(customers|subscriptions|refunds|products|prices|charges|accounts"
    r"|invoices|billingPortal\.configurations|coupons)\.(create|update|del|cancel)$",
    re.IGNORECASE,
)
_STRIPE_WRITES = frozenset({"create", "update", "del", "cancel"})
_WHO_CALLS = frozenset(
    {"auth", "getServerSession", "getServerAuthSession", "getAuthSession", "currentUser", "getCurrentUser"}
    | {
        "getSession",
        "validateRequest",
        "verifySession",
        "requireAuth",
        "requireUser",
        "requireAdmin",
        "checkAuth",
    }
    | {"authenticate", "getKindeServerSession"}
)
_OF_AUTH = frozenset({"getUser", "getSession", "getClaims", "protect"})
_REFUSE_NOBODY = frozenset(
    {"auth", "getServerSession", "getServerAuthSession", "currentUser", "getUser", "getClaims"}
)
_WHO_NAMES = _WHO_CALLS | _OF_AUTH
_FIRESTORE = frozenset({"set", "add", "update", "delete", "create"})
_BUCKETS = frozenset({"upload", "remove", "move"})
_TELLING = (
    _WHO_NAMES
    | _SQL
    | _PRISMA
    | _ROWS
    | _MODELS
    | _FIRESTORE
    | _BUCKETS
    | _STRIPE_WRITES
    | {"save", "updateUser"}
)
"""The names of all calls whose shape is looked at: most have another one."""
_LOCAL = re.compile(r"^(\.|@/|~/|src/|lib/|models?/|app/|#)|^<|/models?(/|$)")
_WRITE: frozenset[Kind] = frozenset({Kind.DB_WRITE})
_WHO: frozenset[Kind] = frozenset({Kind.AUTH_CHECK})
_WHO_OR_NOBODY: frozenset[Kind] = frozenset({Kind.AUTH_CHECK, Kind.AUTH_FIND})
_NOTHING: frozenset[Kind] = frozenset()
_OUTSIDE: frozenset[Kind] = frozenset({Kind.EXTERNAL_WRITE})


def store_kinds(call: Call, scope: Scope) -> frozenset[Kind]:
    """DB_WRITE, EXTERNAL_WRITE or AUTH_CHECK when the shape of a call says so."""
    receiver, name = call.receiver, call.name
    if name not in _TELLING:
        return _NOTHING
    if name in _WHO_NAMES and _asks_who(receiver, name):
        return _WHO_OR_NOBODY if name in _REFUSE_NOBODY else _WHO
    if receiver is None:
        return _WRITE if name in ("sql", "query") and is_sql(call) else _NOTHING
    if name in _SQL and is_sql(call):
        return _WRITE
    if name in _PRISMA and _is_prisma(call, receiver):
        return _WRITE
    if name in _ROWS and _is_rows(call, receiver):
        return _WRITE
    if name in _MODELS and _is_model(receiver, scope):
        return _WRITE
    if name == "save" and not call.keywords and len(call.arguments) < 2 and _is_document(receiver, scope):
        return _WRITE
    if name in _FIRESTORE and _is_firestore(receiver):
        return _WRITE
    if name == "updateUser" or (name in _BUCKETS and _is_bucket(receiver)):
        return _OUTSIDE
    if name in _STRIPE_WRITES and _STRIPE.search(_path(call.function)):
        return _OUTSIDE
    return _NOTHING


def _asks_who(receiver: Expression | None, name: str) -> bool:
    """`getServerSession()`, `supabase.auth.getUser()`, `auth.protect()`, `auth.api.getSession()`."""
    path = _path(receiver) if receiver is not None else ""
    if not path:
        return name in _WHO_CALLS
    if name == "getSession" and path.endswith(".api"):
        path = path.removesuffix(".api")
    return name in _OF_AUTH and path.rpartition(".")[2] == "auth"


def _path(expression: Expression) -> str:
    """`a.b.c` of names and attributes; what lies before them is left out."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.name)
        expression = expression.object
    if isinstance(expression, Name):
        parts.append(expression.name)
    return ".".join(reversed(parts))


def is_sql(call: Call) -> bool:
    """Whether a call is handed SQL that writes, as a text: what follows are its values."""
    first = call.arguments[0] if call.arguments else None
    first = options_of(first).get("sql", first) if first is not None else None  # { sql: "…", args: […] }
    if isinstance(first, Call) and first.arguments:  # sql.raw("…")
        first = first.arguments[0]
    if isinstance(first, Template):
        first = first.parts[0] if first.parts else None
    return isinstance(first, Constant) and isinstance(first.value, str) and bool(_WRITES.match(first.value))


def _is_prisma(call: Call, receiver: Expression) -> bool:
    """`client.model.create({ data })`: an object with `data` or `where`, or a client's own model."""
    given = options_of(call.arguments[0]) if call.arguments else {}
    if isinstance(receiver, Attribute):
        owner = _path(receiver.object).rpartition(".")[2]
        is_client = bool(_CLIENTS.search(owner)) and owner not in ("client",)
        return "data" in given or ("where" in given and is_client) or (is_client and not given)
    return False


def _is_rows(call: Call, receiver: Expression) -> bool:
    """`db.insert(table)` of Drizzle, `client.from("table").insert(…)` of Supabase."""
    if isinstance(receiver, Call) and receiver.name in ("from", "table", "collection", "into"):
        return True
    if isinstance(receiver, Call) and isinstance(receiver.function, Name) and len(receiver.arguments) == 1:
        return bool(_CLIENTS.search(receiver.name)) and isinstance(
            receiver.arguments[0], Constant
        )  # knex("users")
    owner = _path(receiver).rpartition(".")[2]
    if not _CLIENTS.search(owner) or len(call.arguments) != 1:
        return False
    return isinstance(call.arguments[0], (Name, Attribute))


def _is_model(receiver: Expression, scope: Scope) -> bool:
    """`User.create(…)`: a name in capitals that a file of the project exports, or that a schema made."""
    if not isinstance(receiver, Name) or not receiver.name[:1].isupper() or receiver.name.isupper():
        return False
    if receiver.name in ("Object", "Promise", "Array", "Response", "NextResponse", "Reflect", "Buffer"):
        return False
    made = scope.module.values.get(receiver.name)
    if isinstance(made, Call):
        return made.name in ("model", "define")
    return bool(_LOCAL.search(scope.module.imports.get(receiver.name, "")))


def _is_document(receiver: Expression, scope: Scope) -> bool:
    """`user.save()` of Mongoose: what a model made or found."""
    if not isinstance(receiver, Name):
        return False
    statement = scope.binding(receiver.name, receiver.span.start)
    value = statement.value if statement is not None else None
    if not isinstance(value, Call):
        return False
    if isinstance(value.function, Name):
        return value.is_new and _is_model(value.function, scope)
    return value.name.startswith("find") or (value.receiver is not None and _is_model(value.receiver, scope))


def _is_firestore(receiver: Expression) -> bool:
    """`db.collection("users").doc(id).set(…)`."""
    return isinstance(receiver, Call) and receiver.name in ("doc", "collection", "ref")


def _is_bucket(receiver: Expression) -> bool:
    """`supabase.storage.from("bucket").upload(…)`, `cloudinary.uploader.upload(…)`."""
    if isinstance(receiver, Call) and receiver.name == "from":
        return "storage" in _path(receiver.function)
    return _path(receiver).endswith("uploader")
