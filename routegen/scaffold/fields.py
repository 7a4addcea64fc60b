"""Turns the fields of a model as they are typed (`email:email!`, `team:ref:teams?`) into checked values, or refuses them.

name:type[?][!][=default]       ? may be null, ! is unique, = is what it is when left out
str str(80) text int float decimal decimal(12,4) bool date datetime uuid email url json enum(a,b) ref:tables
"""

import keyword
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from routegen.errors import UsageError
from routegen.scaffold.naming import shown

TYPES = (
    *("str", "text", "int", "float", "decimal", "bool", "date", "datetime"),
    *("uuid", "email", "url", "json", "enum", "ref"),
)

TAKEN = frozenset(  # names of pydantic's and SQLModel's classes, and of the list's own query
    [
        *(
            "construct",
            "copy",
            "dict",
            "from_orm",
            "json",
            "metadata",
            "parse_file",
            "parse_obj",
            "parse_raw",
        ),
        *("registry", "schema", "schema_json", "sqlmodel_update", "update_forward_refs", "validate"),
        *("limit", "cursor", "sort", "id"),
    ]
)
"""What a field cannot be called; nor can it begin with `model_`, or be a keyword of Python."""

_FIELD = re.compile(
    r"(?P<name>[^:]*):(?P<type>[A-Za-z]+)(?:\((?P<args>[^()]*)\))?(?::(?P<target>[^?!=]*))?"
    r"(?P<marks>[?!]*)(?:=(?P<default>.*))?",
    re.DOTALL,
)
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SECRET = re.compile(r"(^|_)(secret|token|api_key|private_key|access_key|hash)(_|$)")
_PASSWORD = re.compile(r"(^|_)(password|passwd|passphrase|pin)(_|$)")
_LONGEST_NAME, _LONGEST_DEFAULT, _MOST_FIELDS = 28, 24, 60
_EXAMPLE = "name:str email:email! age:int?"


@dataclass(frozen=True, slots=True)
class Target:
    """A table that a field can refer to: its name, and the module and class of its model."""

    table: str
    module: str
    model: str


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field, checked. `column` is its name in the database and in JSON: `team_id` for `team:ref:teams`.

    `default` is the text that was given, None without one; `size` is what stood in parentheses of str and decimal.
    """

    name: str
    type: str
    column: str
    nullable: bool = False
    unique: bool = False
    default: str | None = None
    size: tuple[int, ...] = ()
    members: tuple[str, ...] = ()
    target: str = ""

    @property
    def secret(self) -> bool:
        """Whether answers leave it out: a caller may set it and never gets to see it."""
        return bool(_SECRET.search(self.name))


def read_fields(texts: Sequence[str], tables: Iterable[str], own: str) -> tuple[FieldSpec, ...]:
    """The fields that were typed; without any, a `name`.

    Args:
        tables: the tables that a field may refer to.
        own: the table that the fields are for; a field may refer to it too, if it may be null.

    Raises:
        UsageError: a field that cannot be, with one that can.
    """
    if len(texts) > _MOST_FIELDS:
        raise UsageError(f"{len(texts)} fields are more than {_MOST_FIELDS}", hint="split the table")
    fields = tuple(_field(text, [*tables, own], own) for text in texts or ("name:str",))
    columns = [field.column for field in fields]
    if twice := next((column for column in columns if columns.count(column) > 1), None):
        raise UsageError(f"two fields are called `{twice}`", hint="leave one of them out")
    return fields


def _field(text: str, tables: Sequence[str], own: str) -> FieldSpec:
    match = _FIELD.fullmatch(text)
    if match is None:
        name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "name"
        raise UsageError(f"`{shown(text)}` is no field", hint=f"for example `{name}:str`; {_EXAMPLE}")
    kind = _type(match["type"], text)
    name = _name(match["name"], text)
    marks = match["marks"]
    if len(set(marks)) != len(marks):
        raise UsageError(f"`{shown(text)}` has a mark twice", hint=f"for example `{name}:{kind}{marks[0]}`")
    members = _members(kind, match["args"], text)
    found = FieldSpec(
        name=name,
        type=kind,
        column=f"{name}_id" if kind == "ref" and not name.endswith("_id") else name,
        nullable="?" in marks,
        unique="!" in marks,
        default=match["default"],
        size=_size(kind, match["args"], text),
        members=members,
        target=_target(kind, match["target"], tables, text),
    )
    _check(found, text, own)
    return found


def _type(name: str, text: str) -> str:
    if name in TYPES:
        return name
    other = {"string": "str", "integer": "int", "boolean": "bool", "timestamp": "datetime", "number": "float"}
    near = other.get(name.lower()) or next(iter(get_close_matches(name.lower(), TYPES, n=1)), None)
    offer = f"did you mean `{near}`? " if near else ""
    raise UsageError(f"`{shown(text)}`: there is no type `{name}`", hint=f"{offer}types: {', '.join(TYPES)}")


def _name(name: str, text: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()).strip("_")
    better = re.sub(r"^[0-9_]+", "", plain)[:_LONGEST_NAME].rstrip("_") or "name"
    reason = None
    if not _NAME.fullmatch(name):
        reason = "a name has lower-case letters, digits and single `_`, and starts with a letter"
    elif len(name) > _LONGEST_NAME:
        reason = f"it is longer than {_LONGEST_NAME} characters"
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        reason, better = "it is a reserved word of Python", f"{name}_name"
    elif name in TAKEN or name.startswith("model_"):
        better = f"{name.removeprefix('model_')}_value" if name != "id" else "number"
        reason = (
            "every row has an `id` already" if name == "id" else "the generated code uses that name itself"
        )
    elif _PASSWORD.search(name):
        reason, better = "it would be stored as it is: `routegen add protected` stores passwords", "name"
    if reason:
        kind = text.partition(":")[2]
        raise UsageError(
            f"`{shown(name)}` is no name of a field: {reason}", hint=f"for example `{better}:{kind}`"
        )
    return name


def _size(kind: str, args: str | None, text: str) -> tuple[int, ...]:
    if kind not in ("str", "decimal"):
        if args is not None and kind != "enum":
            raise UsageError(
                f"`{shown(text)}`: `{kind}` takes nothing in parentheses", hint=f"write `{kind}`"
            )
        return ()
    numbers = [int(part) for part in (args or "").split(",") if re.fullmatch(r" *[0-9]{1,5} *", part)]
    given = args is not None
    if kind == "str":
        if given and (len(numbers) != 1 or not 1 <= numbers[0] <= 10_000 or "," in (args or "")):
            raise UsageError(f"`{shown(text)}`: a length is from 1 to 10000", hint="for example `str(80)`")
        return (numbers[0],) if given else (200,)
    if given and (len(numbers) != 2 or not 0 <= numbers[1] < numbers[0] <= 18 or args.count(",") != 1):
        raise UsageError(
            f"`{shown(text)}`: a decimal has at most 18 digits, fewer of them behind the point",
            hint="for example `decimal(12,2)`",
        )
    return (numbers[0], numbers[1]) if given else (12, 2)


def _members(kind: str, args: str | None, text: str) -> tuple[str, ...]:
    if kind != "enum":
        return ()
    members = tuple(part.strip() for part in (args or "").split(","))
    wrong = len(members) < 2 or len(set(members)) != len(members) or len(members) > 50
    if wrong or not all(_MEMBER.fullmatch(member) for member in members):
        raise UsageError(
            f"`{shown(text)}`: an enum has two or more different members of letters, digits, `-`, `_` and `.`",
            hint="for example `role:enum(admin,user)`",
        )
    return members


def _target(kind: str, target: str | None, tables: Sequence[str], text: str) -> str:
    if kind != "ref":
        if target is not None:
            raise UsageError(f"`{shown(text)}`: only `ref` names a table", hint=f"write `{kind}`")
        return ""
    if target is not None and target in tables:
        return target
    near = get_close_matches(target or "", tables, n=1)
    make = (
        f"make it first: `routegen add crud {target}`"
        if target and _NAME.fullmatch(target)
        else "name a table"
    )
    hint = f"did you mean `ref:{near[0]}`?" if near else make
    raise UsageError(f"`{shown(text)}`: there is no table `{shown(target or '')}`", hint=hint)


def _check(field: FieldSpec, text: str, own: str) -> None:
    """What the parts of a field say about each other."""
    if field.unique and field.type in ("text", "json", "bool", "enum", "float"):
        raise UsageError(f"`{shown(text)}`: `{field.type}` cannot be unique", hint="leave out the `!`")
    if field.unique and field.type == "str" and field.size[0] > 500:
        raise UsageError(
            f"`{shown(text)}`: what is unique has at most 500 characters", hint="for example `str(200)!`"
        )
    if field.target == own and not field.nullable:
        raise UsageError(
            f"`{shown(text)}`: the first row would have nothing to refer to", hint=f"write `{shown(text)}?`"
        )
    if field.default is None:
        return
    if field.type in ("json", "ref"):
        raise UsageError(
            f"`{shown(text)}`: `{field.type}` takes no default", hint="leave it out, or give it `?`"
        )
    if field.unique:
        raise UsageError(
            f"`{shown(text)}`: a default would be taken once only", hint="leave out the `!` or the default"
        )
    if not fits(field, field.default):
        raise UsageError(
            f"`{shown(text)}`: `{shown(field.default)}` is no default of `{field.type}`",
            hint=f"for example `{field.name}:{text.partition(':')[2].partition('=')[0]}={_sample_default(field)}`",
        )


def fits(field: FieldSpec, value: str) -> bool:
    """Whether a default is a value of the field, and short enough to stand in a line of code."""
    short = 0 < len(value) <= _LONGEST_DEFAULT and value.isprintable() and not set(value) & set("\"'\\")
    forms = {
        "str": short and len(value) <= (field.size or (0,))[0],
        "text": short,
        "int": bool(re.fullmatch(r"0|-?[1-9][0-9]{0,14}", value)),
        "float": bool(re.fullmatch(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,8}", value)),
        "decimal": field.type == "decimal" and _is_decimal(field, value),
        "bool": value in ("true", "false"),
        "date": _parses(date, value) and bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)),
        "datetime": bool(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", value)) and _parses(datetime, value),
        "uuid": bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value)),
        "email": short and bool(re.fullmatch(r"[A-Za-z0-9.+_-]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?", value)),
        "url": short
        and bool(re.fullmatch(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[A-Za-z0-9/_.-]*)?", value)),
        "enum": value in field.members,
    }
    return forms[field.type]


def _is_decimal(field: FieldSpec, value: str) -> bool:
    whole, places = field.size[0] - field.size[1], field.size[1]
    fraction = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    return bool(re.fullmatch(rf"-?(0|[1-9][0-9]{{0,{whole - 1}}}){fraction}", value))


def _parses(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _sample_default(field: FieldSpec) -> str:
    samples = {
        "str": "new"[: (field.size or (3,))[0]],
        "text": "new",
        "int": "0",
        "float": "0.0",
        "decimal": "0",
        "bool": "false",
        "date": "2026-01-31",
        "datetime": "2026-01-31T12:00:00Z",
        "uuid": "00000000-0000-4000-8000-000000000000",
        "email": "ada@example.com",
        "url": "https://example.com",
    }
    return samples.get(field.type) or field.members[0]
