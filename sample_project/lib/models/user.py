"""User: the table, and what requests and answers may hold of it.

A request never becomes a row directly: `UserCreate` and `UserUpdate` say what a caller
may set, `UserPublic` what a caller may see. A new column appears in neither by itself.
"""

from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A row."""

    __tablename__ = "users"  # pyright: ignore[reportAssignmentType]

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)


class UserCreate(SQLModel):
    """What a caller gives to create or replace one."""

    name: str = Field(min_length=1, max_length=200)


class UserUpdate(SQLModel):
    """What a caller may change: what is left out stays, null is refused."""

    name: str = Field(default_factory=str, min_length=1, max_length=200)


class UserPublic(SQLModel):
    """What a caller gets to see."""

    id: int
    name: str
