"""Tells a request of one's own pages from one that another site made a browser send, by what browsers say about it.

A browser adds cookies to requests that other sites start (CSRF), and to their WebSocket handshakes. It also says where a
request comes from, in headers that no page can set: `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (Fetch 3.1). Only
requests that carry a cookie need the check: nobody can make a browser add a bearer token. ASVS 5.0, 3.5.1 to 3.5.3.

    refusal          the decision as a value: None, or the sentence that says why not
    require_own_page the same, raised as a 403
    allows           whether one entry of `allowed_origins` covers a host
    allowed_origins  the setting, read from the environment

**The setting `allowed_origins`** lists hosts whose pages may call as well; by default the variable `ALLOWED_ORIGINS`,
separated by commas. An entry is `host` or `host:port`, `*.host` for exactly one label more, `**.host` for one or more;
the bare host is covered by neither. Anything else (`*`, `**`, `shop*.example`, `host:*`) matches nothing, and is refused
when the setting is read.
"""

import os
import re
from collections.abc import Iterable, Sequence
from typing import Final

from fastapi import HTTPException
from starlette.types import Scope

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods without effects (RFC 9110 9.2.1), which another site may well make a browser send."""

VARIABLE: Final = "ALLOWED_ORIGINS"
"""The variable of the environment that holds `allowed_origins`."""

_OWN: Final = frozenset({"same-origin", "none"})
_ORIGIN: Final = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_HOST: Final = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_ENTRY: Final = re.compile(
    r"(?:\*\*?\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?"
)
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_SHOWN: Final = 100  # characters of a value from outside, in a sentence


def refusal(scope: Scope, allowed_origins: Iterable[str] = (), *, strict: bool = True) -> str | None:
    """Why a request is not one of one's own pages; None when it is. It reads the scope's headers and nothing else.

    It passes with `Sec-Fetch-Site: same-origin` or `none`; without that header, with an `Origin` whose host is the
    `Host`; and with an `Origin` that `allowed_origins` covers. Safe methods pass, but never a WebSocket handshake, a GET
    that opens a way in (RFC 6455 10.2). Headers that come twice count as wrong; `X-Forwarded-Host` is believed of nobody.

    Args:
        scope: an ASGI scope of type `http` or `websocket`.
        allowed_origins: hosts whose pages may call too; see the module's text.
        strict: refuse what says nothing of where it comes from. Without it only a request that says it is foreign is
            refused: for one that carries no cookie yet, such as a login (ASVS 3.5.1, login CSRF).

    Returns:
        One sentence that names the values and the setting, or None. The values are cut and safe to print.
    """
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
        return None
    site, origin, host = (_values(scope, name) for name in (b"sec-fetch-site", b"origin", b"host"))
    if not strict and not site and not origin:
        return None
    if _passes(site, origin, host, scope.get("scheme", "http"), tuple(allowed_origins)):
        return None
    return (
        f"Refused as cross-site: Sec-Fetch-Site is {_shown(site)} and Origin is {_shown(origin)}, the host is"
        f" {_shown(host)}; hosts whose pages may call are listed in allowed_origins ({VARIABLE})"
    )


def require_own_page(scope: Scope, allowed_origins: Iterable[str] = (), *, strict: bool = True) -> None:
    """Let a request of one's own pages pass. Arguments as of `refusal`.

    Raises:
        HTTPException: 403, with the sentence of `refusal`.
    """
    if (sentence := refusal(scope, allowed_origins, strict=strict)) is not None:
        raise HTTPException(403, sentence)


def allowed_origins(text: str | None = None) -> tuple[str, ...]:
    """The entries of a comma-separated list, in lower case.

    Args:
        text: the list; by default the variable `ALLOWED_ORIGINS`, empty when it is not set.

    Raises:
        ValueError: an entry can match nothing, so it does not mean what its writer thinks.
    """
    text = os.environ.get(VARIABLE, "") if text is None else text
    entries = tuple(entry.strip().lower() for entry in text.split(",") if entry.strip())
    for entry in entries:
        if not _ENTRY.fullmatch(entry):
            raise ValueError(
                f"`{entry[:_SHOWN]}` in {VARIABLE} is no `host`, `host:port`, `*.host` or `**.host`"
                " (without `https://`)"
            )
    return entries


def allows(entry: str, host: str) -> bool:
    """Whether one entry of `allowed_origins` covers a host.

    Args:
        entry: see the module's text; one that makes no sense covers nothing.
        host: `host` or `host:port` in lower case, without the default port of its scheme.
    """
    entry = entry.lower()
    if not _ENTRY.fullmatch(entry):
        return False
    if not entry.startswith("*"):
        return entry == host
    wildcard, _, domain = entry.partition(".")
    labels = host.removesuffix(f".{domain}")
    if labels == host or not all(labels.split(".")):
        return False
    return wildcard == "**" or "." not in labels


def _passes(
    site: Sequence[str], origin: Sequence[str], host: Sequence[str], scheme: str, allowed: Sequence[str]
) -> bool:
    if len(site) > 1 or len(origin) > 1:
        return False
    if site and site[0] in _OWN:
        return True
    found = _ORIGIN.fullmatch(origin[0].lower()) if origin else None
    if found is None:
        return False
    own = not site and len(host) == 1 and _is_host(found, host[0].lower(), scheme)
    return own or any(allows(entry, _joined(found[1], found[2], found[3])) for entry in allowed)


def _is_host(origin: re.Match[str], host: str, scheme: str) -> bool:
    """Whether an Origin is that of the Host. Behind a proxy the request may look like http when it was https, so the
    schemes need not be equal; only a page of http has no business with an https server (schemeful same-site)."""
    parts = _HOST.fullmatch(host)
    if parts is None or (scheme in ("https", "wss") and origin[1] == "http"):
        return False
    return _joined(origin[1], parts[1], parts[2]) == _joined(origin[1], origin[2], origin[3])


def _joined(scheme: str, host: str, port: str | None) -> str:
    return host if port is None or port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip(" \t") for key, value in scope["headers"] if key.lower() == name]


def _shown(values: Sequence[str]) -> str:
    """Values from outside as a sentence may hold them: printable ASCII, cut."""
    if not values:
        return "missing"
    text = ", ".join(values)
    safe = "".join(c if " " <= c <= "~" and c != "`" else "?" for c in text[:_SHOWN])
    return f"`{safe}`"
