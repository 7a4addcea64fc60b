"""Who can sign in, and with what: users, their sessions and their API keys.

Add to `AuthUser` what your application knows of its users. The tables of sessions and keys belong to
routegen: they hold hashes only, and a row goes with its user. After a change: `routegen db migrate`.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from routegen import database as db
from routegen.auth import ApiKey, Principal, api_key_table
from routegen.sessions import Session, session_table
from sqlmodel import Field as Column
from sqlmodel import SQLModel

Scope = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,100}$")]


class AuthUser(SQLModel, table=True):
    """Someone who can sign in."""

    __tablename__ = "auth_users"  # pyright: ignore[reportAssignmentType]
    __table_args__ = {"sqlite_autoincrement": True}  # the id of a deleted user is never given again

    id: int | None = Column(default=None, primary_key=True, sa_type=db.BigKey)
    email: str = Column(max_length=254, unique=True)  # in lower case
    password_hash: str = Column(max_length=256)
    scopes: str = Column(default="", max_length=1000)  # separated by spaces


auth_users = SQLModel.metadata.tables["auth_users"]
auth_sessions = session_table(SQLModel.metadata, "auth_users.id")
auth_api_keys = api_key_table(SQLModel.metadata, "auth_users.id")


class CallerPublic(BaseModel):
    """What a caller gets to see of itself."""

    email: str
    scopes: list[str]

    @classmethod
    def of(cls, caller: Principal) -> "CallerPublic":
        """The caller, without what is nobody's business."""
        return cls(email=caller.email, scopes=sorted(caller.scopes))


class SessionPublic(BaseModel):
    """What a user gets to see of one of their sessions."""

    id: str
    created_at: datetime
    seen_at: datetime
    user_agent: str
    address: str
    current: bool

    @classmethod
    def of(cls, session: Session, caller: Principal) -> "SessionPublic":
        """The session, and whether it is the one that asks."""
        return cls(
            id=session.id,
            created_at=datetime.fromtimestamp(session.created_at, UTC),
            seen_at=datetime.fromtimestamp(session.seen_at, UTC),
            user_agent=session.user_agent,
            address=session.address,
            current=session.id == caller.credential_id,
        )


class ApiKeyCreate(BaseModel):
    """What a user gives to make an API key."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(default_factory=list, max_length=50)


class ApiKeyPublic(BaseModel):
    """What a user gets to see of an API key: not the secret. `start` is how it begins."""

    id: str
    name: str
    start: str
    scopes: list[str]
    created_at: datetime
    used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyPublic":
        """The key, without its secret."""
        return cls(
            id=key.id,
            name=key.name,
            start=key.start,
            scopes=key.scopes.split(),
            created_at=datetime.fromtimestamp(key.created_at, UTC),
            used_at=None if key.used_at is None else datetime.fromtimestamp(key.used_at, UTC),
        )


class ApiKeyCreated(BaseModel):
    """The answer to who made a key, and the only one that holds its secret."""

    secret: str
    key: ApiKeyPublic
