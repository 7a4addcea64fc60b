"""Asks an ASGI application without a server in between: raw paths, chunked bodies and clients that leave."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from routegen.server.app import RouteApp, create_app

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """One response, as it was sent."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    complete: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write a tree of sources; a name without `.py` at its end is a folder below `app` with a `route.py`."""
    for name, source in files.items():
        file = root / (name if name.endswith((".py", ".toml", ".env", ".txt")) else f"app/{name}/route.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(source), encoding="utf-8")
    (root / "app").mkdir(parents=True, exist_ok=True)
    return root


def build(root: Path, files: Mapping[str, str], **options: Any) -> RouteApp:
    """The application of a tree that is written first."""
    app = create_app(write(root, files), **options)
    assert isinstance(app, RouteApp)
    return app


def ask(
    app: Callable[..., Any],
    method: str,
    target: str | bytes,
    *,
    headers: Headers = (),
    body: bytes | Iterable[bytes] = b"",
    raises: bool = False,
    **scope: Any,
) -> Answer:
    """One request; `target` is what stands in the request line. An iterable body is sent in parts, without a length.

    An error that reaches the server is swallowed when the answer has begun, or unless `raises`, as servers do.
    """
    asking = answer_to(app, method, target, headers=headers, body=body, raises=raises, **scope)
    return asyncio.run(asyncio.wait_for(asking, 20))


async def answer_to(
    app: Callable[..., Any],
    method: str,
    target: str | bytes,
    *,
    headers: Headers = (),
    body: bytes | Iterable[bytes] = b"",
    raises: bool = False,
    leave_after: float | None = None,
    **scope: Any,
) -> Answer:
    """As `ask`, within a running loop. `leave_after` is when the client hangs up, in seconds."""
    parts = [body] if isinstance(body, bytes) else list(body)
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    names = {name.lower() for name, _ in pairs}
    if body and isinstance(body, bytes) and "content-length" not in names:
        pairs.append(("content-length", str(len(body))))
    if not isinstance(body, bytes):
        pairs.append(("transfer-encoding", "chunked"))
    messages = [
        {"type": "http.request", "body": part, "more_body": at < len(parts)}
        for at, part in enumerate(parts, 1)
    ]
    left = asyncio.Event()
    begun = time.monotonic()
    answer = Answer()

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        if leave_after is not None:
            if (rest := begun + leave_after - time.monotonic()) > 0:
                await asyncio.sleep(rest)
        else:
            await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert not answer.status, "a second answer was started"
            answer.status = message["status"]
            answer.headers = [
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in message.get("headers", [])
            ]
        else:
            assert not answer.complete, "the answer was over"
            answer.chunks.append(message.get("body", b""))
            answer.complete = not message.get("more_body", False)
            if answer.complete:
                left.set()

    try:
        await app(make_scope(method, target, pairs, **scope), receive, send)
    except Exception:
        if raises:
            raise
    return answer


def make_scope(
    method: str, target: str | bytes, headers: Sequence[tuple[str, str]], **more: Any
) -> dict[str, Any]:
    """What uvicorn makes of a request line."""
    from urllib.parse import unquote

    raw = target if isinstance(target, bytes) else target.encode()
    raw_path, _, query = raw.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
        **more,
    }
