"""Who is calling: a handler that takes `user: User` answers 401 to everyone who is not signed in.

Callers show a session (the cookie that `POST /api/auth/login` gives to a browser), or an API key as
`Authorization: Bearer rg_live_...` or `X-API-Key`, in this order. All of it is read from headers, and
looked up once a request.

    user: User                                            anyone who is signed in
    person: Person                                        not with an API key
    admin: Annotated[Principal, Depends(require("admin"))]    who has the scope; 403 otherwise

The first user: `routegen user create ada@example.com`. For a whole folder, `dependencies.py` in it:
`dependencies = [Depends(auth)]`. In tests: `app.dependency_overrides[auth] = lambda: ...`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
from routegen.auth import (
    ApiKeys,
    Authenticator,
    Login,
    Principal,
    Users,
    check_scopes,
    check_session,
    schemes,
)
from routegen.ratelimit import RateLimit
from routegen.sessions import Lifetime, Sessions

from lib.db import database
from lib.models.auth import auth_api_keys, auth_sessions, auth_users

users = Users(database, auth_users)
keys = ApiKeys(database, auth_api_keys)
sessions = Sessions(
    database,
    auth_sessions,
    Lifetime(idle=24 * 3600, absolute=30 * 24 * 3600),  # seconds without use, and at all
)
authenticator = Authenticator(auth_users, sessions, keys)
login = Login(authenticator, users, RateLimit("5/minute", "30/hour"))  # per account and address


async def auth(
    connection: HTTPConnection, documented: Annotated[None, Depends(schemes)] = None
) -> Principal:
    """The caller. It takes the connection, so that it guards WebSockets as well.

    Raises:
        HTTPException: 401, nobody is signed in; 403, another site made a browser send this.
    """
    return await authenticator.require(connection)


User = Annotated[Principal, Depends(auth)]


async def person(user: User) -> Principal:
    """The caller, if a person with a session calls: a leaked key must not be able to make others.

    Raises:
        HTTPException: 401 as `auth` does; 403, an API key calls.
    """
    check_session(user)
    return user


Person = Annotated[Principal, Depends(person)]


def require(*scopes: str) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency that answers 403 to callers who lack one of `scopes`, and 401 as `auth` does."""

    async def check(user: User) -> Principal:
        check_scopes(user, scopes)
        return user

    return check
