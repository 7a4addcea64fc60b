"""Calls an ASGI application with a body cut into given chunks, or cut off, without a server in between."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

BOUNDARY = b"x" * 24


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    error: BaseException | None = None


def form(*parts: tuple[bytes, bytes], closing: bool = True) -> bytes:
    """A multipart body of (Content-Disposition, content) pairs."""
    lines = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (BOUNDARY, head, content)
        for head, content in parts
    )
    return lines + (b"--%b--\r\n" % BOUNDARY if closing else b"")


def file(name: bytes, content: bytes, field: bytes = b"file") -> tuple[bytes, bytes]:
    """One part that is a file, its name as browsers quote it."""
    quoted = name.replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
    return b'name="%b"; filename="%b"' % (field, quoted), content


def call(
    app: ASGIApp,
    method: str,
    path: str,
    body: Iterable[bytes] = (),
    *,
    content_type: bytes = b"multipart/form-data; boundary=" + BOUNDARY,
    headers: dict[bytes, bytes] | None = None,
    leaves: bool = False,
    length: int | None = -1,
    query: bytes = b"",
) -> Answer:
    """One request. `leaves` disconnects after the chunks; `length` is the Content-Length: -1 the true one, None none."""
    chunks = list(body)
    size = sum(map(len, chunks)) if length == -1 else length
    sent = [(b"content-type", content_type), *(headers or {}).items()]
    if size is not None:
        sent.append((b"content-length", str(size).encode()))
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": sent,
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "root_path": "",
    }
    answer = Answer()
    left = iter(chunks)
    ended: list[bool] = []

    async def receive() -> Message:
        await asyncio.sleep(0)
        for chunk in left:
            return {"type": "http.request", "body": chunk, "more_body": True}
        if leaves:
            return {"type": "http.disconnect"}
        if ended:
            await asyncio.Event().wait()  # the client stays
        ended.append(True)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    async def run() -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            answer.error = error

    asyncio.run(run())
    return answer


def pieces(body: bytes, size: int) -> list[bytes]:
    """A body in chunks."""
    return [body[start : start + size] for start in range(0, len(body), size)]
