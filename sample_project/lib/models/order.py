"""Order and Subscriber: what guests leave in the shop. No API hands them out."""

from decimal import Decimal

from routegen import database as db
from sqlmodel import Field, SQLModel


class Order(SQLModel, table=True):
    """A guest's order of one product, at the price it had."""

    __tablename__ = "orders"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    product_id: int = Field(sa_type=db.BigKey)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)
    amount: int
    price: Decimal = Field(sa_type=db.Money(12, 2))


class Subscriber(SQLModel, table=True):
    """Who wants the news by e-mail."""

    __tablename__ = "subscribers"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    email: str = Field(max_length=254, unique=True)
