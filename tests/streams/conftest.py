"""A real server for the tests of streams."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE = 60.0
"""Seconds until something that has to happen counts as not happening, also on a machine that is busy with other things."""


class Server:
    """uvicorn with `live_app` on a loopback port, which stays the same over restarts."""

    def __init__(self, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", **environment}
        self.connections: list[socket.socket] = []
        self.start()

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "live_app:app",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        self.process = subprocess.Popen(command, env=self._environment, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.02)
        raise AssertionError("it does not start")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Returns when it has ended, which one that waits for its streams never does."""
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.connections.append(connection)
        return connection

    def end(self) -> None:
        for connection in self.connections:
            connection.close()
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def listen(self, last: str = "") -> socket.socket:
        """A stream of events whose head and first line have come."""
        connection = self.connect()
        more = f"Last-Event-ID: {last}\r\n" if last else ""
        connection.sendall(f"GET /events HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode())
        return connection

    def post(self, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", path)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return json.loads(data or b"null")

    def state(self) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", "/state")
        data = connection.getresponse().read()
        connection.close()
        return json.loads(data)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.end()


def eventually(condition: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    received = b""
    while mark not in received:
        part = connection.recv(65536)
        assert part, received
        received += part
    return received


class Reader(threading.Thread):
    """Reads a stream as fast as it comes and keeps the numbers of its events."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(daemon=True)
        self.connection = connection
        self.numbers: list[int] = []
        self.start()

    def run(self) -> None:
        left = b""
        with contextlib.suppress(OSError):
            while part := self.connection.recv(262144):
                *lines, left = (left + part).split(b"\n")
                starts = [line[16:26] for line in lines if line.startswith(b'data: {"number":')]
                self.numbers += [int(start.partition(b",")[0]) for start in starts]
