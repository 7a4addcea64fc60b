"""The users that can sign in: found by e-mail address, created, given a new password hash."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import HTTPException
from sqlalchemy import Table

from routegen.auth.keys import join_scopes
from routegen.errors import RoutegenError
from routegen.passwords import hash_password, weakness
from routegen.sessions.transactions import Opens, change, reading

_EMAIL: Final = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,189}")
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")  # RFC 6749 3.3


@dataclass(frozen=True, slots=True)
class StoredUser:
    """What signing in needs of a user's row."""

    id: int
    email: str
    password_hash: str
    scopes: str


class Users:
    """The users of one table, which has at least `id`, `email` (unique, lower case), `password_hash` and `scopes`.

    Args:
        database: `lib.db.database`; each method is one short transaction of its own.
        table: `AuthUser.__table__`.
    """

    def __init__(self, database: Opens, table: Table) -> None:
        self.database = database
        self.table = table

    async def find(self, email: str) -> StoredUser | None:
        """The user of an e-mail address in the form of `normal_email`."""
        columns = self.table.c
        query = self.table.select().where(columns.email == email)
        async with reading(self.database) as connection:
            row: Any = (await connection.execute(query)).first()
        if row is None:
            return None
        return StoredUser(row.id, row.email, row.password_hash, row.scopes)

    async def create(self, email: str, password: str, scopes: Iterable[str] = ()) -> str:
        """Create a user who can sign in. Returns the e-mail address as it is stored.

        Raises:
            RoutegenError: the address, the password or a scope will not do, or there is such a user. The password is
                in no message.
        """
        email = normal_email(email)
        scopes = _checked(email, password, scopes)
        row = {"email": email, "password_hash": await hash_password(password), "scopes": join_scopes(scopes)}
        try:
            await change(self.database, self.table.insert().values(row))
        except HTTPException as error:
            if error.status_code != 409:
                raise
            raise RoutegenError(
                f"there is a user `{email}` already", hint="choose another e-mail address"
            ) from error
        return email

    async def set_hash(self, id: int, password_hash: str) -> None:
        """Store another hash of a user's password."""
        await change(
            self.database,
            self.table.update().where(self.table.c.id == id).values(password_hash=password_hash),
        )


def normal_email(text: str) -> str:
    """An e-mail address as it is stored, looked up and counted: without space around it, in lower case."""
    return text.strip().lower()


def _checked(email: str, password: str, scopes: Iterable[str]) -> list[str]:
    scopes = list(scopes)
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise RoutegenError("that is no e-mail address", hint="for example `ada@example.com`")
    if reason := weakness(password):
        raise RoutegenError(reason, hint="choose a longer one, a few words for example")
    if bad := next((scope for scope in scopes if not _SCOPE.fullmatch(scope)), None):
        raise RoutegenError(f"`{ascii(bad)[1:-1]}` is no scope", hint="for example `admin` or `orders:read`")
    return scopes
