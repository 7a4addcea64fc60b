"""Streams on a real server: the client leaves or is slow, the server stops, the request's body comes back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Server:
    """uvicorn with `live_app` on a loopback port."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "uvicorn", "live_app:app", "--port", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "NO_COLOR": "1"}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        eventually(self.listens, 15)

    def listens(self) -> bool:
        try:
            self.connect().close()
        except ConnectionRefusedError:
            return False
        return True

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def ask(self, method: str, path: str, body: bytes = b"", headers: str = "") -> socket.socket:
        connection = self.connect()
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)
        return connection

    def get(self, path: str) -> bytes:
        with self.ask("GET", path, headers="Connection: close\r\n") as connection:
            return read_to_end(connection)

    def state(self) -> Any:
        return json.loads(self.get("/ended").partition(b"\r\n\r\n")[2])

    def stop(self) -> tuple[float, str]:
        """Seconds from SIGTERM to the end of the process, and its output."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=15)
        return time.monotonic() - begin, output


def eventually(condition: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def read_to_end(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    received = b""
    while mark not in received:
        part = connection.recv(65536)
        assert part, received
        received += part
    return received


def leave(connection: socket.socket, *, rudely: bool = False) -> None:
    if rudely:  # a reset instead of a farewell
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.mark.parametrize("kind", ["events", "lines", "stream"])
@pytest.mark.parametrize("pace", ["progressing", "stalled", "silent", "plain"])
@pytest.mark.parametrize("prefix", ["", "/wrapped"])
def test_the_source_ends_when_the_client_leaves(server: Server, kind: str, pace: str, prefix: str) -> None:
    name = f"leaving-{kind}-{pace}-{prefix[1:]}"
    connection = server.ask("GET", f"{prefix}/{kind}/{pace}/{name}")
    if prefix and pace == "silent":
        time.sleep(0.1)
    else:
        read_until(connection, b"\r\n\r\n")
    assert name not in server.state()["ended"]
    leave(connection)
    eventually(lambda: name in server.state()["ended"], 2)


@pytest.mark.parametrize("kind", ["events", "lines", "stream"])
def test_the_source_ends_when_the_client_leaves_a_post(server: Server, kind: str) -> None:
    name = f"post-{kind}"
    headers = "Content-Type: application/json\r\nContent-Length: 2\r\n"
    connection = server.ask("POST", f"/{kind}/silent/{name}", b"{}", headers)
    read_until(connection, b"\r\n\r\n")
    leave(connection)
    eventually(lambda: name in server.state()["ended"], 2)


@pytest.mark.parametrize("rudely", [False, True])
@pytest.mark.parametrize("pace", ["progressing", "stalled", "silent"])
def test_a_client_that_never_reads_a_byte(server: Server, pace: str, rudely: bool) -> None:
    name = f"early-{pace}-{rudely}"
    leave(server.ask("GET", f"/events/{pace}/{name}"), rudely=rudely)
    time.sleep(0.1)
    eventually(lambda: server.state()["ended"].count(name) == server.state()["started"].count(name), 2)


def test_nothing_was_logged_as_an_error_and_no_stream_is_left() -> None:
    server = Server()
    for pace in ("progressing", "stalled", "silent"):
        leave(server.ask("GET", f"/events/{pace}/{pace}"))
        leave(server.ask("GET", f"/lines/{pace}/{pace}"), rudely=True)
    time.sleep(0.5)
    seconds, output = server.stop()
    assert seconds < 1.5
    assert "ERROR" not in output and "Traceback" not in output, output


@pytest.mark.parametrize("path", ["/echo", "/echo-stream", "/echo-upper"])
def test_the_requests_own_body_comes_back_chunk_by_chunk(server: Server, path: str) -> None:
    with server.ask("POST", path, headers="Transfer-Encoding: chunked\r\n") as connection:
        for number in range(5):
            chunk = f"chunk-{number}-".encode() + b"x" * 1000
            connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            wanted = chunk.upper() if path == "/echo-upper" else chunk
            read_until(connection, wanted)
            time.sleep(0.25 if number < 2 else 0)
        connection.sendall(b"0\r\n\r\n")
        read_until(connection, b"0\r\n\r\n")


def test_a_large_body_comes_back_whole(server: Server) -> None:
    body = os.urandom(65536) * 8
    headers = f"Content-Length: {len(body)}\r\nConnection: close\r\n"
    with server.ask("POST", "/echo", headers=headers) as connection:
        received = b""
        for start in range(0, len(body), 65536):
            connection.sendall(body[start : start + 65536])
            received += connection.recv(65536)
        received += read_to_end(connection)
    assert unchunked(received.partition(b"\r\n\r\n")[2]) == body


def unchunked(wire: bytes) -> bytes:
    body = b""
    while wire:
        size, _, wire = wire.partition(b"\r\n")
        body += wire[: int(size, 16)]
        wire = wire[int(size, 16) + 2 :]
    return body


def test_a_client_that_stops_reading_is_dropped_and_nothing_piles_up(server: Server) -> None:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(b"GET /slow/slow HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: "slow" in server.state()["ended"], 3)
    assert server.state()["counts"]["slow"] < 200
    connection.close()


def test_silence_is_broken_by_comments(server: Server) -> None:
    with server.ask("GET", "/ping") as connection:
        received = b""
        while received.count(b": ping\n\n") < 3:
            received += connection.recv(65536)
        assert b"data: 0\n\n" in received


def test_a_source_that_fails_cuts_events_and_ends_lines(server: Server) -> None:
    events = server.get("/fails/events")
    assert b"data: one" in events and not events.endswith(b"0\r\n\r\n") and b"secret" not in events
    lines = server.get("/fails/lines")
    assert b'{"error":"The stream failed before its end"}\n' in lines and lines.endswith(b"0\r\n\r\n")
    assert b"secret" not in lines


@pytest.mark.parametrize("kind", ["events", "lines", "stream"])
def test_head_gets_the_headers_and_the_connection_goes_on(server: Server, kind: str) -> None:
    with server.ask("HEAD", f"/{kind}/silent/head-{kind}") as connection:
        assert read_until(connection, b"\r\n\r\n").endswith(b"\r\n\r\n")
        connection.sendall(b"GET /ended HTTP/1.1\r\nHost: x\r\n\r\n")
        assert f"head-{kind}".encode() not in read_until(connection, b"counts")


def test_a_stopping_server_says_farewell_and_is_gone() -> None:
    server = Server()
    opened = {
        "events": server.ask("GET", "/events/stalled/events"),
        "lines": server.ask("GET", "/lines/progressing/lines"),
        "finite": server.ask("GET", "/finite"),
        "cut": server.ask("GET", "/cut"),
    }
    for connection in opened.values():
        read_until(connection, b"\r\n\r\n")
    seconds, output = server.stop()
    assert seconds < 2.5
    received = {name: read_to_end(connection) for name, connection in opened.items()}
    for connection in opened.values():
        connection.close()
    events, lines = received["events"], received["lines"]
    assert events.endswith(b"event: shutdown\ndata: The server is shutting down\n\n\r\n0\r\n\r\n")
    assert lines.endswith(b'{"error":"The server is shutting down"}\n\r\n0\r\n\r\n')
    assert received["finite"].endswith(b"7\r\n0\r\n\r\n")  # was given the time
    assert not received["cut"].endswith(b"0\r\n\r\n")  # not whole, and the client can tell
    assert "Traceback" not in output
