"""Who is calling: a handler that takes `user: User` answers 401 to everyone who is not signed in.

The session is a cookie that says who and until when, signed with SESSION_SECRET. Set it after you
have checked a password, with `Secure`, `HttpOnly` and `SameSite=Lax`:

    response.set_cookie(
        COOKIE, session_cookie(name), max_age=LIFETIME, secure=True, httponly=True, samesite="lax"
    )

A signed cookie is valid until it expires: signing out removes it from one browser, nothing more.
"""

import base64
import hashlib
import hmac
import os
import time
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.requests import HTTPConnection

COOKIE = "session"
LIFETIME = 7 * 24 * 3600  # seconds
_SHORTEST_SECRET = 32  # characters: less can be guessed, and a placeholder is less


def session_cookie(user: str, *, lifetime: int = LIFETIME) -> str:
    """The value of a session cookie for `user`, valid for `lifetime` seconds from now.

    Raises:
        RuntimeError: SESSION_SECRET is missing or too short to be one.
    """
    secret = _secret()
    if secret is None:
        raise RuntimeError("SESSION_SECRET is missing or shorter than 32 characters")
    name = base64.urlsafe_b64encode(user.encode()).decode()
    claim = f"{name}.{int(time.time()) + lifetime}"
    return f"{claim}.{_signature(claim, secret)}"


async def auth(connection: HTTPConnection) -> str:
    """The user who is signed in. It takes the connection, so that it guards WebSockets as well.

    Raises:
        HTTPException: 401, nobody is.
    """
    user = _user_of(connection.cookies.get(COOKIE, ""))
    if user is None:
        raise HTTPException(401, "Not signed in", headers={"WWW-Authenticate": "Session"})
    return user


User = Annotated[str, Depends(auth)]


def _user_of(cookie: str) -> str | None:
    """The user that a cookie names, if it was signed here and has not expired."""
    secret = _secret()
    claim, _, signature = cookie.rpartition(".")
    if secret is None or not hmac.compare_digest(
        signature.encode(), _signature(claim, secret).encode()
    ):
        return None
    name, _, expires = claim.partition(".")
    try:
        return base64.urlsafe_b64decode(name).decode() if int(expires) > time.time() else None
    except ValueError:
        return None


def _signature(claim: str, secret: bytes) -> str:
    return hmac.new(secret, claim.encode(), hashlib.sha256).hexdigest()


def _secret() -> bytes | None:
    """The secret, or None when it is missing or too short: then nobody is signed in."""
    secret = os.environ.get("SESSION_SECRET", "").strip()
    return secret.encode() if len(secret) >= _SHORTEST_SECRET else None
