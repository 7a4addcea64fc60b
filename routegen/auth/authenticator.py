"""Decides who is calling: the session cookie first, then a bearer token, then an API key.

It reads headers only, never the body or the URL, and takes any connection, so it guards WebSockets as well. A request
that comes with the cookie and could change something must come from an own page (`routegen.csrf`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from fastapi import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import Scope

from routegen import csrf
from routegen.auth.credentials import Credential, credentials
from routegen.auth.keys import ApiKeys, is_api_key, split_scopes
from routegen.auth.principal import Principal
from routegen.sessions.store import Session, Sessions
from routegen.sessions.tokens import digest
from routegen.sessions.transactions import reading

if TYPE_CHECKING:
    from sqlalchemy import Table

_CACHE: Final = "routegen.auth"
"""Where the scope keeps the answer for the rest of the request, by authenticator."""


class Authenticator:
    """Who is calling, by the tables of one project.

    Args:
        users: the table of users, with `id`, `email` and `scopes`.
        sessions: the sessions of these users.
        keys: the API keys of these users.
        allowed_origins: hosts whose pages may send the cookie too; by default `ALLOWED_ORIGINS` (`routegen.csrf`).
    """

    def __init__(
        self, users: "Table", sessions: Sessions, keys: ApiKeys, allowed_origins: Iterable[str] | None = None
    ) -> None:
        self.users = users
        self.sessions = sessions
        self.keys = keys
        self._allowed = None if allowed_origins is None else tuple(allowed_origins)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The setting in force."""
        return csrf.allowed_origins() if self._allowed is None else self._allowed

    async def require(self, connection: HTTPConnection) -> Principal:
        """The caller.

        Raises:
            HTTPException: 401 with `WWW-Authenticate`, nobody is signed in; 403, another site sent the cookie.
        """
        principal = await self.find(connection)
        if principal is None:
            raise unauthorized("Not signed in", connection.scope)
        return principal

    async def find(self, connection: HTTPConnection) -> Principal | None:
        """The caller, or None; looked up once a request.

        Raises:
            HTTPException: 403, another site sent the cookie.
        """
        scope = connection.scope
        cache: dict[int, Principal | None] = scope.setdefault(_CACHE, {})
        if id(self) not in cache:
            cache[id(self)] = await self._find(scope)
        return cache[id(self)]

    async def _find(self, scope: Scope) -> Principal | None:
        for credential in credentials(scope):
            principal = await self._principal(credential)
            if principal is not None:
                if principal.is_session:
                    csrf.require_own_page(scope, self.allowed_origins)
                return principal
        return None

    async def _principal(self, credential: Credential) -> Principal | None:
        if credential.method == "session":
            return await self._of_session(credential)
        return await self._of_key(credential) if is_api_key(credential.secret) else None

    async def _of_session(self, credential: Credential) -> Principal | None:
        columns, users = self.sessions.table.c, self.users.c
        row = await self._first(
            self.sessions.table.select()
            .add_columns(users.email.label("user_email"), users.scopes.label("user_scopes"))
            .where(
                columns.digest == digest(credential.secret),
                columns.user_id == users.id,
                self.sessions.alive(),
            )
        )
        if row is None:
            return None
        session = Session(**{name: getattr(row, name) for name in Session.__slots__})
        await self.sessions.touch(session)
        return Principal(row.user_id, row.user_email, split_scopes(row.user_scopes), "session", row.id)

    async def _of_key(self, credential: Credential) -> Principal | None:
        columns, users = self.keys.table.c, self.users.c
        row = await self._first(
            self.keys.table.select()
            .add_columns(users.email.label("user_email"), users.scopes.label("user_scopes"))
            .where(columns.digest == digest(credential.secret), columns.user_id == users.id)
        )
        if row is None:
            return None
        await self.keys.touch(row.id, row.used_at)
        # The user may have lost a scope since the key was made
        scopes = split_scopes(row.scopes) & split_scopes(row.user_scopes)
        return Principal(row.user_id, row.user_email, scopes, credential.method, row.id)

    async def _first(self, query: Any) -> Any:
        async with reading(self.sessions.database) as connection:
            return (await connection.execute(query)).first()


def check_scopes(principal: Principal, scopes: Iterable[str]) -> None:
    """Let a caller pass who has all of these scopes.

    Raises:
        HTTPException: 403 naming the scopes that are missing (RFC 6750 3.1, `insufficient_scope`).
    """
    missing = sorted(set(scopes) - principal.scopes)
    if missing:
        named = " ".join(missing)
        challenge = f'Bearer error="insufficient_scope", scope="{named}"'
        raise HTTPException(403, f"The scope {named} is missing", headers={"WWW-Authenticate": challenge})


def check_session(principal: Principal) -> None:
    """Let a person with a browser pass: a key that leaked must not be able to make others, or to end sessions.

    Raises:
        HTTPException: 403, an API key calls.
    """
    if not principal.is_session:
        raise HTTPException(403, "An API key may not do this, only who is signed in with a session")


def unauthorized(message: str, scope: Scope) -> HTTPException:
    """401 with the `WWW-Authenticate` it must have (RFC 9110 15.5.2), of the scheme that programs can use here."""
    given = any(credential.method == "bearer" for credential in credentials(scope))
    challenge = 'Bearer error="invalid_token"' if given else "Bearer"
    return HTTPException(401, message, headers={"WWW-Authenticate": challenge})
