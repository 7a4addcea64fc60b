"""Facts about what makes a handler an address that programs know: a protocol, a file, a contract, HTTP on purpose."""

import re
from collections.abc import Iterable
from pathlib import Path

from routegen.handlers.callers import Caller
from routegen.handlers.expression import Collection, Constant, options_of
from routegen.handlers.facts import NO, Fact, yes
from routegen.handlers.flow import trace
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import keys, texts
from routegen.handlers.webhook import is_body_value
from routegen.routes.segment import Kind as SegmentKind

_ANYWHERE = re.compile(r"^(callbacks?|\.well-known|saml2?|oidc|crons?)$", re.IGNORECASE)
_LAST = re.compile(
    r"^(oauth2?|acs|[\w-]+-token|token(-[\w-]+)?|health(z|-?check)?|metrics|mcp|graphql|t?rpc)$",
    re.IGNORECASE,
)
_MEDIA = re.compile(
    r"^(text/(csv|calendar|event-stream|xml)|application/(pdf|zip|gzip|octet-stream|x-ndjson|xml|rss\+xml|atom\+xml)"
    r"|audio/[\w.+-]+|video/[\w.+-]+)\b|^content-disposition$",
    re.IGNORECASE,
)
_SPOKEN = frozenset({"etag", "if-match", "if-none-match", "idempotency-key"})
"""Headers that tell of a program. `Retry-After` does not: who limits the tries of a log-in says it to his own pages."""
_TOKEN = re.compile(r"^((access|id|bearer)_?)?token$|^jwt$", re.IGNORECASE)
_DECLARED = ("response_model", "operation_id", "openapi_extra")
_PROGRAMS = re.compile(
    r"(^|/)(mobile|native|expo|ios|android|electron|desktop|cli|sdks?|browser-extension|extension)/",
    re.IGNORECASE,
)


def keeps_contract(handler: Handler) -> Fact:
    """Whether programs know the address of a handler, by its route, its declaration or what it answers with."""
    fixed = [s.name for s in handler.segments or () if s.kind is SegmentKind.STATIC]
    for name in fixed:
        if _ANYWHERE.match(name) or (name == fixed[-1] and _LAST.match(name)):
            return yes(f"its route has the segment `{name}`")
    for option in _DECLARED:
        value = handler.options.get(option)
        if value is not None and not (isinstance(value, Constant) and value.value is None):
            return yes(f"declares its contract: `{option}`")
    if (name := _token(handler)) is not None:
        return yes(f"hands out a token, which a program keeps: `{name}`")
    for text in (*texts(handler), *keys(handler)):
        if text.lower() in _SPOKEN:
            return yes(f"speaks HTTP on purpose: `{text}`")
        if _MEDIA.match(text):
            return yes(f"answers with a file: `{text}`")
    return NO


def _token(handler: Handler) -> str | None:
    """The name under which an answer hands out a token: `{"access_token": …}`."""
    for statement in handler.returns:
        for part in statement.value.walk() if statement.value is not None else ():
            if isinstance(part, Collection) and part.is_mapping:
                name = next((key for key in options_of(part) if _TOKEN.match(key)), None)
                if name is not None:
                    return name
    return None


def is_called_by_programs(callers: Iterable[Caller], root: Path) -> bool:
    """Whether anything but pages calls it: a mobile app, a command line, a client library, all in the same repository."""
    return any(
        _PROGRAMS.search(caller.path.as_posix().removeprefix(f"{root.as_posix()}/")) for caller in callers
    )


def forwards(handler: Handler) -> bool:
    """Whether it hands the body on to another server: `fetch(upstream, { body: await request.text() })`."""
    for site in handler.calls(Kind.EXTERNAL):
        given = [*site.call.arguments[1:], *site.call.keywords.values()]
        if any(trace(part, site.scope, is_body_value) for value in given for part in value.walk()):
            return True
    return False
