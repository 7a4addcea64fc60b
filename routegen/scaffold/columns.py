"""Turns the checked fields of a model into the lines of code that its templates are made of, formatted as Ruff would."""

from collections.abc import Sequence
from dataclasses import dataclass

from routegen.scaffold.fields import FieldSpec

WIDTH = 100

_PLAIN = {
    **dict.fromkeys(("str", "text", "email", "url"), "str"),
    "int": "int",
    "ref": "int",
    "float": "float",
    "bool": "bool",
    "decimal": "Decimal",
    "date": "date",
    "datetime": "datetime",
    "uuid": "UUID",
    "json": "db.Json",
}
_GIVEN = {
    "text": "Annotated[str, db.Text(50_000)]",
    "int": "db.Int",
    "ref": "db.Ref",
    "float": "db.Float",
    "bool": "db.Bool",
    "date": "db.Date",
    "datetime": "db.DateTime",
    "uuid": "db.Uuid",
    "email": "db.Email",
    "url": "db.Url",
    "json": "db.Json",
}
_ASKED = {"int": "db.QueryInt", "ref": "db.QueryRef", "float": "db.QueryFloat", "bool": "db.QueryBool"}
_STORED = {
    "text": "sa.Text()",
    "int": "sa.BigInteger()",
    "ref": "sa.BigInteger()",
    "float": "sa.Float()",
    "bool": "sa.Boolean()",
    "date": "sa.Date()",
    "datetime": "sa.DateTime(timezone=True)",
    "uuid": "sa.Uuid()",
    "email": "sa.String(254)",
    "url": "sa.String(2000)",
    "json": "sa.JSON()",
}
_VALUES = {
    "str": ('"{name} 1"', 'f"{name} {number}"', '"other {name}"'),
    "text": ('"A longer text.\\n"', "", '"Another text.\\n"'),
    "int": ("7", "number", "-8"),
    "float": ("1.5", "", "-2.5"),
    "decimal": ("", "", ""),
    "bool": ("True", "", "False"),
    "date": ('"2026-01-31"', 'f"2026-01-{number:02}"', '"2027-12-31"'),
    "datetime": ('"2026-01-31T12:00:00Z"', 'f"2026-01-{number:02}T12:00:00Z"', '"2027-12-31T23:59:59Z"'),
    "uuid": (
        '"00000000-0000-4000-8000-000000000001"',
        'f"00000000-0000-4000-8000-{number:012}"',
        '"00000000-0000-4000-9000-000000000002"',
    ),
    "email": ('"ada@example.com"', 'f"ada{number}@example.com"', '"grace@example.com"'),
    "url": ('"https://example.com/1"', 'f"https://example.com/{number}"', '"https://example.org/?q=1"'),
    "json": ('{"key": [1, None, "text"]}', "", "[]"),
}
"""A sample for tests as Python source, one that differs by `number`, and another one."""

_WRONG = {
    "int": ["2**53", "-(2**53)", "2**63", "1.5", '"1"', "True"],
    "float": ['"1.5"', "True"],
    "bool": ["1", '"true"'],
    "date": ['"2026-02-30"', '"31.1.2026"', "0"],
    "datetime": ['"2026-01-31T12:00:00"', '"0001-01-01T00:00:00+23:00"', "0"],
    "uuid": ['"1"', "1"],
    "email": ['"ada"', '"a b@example.com"', '"ada@example.com\\n"'],
    "url": ['"example.com"', '"javascript:alert(1)"', '"ftp://example.com"'],
    "json": ['"text"', "1"],
    "ref": ["2**63", "0", '"1"'],
}


@dataclass(frozen=True, slots=True)
class Column:
    """One field as the templates write it: `table` … `asked` are the lines of the model's classes, `asked` empty for
    what nobody can filter by; `sample`, `numbered` and `other` are values for tests."""

    name: str
    type: str
    nullable: bool
    unique: bool
    secret: bool
    sortable: bool
    has_default: bool
    target: str
    choice: str
    members: tuple[str, ...]
    table: str
    create: str
    update: str
    public: str
    asked: str
    migration: str
    sample: str
    numbered: str
    other: str
    wrong: tuple[str, ...]

    @property
    def required(self) -> bool:
        """Whether a caller has to give it."""
        return not (self.nullable or self.has_default)

    @property
    def nullable_reference(self) -> bool:
        """Whether it refers to a row, or to none."""
        return bool(self.target) and self.nullable


def column_of(field: FieldSpec) -> Column:
    """The lines of one field."""
    plain, given = _plain(field), _given(field)
    sample, numbered, other = _values(field)
    filters = field.type not in ("text", "json") and not field.secret
    maybe = " | None" if field.nullable else ""
    default = _default(field)
    start = f"{field.column}: {given}{maybe}"
    return Column(
        name=field.column,
        type=field.type,
        nullable=field.nullable,
        unique=field.unique,
        secret=field.secret,
        sortable=filters,
        has_default=field.default is not None,
        target=field.target,
        choice=_choice(field),
        members=field.members,
        table=_table(field, plain),
        create=start + (f" = {default}" if default else " = None" if maybe else ""),
        update=start + (" = None" if maybe else " = db.left_out()"),
        public=f"{field.column}: {given if field.type == 'decimal' else plain}{maybe}",
        asked=f"{field.column}: {_ASKED.get(field.type, given)} | None = None" if filters else "",
        migration=_migration(field),
        sample=sample,
        numbered=numbered if field.unique else sample,
        other=other,
        wrong=tuple(_wrong(field)),
    )


def call(head: str, arguments: Sequence[str], tail: str, indent: int) -> str:
    """`head(arguments)tail` on one line where it fits, else an argument a line, as Ruff would format it."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if indent + len(line) <= WIDTH:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{argument},\n" for argument in arguments)
    return f"{head}(\n{inner}{' ' * indent}){tail}"


def constraints_of(table: str, columns: Sequence[Column]) -> list[str]:
    """The constraints of a table for its migration, with the names that `routegen.database.columns` gives them."""
    references = [
        call(
            "sa.ForeignKeyConstraint",
            [f'["{column.name}"]', f'["{column.target}.id"]', f'name=op.f("fk_{table}_{column.name}")'],
            "",
            8,
        )
        for column in columns
        if column.target
    ]
    unique = [
        call("sa.UniqueConstraint", [f'"{column.name}"', f'name=op.f("uq_{table}_{column.name}")'], "", 8)
        for column in columns
        if column.unique
    ]
    return [*references, f'sa.PrimaryKeyConstraint("id", name=op.f("pk_{table}"))', *unique]


def indexes_of(table: str, columns: Sequence[Column]) -> list[str]:
    """The indexes of a table for its migration: PostgreSQL makes none for a reference."""
    return [
        call(
            "op.create_index",
            [f'op.f("ix_{table}_{column.name}")', f'"{table}"', f'["{column.name}"]'],
            "",
            4,
        )
        for column in columns
        if column.target and not column.unique
    ]


def modules_of(columns: Sequence[Column]) -> dict[str, list[str]]:
    """What the model's module imports from the standard library, sorted, by module."""
    text = "\n".join(line for column in columns for line in (column.table, column.create, column.public))
    kinds = {column.type for column in columns}
    dates = [name for name in ("UTC", "date", "datetime") if _needs(name, text, kinds)]
    typing = [
        *(["Annotated"] if "Annotated[" in text else []),
        *(["Literal"]),
    ]
    return {
        "datetime": dates,
        "decimal": ["Decimal"] if "decimal" in kinds else [],
        "typing": typing,
        "uuid": ["UUID"] if "uuid" in kinds else [],
    }


def _needs(name: str, text: str, kinds: set[str]) -> bool:
    return "tzinfo=UTC" in text if name == "UTC" else name in kinds


def _plain(field: FieldSpec) -> str:
    return _choice(field) if field.type == "enum" else _PLAIN[field.type]


def _given(field: FieldSpec) -> str:
    if field.type == "str":
        return f"Annotated[str, db.Text({field.size[0]})]"
    if field.type == "decimal":
        return f"Annotated[Decimal, db.Digits({field.size[0]}, {field.size[1]})]"
    return _choice(field) if field.type == "enum" else _GIVEN[field.type]


def _choice(field: FieldSpec) -> str:
    """The name of an enum's type."""
    return "".join(word.capitalize() for word in field.column.split("_")) + "Choice" if field.members else ""


def _table(field: FieldSpec, plain: str) -> str:
    arguments = ["default=None"] if field.nullable else []
    if field.type in ("str", "email", "url"):
        arguments.append(f"max_length={_length(field)}")
    if field.type == "ref":
        arguments += [f'foreign_key="{field.target}.id"', "index=True" if not field.unique else ""]
    arguments += ["unique=True"] if field.unique else []
    sa_types = {
        "text": "sa.Text",
        "int": "sa.BigInteger",
        "ref": "sa.BigInteger",
        "json": "sa.JSON(none_as_null=True)",
        "enum": f"sa.String({_length(field)})",
        "decimal": f"db.Money({', '.join(map(str, field.size))})",
    }
    if field.type in sa_types:
        arguments.append(f"sa_type={sa_types[field.type]}")
    arguments = [argument for argument in arguments if argument]
    start = f"{field.column}: {plain}{' | None' if field.nullable else ''}"
    if not arguments:
        return start
    if arguments == ["default=None"]:
        return f"{start} = None"
    return call(f"{start} = Field", arguments, "", 4)


def _length(field: FieldSpec) -> int:
    lengths = {"email": 254, "url": 2000}
    if field.members:
        return max(len(member) for member in field.members)
    return lengths.get(field.type) or (field.size or (0,))[0]


def _stored(field: FieldSpec) -> str:
    if field.type in ("str", "enum"):
        return f"sa.String({_length(field)})"
    if field.type == "decimal":
        return f'sa.Numeric({field.size[0]}, {field.size[1]}).with_variant(sa.BigInteger(), "sqlite")'
    return _STORED[field.type]


def _migration(field: FieldSpec) -> str:
    arguments = [f'"{field.column}"', _stored(field), f"nullable={field.nullable}"]
    return call("sa.Column", arguments, "", 8)


def _default(field: FieldSpec) -> str:
    text = field.default
    if text is None:
        return ""
    if field.type in ("int", "float"):
        return text
    if field.type == "bool":
        return text.capitalize()
    if field.type == "date":
        return f"date({', '.join(str(int(part)) for part in text.split('-'))})"
    if field.type == "datetime":
        numbers = [
            int(part) for part in text.removesuffix("Z").replace("T", "-").replace(":", "-").split("-")
        ]
        return f"datetime({', '.join(map(str, numbers))}, tzinfo=UTC)"
    kinds = {"decimal": f'Decimal("{text}")', "uuid": f'UUID("{text}")'}
    return kinds.get(field.type, f'"{text}"')


def _values(field: FieldSpec) -> tuple[str, str, str]:
    if field.type == "enum":
        first, last = f'"{field.members[0]}"', f'"{field.members[-1]}"'
        return first, first, last
    if field.type == "decimal":
        places = field.size[1]
        fraction, other = ("." + "5" * places, "." + "0" * places) if places else ("", "")
        numbered = f'f"{{number}}{fraction}"'
        return f'"1{fraction}"', numbered, f'"-2{other}"'
    if field.type == "str" and field.size[0] < len(field.column) + 8:
        return '"1"', 'f"{number}"', '"2"'
    if field.type == "ref":
        return f'{field.column}["id"]', f'{field.column}["id"]', ""
    return tuple(text.replace("{name}", field.name.replace("_", " ")) for text in _VALUES[field.type])  # pyright: ignore[reportReturnType]


def _wrong(field: FieldSpec) -> list[str]:
    wrong = list(_WRONG.get(field.type, []))
    if field.type in ("str", "text"):
        most = field.size[0] if field.size else 50_000
        wrong += ['""', f'"x" * {most + 1}', '"a\\0"', "1"]
    if field.type == "enum":
        wrong.append('"nobody"')
    if field.type == "decimal":
        digits, places = field.size
        wrong += [f'"1{"0" * (digits - places)}"', f'"0.{"1" * (places + 1)}"', '"NaN"', "1"]
    return wrong if field.nullable else [*wrong, "None"]
