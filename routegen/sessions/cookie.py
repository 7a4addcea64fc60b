"""The cookie of a session: `__Host-session` with all its locks, and another name where a browser could not keep it.

A browser takes `__Host-` only with `Secure`, `Path=/` and without `Domain` (RFC 6265bis 4.1.3.2), so no subdomain and no
plain http can plant one. Safari takes no `Secure` cookie over http, not even from localhost. **In development only** it
is therefore `dev-session`, without `Secure`. Development is what `routegen serve` says in this process, and it counts
only for a request over http to a loopback name. In production that cookie is neither set nor read, whatever a request
looks like.
"""

import ipaddress
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Scope

from routegen.sessions.tokens import is_token

NAME: Final = "__Host-session"
"""The cookie's name, always but in development over http."""

DEV_NAME: Final = "dev-session"
"""The cookie's name in development over http."""


def cookie_name(scope: Scope) -> str:
    """The name of the cookie that a request carries its session in."""
    return DEV_NAME if _is_dev(scope) else NAME


def read_cookie(scope: Scope) -> str | None:
    """The secret in the session cookie of a request; None when there is none, or more than one.

    It reads the bytes of the header: Python's own parsers take `U+2000__Host-session` for `__Host-session`, a name that
    a browser lets any subdomain set. Two cookies of the name mean that somebody planted one, so neither counts.
    """
    name = cookie_name(scope).encode()
    found = {value for key, value in _pairs(scope) if key == name}
    if len(found) != 1:
        return None
    token = found.pop().decode("latin-1")
    return token if is_token(token) else None


def set_cookie(response: Response, scope: Scope, token: str, max_age: int) -> None:
    """Give a browser its session: `HttpOnly`, `SameSite=Lax`, `Path=/` and `Secure` (ASVS 5.0, 3.3.1 to 3.3.4).

    Args:
        response: the answer; it also becomes `Cache-Control: no-store`.
        scope: of the request that is answered.
        token: the secret.
        max_age: seconds after which the browser forgets it; the server decides for itself.
    """
    _set(response, scope, token, max_age)


def clear_cookie(response: Response, scope: Scope) -> None:
    """Make a browser forget its session. Ending it is the server's part: `Sessions.end`."""
    _set(response, scope, "", 0)


def _set(response: Response, scope: Scope, value: str, max_age: int) -> None:
    name = cookie_name(scope)
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=name == NAME, httponly=True, samesite="lax"
    )
    response.headers["Cache-Control"] = "no-store"


def _pairs(scope: Scope) -> list[tuple[bytes, bytes]]:
    lines = [value for key, value in scope["headers"] if key.lower() == b"cookie"]
    pairs = [pair.partition(b"=") for line in lines for pair in line.split(b";")]
    return [(key.strip(b" \t"), value.strip(b" \t")) for key, _, value in pairs]


def _is_dev(scope: Scope) -> bool:
    # A proxy's request looks like this one (nginx even sends `Host: 127.0.0.1:8000`), so looks alone decide nothing
    app: Any = scope.get("app")
    return (
        getattr(app, "dev", False) is True and scope.get("scheme") in ("http", "ws") and _is_loopback(scope)
    )


def _is_loopback(scope: Scope) -> bool:
    hosts = [value for key, value in scope["headers"] if key.lower() == b"host"]
    if len(hosts) != 1:
        return False
    host = hosts[0].decode("latin-1").lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
