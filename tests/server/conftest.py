"""Fixtures of the server's tests: an application made of a few sources, and a real server."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from routegen.server.app import RouteApp
from tests.server.asgi import build, write

Site = Callable[..., RouteApp]
Serve = Callable[..., "Server"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Builds the application of a dict `{folder below app: source of its route.py}`."""

    def make(files: Mapping[str, str], **options: Any) -> RouteApp:
        return build(tmp_path / "project", files, **options)

    return make


@dataclass
class Server:
    """A uvicorn process."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def connect(self, timeout: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def exchange(self, request: bytes, timeout: float = 10) -> bytes:
        """Send these bytes and read until the server closes or is silent for a moment."""
        with self.connect(timeout) as sock:
            sock.sendall(request)
            return read(sock)

    def files(self) -> int:
        """How many file descriptors the process holds."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())


def read(sock: socket.socket, silence: float = 0.3) -> bytes:
    """What comes until the end or until nothing comes for `silence` seconds."""
    sock.settimeout(silence)
    received = b""
    try:
        while chunk := sock.recv(65536):
            received += chunk
    except (TimeoutError, ConnectionError):
        pass
    return received


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `main:app` of a tree on a free port; the process is stopped at the end."""
    started: list[Server] = []

    def start(files: Mapping[str, str], launcher: str = LAUNCHER) -> Server:
        root = write(
            tmp_path / "served", {"main.py": "from routegen import create_app\napp = create_app()\n", **files}
        )
        (tmp_path / "launch.py").write_text(launcher)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        log = tmp_path / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, str(tmp_path / "launch.py"), str(port)],
                cwd=root,
                stdout=out,
                stderr=out,
                text=True,
            )
        server = Server(process, port, log)
        started.append(server)
        for _ in range(200):
            try:
                server.connect(1).close()
                return server
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        raise AssertionError(log.read_text())

    yield start
    for server in started:
        server.process.terminate()
        try:
            server.process.wait(10)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


LAUNCHER = """
import sys
sys.path.insert(0, ".")
import uvicorn
uvicorn.run("main:app", port=int(sys.argv[1]), log_level="warning")
"""
