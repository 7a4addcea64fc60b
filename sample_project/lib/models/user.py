"""User: the table, and what requests and answers may hold of it.

A request never becomes a row directly: `UserCreate` and its like say what a caller may set,
`UserPublic` what a caller may see. A new column appears in neither by itself.
After a change of the table: `routegen db migrate`, then `routegen db upgrade`.
"""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict
from routegen import database as db
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A row."""

    __tablename__ = "users"  # pyright: ignore[reportAssignmentType]
    __table_args__ = {"sqlite_autoincrement": True}  # an id is never given twice

    id: int | None = Field(default=None, primary_key=True, sa_type=db.BigKey)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254, unique=True)
    age: int | None = Field(default=None, sa_type=sa.BigInteger)


class UserCreate(BaseModel):
    """What a caller gives to create one."""

    name: Annotated[str, db.Text(200)]
    email: db.Email
    age: db.Int | None = None


class UserReplace(UserCreate):
    """What a caller gives to replace one: what is left out becomes what it is in a new one."""


class UserUpdate(BaseModel):
    """What a caller may change: what is left out stays."""

    name: Annotated[str, db.Text(200)] = db.left_out()
    email: db.Email = db.left_out()
    age: db.Int | None = None


class UserPublic(BaseModel):
    """What a caller gets to see."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    email: str
    age: int | None


class UserQuery(db.ListQuery):
    """What a caller may filter and sort a list by."""

    sort: Literal[
        "id",
        "-id",
        "name",
        "-name",
        "email",
        "-email",
        "age",
        "-age",
    ] = "id"
    name: Annotated[str, db.Text(200)] | None = None
    email: db.Email | None = None
    age: db.QueryInt | None = None
