"""Facts about cookies that a handler sets."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Call, Constant
from routegen.handlers.handler import Handler, Site

_SESSIONS = re.compile(r"session|token|auth|jwt|^sid$|refresh|user_?id", re.IGNORECASE)
_READABLE = re.compile(r"csrf|xsrf|theme|lang|state|nonce|pkce|verifier", re.IGNORECASE)


def weak_cookies(handler: Handler) -> Iterator[tuple[Site, str, str]]:
    """The session cookies that scripts can read, each with its name and what it lacks."""
    for site in handler.sites:
        call = site.call
        if call.name != "set_cookie" or call.unpacks:
            continue
        name = _name(call)
        if name is None or not _SESSIONS.search(name) or _READABLE.search(name):
            continue
        if _lacks(call, "httponly") and len(call.arguments) < 8:
            yield site, name, "httponly=True"
        elif _says(call, "samesite", "none") and _lacks(call, "secure"):
            yield site, name, "secure=True"


def _name(call: Call) -> str | None:
    key = call.argument(0, "key")
    return key.value if isinstance(key, Constant) and isinstance(key.value, str) else None


def _lacks(call: Call, option: str) -> bool:
    given = call.keywords.get(option)
    return given is None or (isinstance(given, Constant) and given.value is False)


def _says(call: Call, option: str, value: str) -> bool:
    given = call.keywords.get(option)
    return isinstance(given, Constant) and str(given.value).lower() == value
