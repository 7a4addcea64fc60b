"""Product: the table, and what requests and answers may hold of it.

A request never becomes a row directly: `ProductCreate` and its like say what a caller may set,
`ProductPublic` what a caller may see. A new column appears in neither by itself.
After a change of the table: `routegen db migrate`, then `routegen db upgrade`.
"""

from decimal import Decimal
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from routegen import database as db
from sqlmodel import Field, SQLModel


class Product(SQLModel, table=True):
    """A row."""

    __tablename__ = "products"  # pyright: ignore[reportAssignmentType]
    __table_args__ = {"sqlite_autoincrement": True}  # an id is never given twice

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    name: str = Field(max_length=200)
    description: str = Field(sa_type=sa.Text)
    price: Decimal = Field(sa_type=db.Money(12, 2))
    stock: int = Field(sa_type=sa.BigInteger)


class ProductCreate(BaseModel):
    """What a caller gives to create one."""

    name: Annotated[str, db.Text(200)]
    description: Annotated[str, db.Text(50_000)]
    price: Annotated[Decimal, db.Digits(12, 2)]
    stock: db.Int


class ProductReplace(ProductCreate):
    """What a caller gives to replace one: what is left out becomes what it is in a new one."""


class ProductUpdate(BaseModel):
    """What a caller may change: what is left out stays."""

    name: Annotated[str, db.Text(200)] = db.left_out()
    description: Annotated[str, db.Text(50_000)] = db.left_out()
    price: Annotated[Decimal, db.Digits(12, 2)] = db.left_out()
    stock: db.Int = db.left_out()


class ProductPublic(BaseModel):
    """What a caller gets to see."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    description: str
    price: Annotated[Decimal, db.Digits(12, 2)]
    stock: int


class ProductQuery(db.ListQuery):
    """What a caller may filter and sort a list by."""

    sort: Literal[
        "id",
        "-id",
        "name",
        "-name",
        "price",
        "-price",
        "stock",
        "-stock",
    ] = "id"
    name: Annotated[str, db.Text(200)] | None = None
    price: Annotated[Decimal, db.Digits(12, 2)] | None = None
    stock: db.QueryInt | None = None
