"""A handler for every provider that does what `routegen.webhooks` says, and a server that records and misbehaves."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from routegen import webhooks
from routegen.lab.send import Line
from routegen.webhooks.pairs import new_keys


@dataclass
class Receiver:
    """A server on this machine that verifies a provider's deliveries, as badly as it is told to."""

    scheme: webhooks.Scheme
    url: str = ""
    verifying: str = ""
    verifies: bool = True
    status: int | None = None
    delay: float = 0.0
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.requests.append((method, path, headers, body))
        time.sleep(self.delay)
        if self.status is not None:
            return self.status, b"{}"
        if (unsigned := webhooks.handshake(self.scheme, None, method=method)) is not None:
            return unsigned.status, unsigned.body
        url = self.url.partition("/x")[0] + path
        found = webhooks.verify(
            self.scheme, headers=headers, body=body, secrets=self.verifying, url=url, method=method
        )
        if not found:
            return (self.scheme.delivery.rejection if self.verifies else 200), b'{"error":"no"}'
        self.ids.append(found.id)
        shake = webhooks.handshake(self.scheme, found, secrets=self.verifying)
        wanted = shake or webhooks.accepted(self.scheme)
        return wanted.status, wanted.body


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the receiver of its server."""

    protocol_version = "HTTP/1.1"

    def _all(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        receiver: Any = self.server
        status, text = receiver.receiver.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_GET = do_POST = do_HEAD = _all

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """One receiver's server."""

    daemon_threads = True
    request_queue_size = 128
    receiver: Receiver


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Starts a receiver of a provider."""
    servers: list[Server] = []

    def start(provider: str, verifying: str) -> Receiver:
        server = Server(("127.0.0.1", 0), Handler)
        servers.append(server)
        host, port = server.server_address[:2]
        server.receiver = Receiver(webhooks.find(provider), f"http://{host!s}:{port}/x", verifying)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server.receiver

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def desk(tmp_path: Path, receive: Callable[..., Receiver]) -> Callable[[str], tuple[Line, Receiver]]:
    """A sender and a receiver of a provider that share their keys."""

    def lay(provider: str) -> tuple[Line, Receiver]:
        scheme = webhooks.find(provider)
        keys = new_keys(scheme)
        receiver = receive(provider, keys.verifying)
        return Line(tmp_path, scheme, keys.signing, receiver.url, keys.verifying), receiver

    return lay


SOURCE = """\
EXPOSE = "webhook"


async def POST() -> None:
    "stripe"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a handler for Stripe and its secret, which is the current folder."""
    route = tmp_path / "app/api/webhooks/stripe/route.py"
    route.parent.mkdir(parents=True)
    route.write_text(SOURCE)
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    (tmp_path / ".env").write_text("STRIPE_WEBHOOK_SECRET=whsec_of_the_tests\n")
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
