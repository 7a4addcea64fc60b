"""Turns a request into a verified delivery in one line of a handler; everything else is answered right here."""

import logging
import os
from collections.abc import Sequence
from typing import Any, Final, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from routegen.webhooks.handshakes import handshake
from routegen.webhooks.keys import Secrets, usable
from routegen.webhooks.registry import find
from routegen.webhooks.result import Answer, Verified
from routegen.webhooks.scheme import Scheme
from routegen.webhooks.verifier import verify

log = logging.getLogger("routegen.webhooks")

_LIMIT_KEY: Final = "routegen.body_limit"
"""Where the server keeps the limit of this request; a handler may raise it before it reads the body."""

SCHEME_KEY: Final = "routegen.webhook"
"""Where the dev server keeps a list of a request, to be told whose delivery it is."""


class Answered(HTTPException):
    """A handshake that `receive` answered: raised, so that the handler need not know about it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, "handshake")
        self.answer = answer

    def response(self) -> Response:
        """The answer as a response."""
        return _response(self.answer)


async def receive(
    request: Request,
    provider: str | Scheme,
    *,
    secret_env: str | Sequence[str] | None = None,
    secrets: Secrets = None,
    url: str | None = None,
    limit: int | None = None,
    now: float | None = None,
) -> Verified:
    """The delivery in a request, verified; a handler that gets it can believe it.

    Args:
        request: of the handler; its body is read here and can be read again afterwards.
        provider: a name (`stripe`), an alias (`clerk`) or a scheme.
        secret_env: the environment variables with the secret, or with several while they are rotated; by default
            that of the provider's `provider.toml` (`SLACK_SIGNING_SECRET`), and the same with `_OLD` behind it
            while a secret is rotated. Read at each request.
        secrets: the secrets themselves, instead.
        url: the URL as it was registered with the provider, where it is signed; by default the variable that
            `provider.toml` names, else the URL of the request (behind a proxy that is not always the same).
        limit: bytes of the body, by default the provider's.
        now: as in `verify`.

    Raises:
        HTTPException: 413 for too long a body; 400 (or what the provider wants: Discord and Shopify 401) for one
            that does not verify or is no event; 500 when no secret is set, so that nothing is ever let in.
        Answered: the provider shook hands. Answered by itself, also in plain FastAPI.
    """
    scheme = find(provider) if isinstance(provider, str) else provider
    _teach(request)
    request.scope.get(SCHEME_KEY, []).append(scheme)
    if (unsigned := handshake(scheme, None, method=request.method)) is not None:
        raise Answered(unsigned)
    given = _secrets(scheme, secret_env, secrets)
    body = await _body(request, limit or scheme.body_limit)
    url = url or os.environ.get(scheme.url_variable or "-") or _url(request)
    headers = cast("list[tuple[bytes, bytes]]", request.scope["headers"])
    outcome = verify(
        scheme, headers=headers, body=body, secrets=given, now=now, url=url, method=request.method
    )
    if not outcome:
        log.warning("%s: not verified: %s", scheme.name, outcome.reason)
        raise HTTPException(scheme.delivery.rejection, f"Not a verified delivery from {scheme.title}")
    if not isinstance(outcome.payload, (dict, list) if scheme.batch else dict):
        log.warning("%s: verified, but the body is no event", scheme.name)
        raise HTTPException(400, f"Not an event from {scheme.title}")
    if (answer := handshake(scheme, outcome, secrets=given, method=request.method)) is not None:
        log.info("%s: answered the handshake", scheme.name)
        raise Answered(answer)
    return outcome


def received(verified: Verified) -> Response:
    """The answer that makes the provider count a delivery as delivered, in the status and form that it wants."""
    return _response(verified.answer)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)


def _secrets(
    scheme: Scheme, secret_env: str | Sequence[str] | None, secrets: Secrets
) -> Sequence[str | bytes]:
    """The secrets given, else those in the environment, without the line ends that pasting leaves.

    Raises:
        HTTPException: 500, for none is set; the log names the variables.
    """
    names = (secret_env,) if isinstance(secret_env, str) else tuple(secret_env or ())
    if secret_env is None:
        names = tuple(name + end for name in scheme.variables[:1] for end in ("", "_OLD"))
    if secrets is None:
        found: tuple[str | bytes, ...] = tuple(os.environ.get(name, "").strip() for name in names)
    else:
        found = (secrets,) if isinstance(secrets, (str, bytes)) else tuple(secrets)
    if not usable(found):
        wanted = names[:1] if secret_env is None else names
        log.error("%s: nothing can be verified, set %s", scheme.name, " or ".join(wanted) or "a secret")
        raise HTTPException(500, "This webhook is not set up")
    return found


async def _body(request: Request, limit: int) -> bytes:
    """The raw body, if it has at most `limit` bytes; it stays readable for the handler.

    Raises:
        HTTPException: 413, as soon as it is clear.
    """
    allowed: Any = request.scope.get(_LIMIT_KEY)
    if allowed is not None:
        allowed.limit = max(allowed.limit, limit)
    too_long = HTTPException(413, f"The body is larger than {limit} bytes")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > limit):
        raise too_long
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_long
    request._body = bytes(body)  # pyright: ignore[reportPrivateUsage] (what `body()` keeps)
    return request._body  # pyright: ignore[reportPrivateUsage]


def _url(request: Request) -> str:
    """The URL as it was called: the raw path, so that nothing is decoded and encoded again."""
    scope = request.scope
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    host = request.headers.get("host") or request.url.netloc
    return f"{scope.get('scheme', 'http')}://{host}{path}{'?' if query else ''}{query}"


def _teach(request: Request) -> None:
    """Let the application answer `Answered` as it is, instead of in its form for errors."""
    known = cast("tuple[dict[Any, Any], Any] | None", request.scope.get("starlette.exception_handlers"))
    if known is not None:
        known[0].setdefault(Answered, _answer)
    elif "app" in request.scope:  # called past the middleware, which answers all the same
        _exceptions_of(request.app).add_exception_handler(Answered, cast("Any", _answer))


def _exceptions_of(app: Starlette) -> Starlette | ExceptionMiddleware:
    """What answers exceptions: a layer of the application, or the application until it is built."""
    layer: Any = app.middleware_stack
    while layer is not None and not isinstance(layer, ExceptionMiddleware):
        layer = getattr(layer, "app", None)
    return layer or app


async def _answer(request: Request, error: Answered) -> Response:
    return error.response()
