"""Lets a page that is rendered in the answer of an action see the cookies that the action has set."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.types import Scope

Header = tuple[bytes, bytes]


def with_cookies(scope: Scope, set_cookies: Iterable[Header]) -> Scope:
    """The scope of the request as the browser would send it next: cookies set, changed and deleted."""
    changes = [_read(value.decode("latin-1")) for _, value in set_cookies]
    if not changes:
        return scope
    kept: list[Header] = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
    pairs = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
    parts = [pair.strip().partition("=") for pair in pairs.split(";") if "=" in pair]
    cookies = {name: value for name, _, value in parts}
    for name, value, is_gone in changes:
        cookies.pop(name, None)
        if not is_gone:
            cookies[name] = value
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {**scope, "headers": [*kept, (b"cookie", header.encode("latin-1"))] if header else kept}


def _read(set_cookie: str) -> tuple[str, str, bool]:
    """Name, value, and whether the header deletes the cookie (RFC 6265, 5.2: Max-Age wins over Expires)."""
    pair, *attributes = set_cookie.split(";")
    name, _, value = pair.strip().partition("=")
    found = {key.strip().lower(): text.strip() for key, _, text in (a.partition("=") for a in attributes)}
    if "max-age" in found:
        age = found["max-age"]
        return name, value, age.startswith("-") or age.strip("0") == ""
    return name, value, "expires" in found and _is_past(found["expires"])


def _is_past(date: str) -> bool:
    try:
        expires = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return False
    return (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) <= datetime.now(UTC)
