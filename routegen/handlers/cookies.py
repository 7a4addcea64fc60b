"""Facts about cookies that a handler sets."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Call, Constant, Expression, Unpacked, options_of
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind

_SESSIONS = re.compile(r"session|token|auth|jwt|^sid$|refresh|user_?id", re.IGNORECASE)
_READABLE = re.compile(r"csrf|xsrf|theme|lang|state|nonce|pkce|verifier", re.IGNORECASE)


def weak_cookies(handler: Handler) -> Iterator[tuple[Site, str, str]]:
    """The session cookies that scripts can read, each with its name and what it lacks."""
    for site in handler.sites:
        call = site.call
        if site.scope.lang != "python":
            yield from _weak_in_script(site)
            continue
        if call.name != "set_cookie" or call.unpacks:
            continue
        name = _name(call)
        if name is None or not _SESSIONS.search(name) or _READABLE.search(name):
            continue
        if _takes_away(call.argument(1, "value"), call.keywords.get("max_age")):
            continue
        if _lacks(call, "httponly") and len(call.arguments) < 8:
            yield site, name, "httponly=True"
        elif _says(call, "samesite", "none") and _lacks(call, "secure"):
            yield site, name, "secure=True"


def _weak_in_script(site: Site) -> Iterator[tuple[Site, str, str]]:
    """`cookies().set(name, value, options)`, `cookies().set({ name, value, … })`."""
    call = site.call
    if Kind.COOKIE_WRITE not in site.kinds:
        return
    given = options_of(call.arguments[0]) if len(call.arguments) == 1 else call.keywords
    first = given.get("name") if len(call.arguments) == 1 else call.argument(0)
    name = first.value if isinstance(first, Constant) else None
    is_told = len(call.arguments) != 3 or bool(given)
    if not isinstance(name, str) or not is_told or not _SESSIONS.search(name) or _READABLE.search(name):
        return
    if any(isinstance(e, Unpacked) for a in call.arguments for e in a.children()):
        return
    value = given.get("value") if len(call.arguments) == 1 else call.argument(1)
    if _takes_away(value, given.get("maxAge")):
        return
    http_only = given.get("httpOnly")
    if http_only is None or (isinstance(http_only, Constant) and http_only.value is False):
        yield site, name, "httpOnly: true"


def _takes_away(value: Expression | None, age: Expression | None) -> bool:
    """`cookies.set("session", "", { maxAge: 0 })`: nothing is left that a script could read."""
    return any(isinstance(each, Constant) and each.value in ("", 0) for each in (value, age))


def _name(call: Call) -> str | None:
    key = call.argument(0, "key")
    return key.value if isinstance(key, Constant) and isinstance(key.value, str) else None


def _lacks(call: Call, option: str) -> bool:
    given = call.keywords.get(option)
    return given is None or (isinstance(given, Constant) and given.value is False)


def _says(call: Call, option: str, value: str) -> bool:
    given = call.keywords.get(option)
    return isinstance(given, Constant) and str(given.value).lower() == value
