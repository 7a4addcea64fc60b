"""Sessions of browsers: an opaque 256-bit secret in `__Host-session`, its SHA-256 in the database.

    Sessions         begins, finds, lists and ends them
    Session          one, without its secret
    Lifetime         how long one lives, unused and at all
    session_table    the table they are kept in
    read_cookie, set_cookie, clear_cookie, cookie_name
                     the cookie
    new_token, is_token, digest
                     secrets of the same kind for other purposes

Signed cookies (Starlette's `SessionMiddleware`) cannot end a session, may be read by whoever has them, and lose changes
inside nested values. Names are resolved on first use (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.sessions.cookie import clear_cookie, cookie_name, read_cookie, set_cookie
    from routegen.sessions.store import Lifetime, Session, Sessions, session_table
    from routegen.sessions.tokens import digest, is_token, new_token

__all__ = [
    "Lifetime",
    "Session",
    "Sessions",
    "clear_cookie",
    "cookie_name",
    "digest",
    "is_token",
    "new_token",
    "read_cookie",
    "session_table",
    "set_cookie",
]

_HOME = {
    **dict.fromkeys(("clear_cookie", "cookie_name", "read_cookie", "set_cookie"), "cookie"),
    **dict.fromkeys(("Lifetime", "Session", "Sessions", "session_table"), "store"),
    **dict.fromkeys(("digest", "is_token", "new_token"), "tokens"),
}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
