"""Keeps what reaches the handlers of webhooks in dev, whole, once it is answered; the answer never waits for it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routegen.deliveries import Kept, keep
from routegen.errors import RoutegenError
from routegen.routes import Route
from routegen.webhooks import Scheme, find
from routegen.webhooks.receiver import SCHEME_KEY
from routegen.webhooks.verifier import claimed

MOST_BODY = 26 * 1024 * 1024
"""Bytes of a body that is kept; none of the providers sends more."""

MOST_ANSWER = 64 * 1024
_MOST_WAITING = 50


class Recorder:
    """Writes deliveries down in the project at `root`, and tells the numbers by which they can be sent again."""

    def __init__(self, root: Path, tell: Callable[[str, str], None]) -> None:
        self._root = root
        self._tell = tell
        self._waiting = 0
        self._hint = "`routegen webhook replay {number}` sends it again, signed anew"

    def around(self, route: Route, endpoint: ASGIApp) -> ASGIApp:
        """The endpoint; what it is sent and answers is kept. What the lab sends is not: it keeps that itself."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if SCHEME_KEY in scope or _header(scope, b"user-agent").startswith(b"routegen/"):
                await endpoint(scope, receive, send)
                return
            exchange = _Exchange(scope, receive, send)
            try:
                await endpoint(scope, exchange.receive, exchange.send)
            except Exception as error:
                exchange.status = exchange.status or getattr(error, "status_code", 500)
                raise
            finally:
                if exchange.complete and self._waiting < _MOST_WAITING:
                    self._waiting += 1
                    asyncio.get_running_loop().run_in_executor(None, self._keep, route, exchange)

        return recorded

    def _keep(self, route: Route, exchange: "_Exchange") -> None:
        """Write one down; in a thread, so nothing is raised."""
        try:
            kept = exchange.kept(self._root, route)
            number = keep(self._root, kept)
        except Exception as error:
            self._tell(f"a delivery could not be kept: {type(error).__name__}: {error}", "")
            return
        finally:
            self._waiting -= 1
        hint, self._hint = self._hint, ""
        name = " ".join(part for part in (kept.provider, kept.event) if part)
        self._tell(f"kept as #{number}: {name or route.id}", hint.format(number=number))


class _Exchange:
    """One request on its way, and the answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.complete = False
        self.status = 0
        self._scope, self._receive, self._send = scope, receive, send
        self._schemes: list[Scheme] = scope.setdefault(SCHEME_KEY, [])
        self._body = bytearray()
        self._answer = bytearray()
        self._at = time.time()
        self._begun = time.perf_counter()
        self._seconds = 0.0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and len(self._body) <= MOST_BODY:
            self._body += message.get("body", b"")
            self.complete = not message.get("more_body") and len(self._body) <= MOST_BODY
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._seconds = time.perf_counter() - self._begun
        elif message["type"] == "http.response.body" and len(self._answer) < MOST_ANSWER:
            self._answer += message.get("body", b"")[:MOST_ANSWER]
        await self._send(message)

    def kept(self, root: Path, route: Route) -> Kept:
        """The delivery as it is written down."""
        scope, body = self._scope, bytes(self._body)
        scheme = self._schemes[0] if self._schemes else _guessed(route, root)
        event, key = claimed(scheme, scope["headers"], body) if scheme is not None else ("", "")
        return Kept(
            provider=scheme.name if scheme is not None else "",
            event=event,
            key=key,
            method=scope["method"],
            url=_target(scope),
            headers=_headers(scope),
            body=body,
            at=self._at,
            status=self.status or 500,
            seconds=self._seconds or time.perf_counter() - self._begun,
            answer=bytes(self._answer),
            received=True,
        )


def _guessed(route: Route, root: Path) -> Scheme | None:
    """The provider that a folder is called after, for handlers that verify in ways of their own."""
    for segment in reversed(route.segments):
        try:
            return find(segment.name, root)
        except RoutegenError:
            continue
    return None


def _target(scope: Scope) -> str:
    """The path as it was called, with its query: the host of a tunnel is nothing to send to again."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{path}?{query}" if query else path


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _header(scope: Scope, wanted: bytes) -> bytes:
    found: Any = next((value for name, value in scope["headers"] if name == wanted), b"")
    return found
