"""Silent and dripping clients are closed, heads are bounded, and nobody else notices."""

import socket
import threading
import time

import pytest

from tests.server.conftest import Serve, Server, read

LAUNCHER = """
import sys
sys.path.insert(0, ".")
import uvicorn
from routegen.server.deadline import DeadlineProtocol

class Impatient(DeadlineProtocol):
    seconds = 0.6

uvicorn.run("main:app", port=int(sys.argv[1]), log_level="warning", http=Impatient, timeout_keep_alive={keep_alive})
"""
TREE = {
    "x": "async def GET(): return 1\nasync def POST(): return 1",
    "slow": "import asyncio\nasync def GET():\n    await asyncio.sleep(1.5)\n    return 1",
    "read": "from fastapi import Request\nasync def POST(request: Request): return len(await request.body())",
    "stream": """
import asyncio
from fastapi.responses import StreamingResponse
async def GET():
    async def chunks():
        for _ in range(15):
            yield b"x"
            await asyncio.sleep(0.1)
    return StreamingResponse(chunks())
""",
    "ws": """
from fastapi import WebSocket
async def WEBSOCKET(websocket: WebSocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
""",
}
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
DEADLINE = (0.55, 1.5)
"""Between the deadline and a quarter more, with room for a busy machine."""


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(TREE, LAUNCHER.format(keep_alive=5))


def closed_after(sock: socket.socket, drip: bytes = b"", every: float = 0.05) -> tuple[float, bytes]:
    """How long the server keeps the connection, while `drip` is sent byte by byte, again and again; what it says."""
    begun = time.monotonic()
    sock.settimeout(every)
    received, at = b"", 0
    while time.monotonic() - begun < 5:
        try:
            if drip:
                sock.send(drip[at % len(drip) :][:1])
                at += 1
            chunk = sock.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            break
        if not chunk:
            break
        received += chunk
    return time.monotonic() - begun, received


SILENT = [
    pytest.param(b"", b"", id="silent from the start"),
    pytest.param(b"GET /x HT", b"", id="silent in the request line"),
    pytest.param(b"GET /x HTTP/1.1\r\nHost: h\r\n", b"", id="silent before the end of the head"),
    pytest.param(b"", b"GET /" + b"x" * 5000, id="dripping path"),
    pytest.param(b"GET /x HTTP/1.1\r\n", b"X-A: b\r\n", id="dripping headers"),
    pytest.param(b"", b"\r\n", id="dripping empty lines"),
    pytest.param(
        b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345", b"", id="silent in the body"
    ),
    pytest.param(
        b"POST /read HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
        b"",
        id="silent in a chunk",
    ),
]


@pytest.mark.parametrize(("sent", "drip"), SILENT)
def test_closed_with_408(server: Server, sent: bytes, drip: bytes) -> None:
    with server.connect() as sock:
        sock.sendall(sent)
        seconds, received = closed_after(sock, drip)
    assert DEADLINE[0] <= seconds <= DEADLINE[1]
    assert received.startswith(b"HTTP/1.1 408 ") or not received


def test_a_second_request_has_the_deadline_too(server: Server) -> None:
    with server.connect() as sock:
        sock.sendall(GET)
        assert b"200 OK" in read(sock, 0.2)
        sock.sendall(b"GET /x")
        seconds, _ = closed_after(sock, b"x" * 1000)
    assert DEADLINE[0] <= seconds <= DEADLINE[1]


def test_an_idle_connection_is_uvicorns_business(server: Server) -> None:
    with server.connect() as sock:
        sock.sendall(GET)
        assert b"200 OK" in read(sock, 0.2)
        time.sleep(1.6)
        for part in (GET[:5], GET[5:]):
            sock.sendall(part)
            time.sleep(0.3)
        assert b"200 OK" in read(sock, 0.2)


def test_keep_alive_still_ends(serve: Serve) -> None:
    server = serve(TREE, LAUNCHER.format(keep_alive=1))
    with server.connect() as sock:
        sock.sendall(GET)
        seconds, received = closed_after(sock)
    assert b"200 OK" in received and b"408" not in received and 0.9 <= seconds <= 2


def test_slow_handlers_streams_and_progressing_bodies_live(server: Server) -> None:
    for target in (b"/slow", b"/stream"):
        with server.connect() as sock:
            sock.sendall(b"GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" % target)
            answer = read(sock, 3)
            assert answer.startswith(b"HTTP/1.1 200") and answer.rstrip()[-1:] in (b"1", b"0")
    with server.connect() as sock:
        sock.sendall(b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nConnection: close\r\n\r\n")
        for _ in range(12):
            time.sleep(0.12)
            sock.sendall(b"x")
        assert read(sock, 2).endswith(b"12")


def test_websockets_live(server: Server) -> None:
    with server.connect() as sock:
        sock.sendall(
            b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b"101 " in read(sock, 0.5)
        time.sleep(1.2)
        sock.sendall(b"\x81\x82\0\0\0\0hi")
        assert read(sock, 0.5) == b"\x81\x02hi"


def test_nobody_else_notices(server: Server) -> None:
    silent = [server.connect() for _ in range(50)]
    try:
        for sock in silent:
            sock.sendall(b"GET /")
        slowest = 0.0
        for _ in range(100):
            begun = time.monotonic()
            assert b"200 OK" in server_answer(server)
            slowest = max(slowest, time.monotonic() - begun)
        assert slowest < 0.5
    finally:
        for sock in silent:
            sock.close()


def server_answer(server: Server) -> bytes:
    with server.connect() as sock:
        sock.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return read(sock, 2)


HEADS = [
    pytest.param(b"X-A: " + b"a" * 60_000 + b"\r\n", 200, id="60 kB"),
    pytest.param(b"X-A: " + b"a" * 70_000 + b"\r\n", 431, id="70 kB"),
    pytest.param(b"X-A: " + b"a" * 300_000 + b"\r\n", 431, id="300 kB"),
    pytest.param(b"".join(b"X-%d: a\r\n" % n for n in range(255)), 200, id="256 headers"),
    pytest.param(b"".join(b"X-%d: a\r\n" % n for n in range(300)), 431, id="301 headers"),
    pytest.param(b"".join(b"X-%d: a\r\n" % n for n in range(20_000)), 431, id="20,001 headers"),
]


@pytest.mark.parametrize("pause", [0, 16_000], ids=["at once", "in parts"])
@pytest.mark.parametrize(("lines", "status"), HEADS)
def test_the_head_is_bounded(server: Server, lines: bytes, status: int, pause: int) -> None:
    request = b"GET /x HTTP/1.1\r\nHost: h\r\n" + lines + b"\r\n"
    with server.connect() as sock:
        sending = threading.Thread(target=_send, args=(sock, request, pause or len(request)))
        sending.start()
        answer = read(sock, 1)
        sending.join()
    assert answer.startswith(b"HTTP/1.1 %d " % status) or (status == 431 and not answer)


def _send(sock: socket.socket, data: bytes, size: int) -> None:
    try:
        for at in range(0, len(data), size):
            sock.sendall(data[at : at + size])
            time.sleep(0.005)
    except OSError:
        pass


def test_a_long_path_is_bounded(server: Server) -> None:
    assert server.exchange(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n").startswith(
        b"HTTP/1.1 431 "
    )


def test_large_bodies_are_no_heads(server: Server) -> None:
    """Also the body that goes on after an early answer: it is no head of the next request."""
    body = b"x" * 900_000
    for target, answer in ((b"/read", b"900000"), (b"/x", b"1")):
        request = b"POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (target, len(body)) + body
        with server.connect() as sock:
            sending = threading.Thread(target=_send, args=(sock, request + GET, 64_000))
            sending.start()
            received = read(sock, 1)
            sending.join()
        assert received.count(b"HTTP/1.1 200") == 2 and b"431" not in received, target
        assert answer in received


def test_the_log_stays_free_of_tracebacks(server: Server) -> None:
    for request in (
        b"POST /read HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123",
        b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n",
    ):
        with server.connect() as sock:
            sock.sendall(request)
            time.sleep(0.05)
    time.sleep(1.8)
    assert "Traceback" not in server.log.read_text()
