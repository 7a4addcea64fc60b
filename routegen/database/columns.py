"""Column types that mean the same on SQLite and PostgreSQL, and the names that constraints get."""

# ruff: noqa: TID253 - only code that works on the database imports this package
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Numeric
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

NAMES = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""A constraint without a name can be found and dropped on no SQLite, and on PostgreSQL by guessing only."""

SQLModel.metadata.naming_convention = NAMES  # before any table is defined: those need this module

BigKey: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""The type of an `id`: 64 bits everywhere, and on SQLite the row id itself, which must be called INTEGER."""


class Money(TypeDecorator[Decimal]):
    """An exact decimal number: NUMERIC on PostgreSQL; on SQLite, which has floats only, an integer of the last place.

    `Money(12, 2)` keeps 19.99 as 1999 there, so it compares, sorts and adds up exactly.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Numeric
    cache_ok: bool | None = True

    def __init__(self, digits: int, places: int) -> None:
        super().__init__(digits, places)
        self.digits: int = digits
        self.places: int = places

    def __repr__(self) -> str:
        return f"Money({self.digits}, {self.places})"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of the column in this database."""
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(BigInteger() if sqlite else Numeric(self.digits, self.places))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value on its way into the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(Decimal(value).scaleb(self.places).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The value on its way out of the database."""
        if value is None or dialect.name != "sqlite":
            return value
        return Decimal(value).scaleb(-self.places)


def python_type(kind: TypeEngine[Any]) -> type[Any]:
    """What a value of a column is in Python; a type that wraps another one is asked for that."""
    return (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
