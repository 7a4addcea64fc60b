"""Ten thousand malformed requests against a real server: no 5xx, no crash, no descriptor left behind."""

import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.conftest import LAUNCHER, Serve, Server

SEED = 20261122
REQUESTS = 10_000
TREE = {
    "x": "async def GET(): return 1",
    "users/[id]": "async def GET(id: int): return id\nasync def DELETE(id: int): return id",
    "echo": "async def POST(b: dict): return b",
    "raw": "from fastapi import Request\nasync def POST(request: Request): return len(await request.body())",
    "json": "from fastapi import Request\nasync def POST(request: Request): return await request.json()",
    "form": "from fastapi import Request\nasync def POST(request: Request): return len(await request.form())",
    "typed": "from typing import Annotated\nfrom fastapi import Form\nasync def POST(a: Annotated[str, Form()]): return a",
    "files/[...path]": "async def GET(path: list[str]): return path",
    "ws": "from fastapi import WebSocket\nasync def WEBSOCKET(websocket: WebSocket):\n    await websocket.accept()\n    await websocket.close()",
    "guarded": "async def GET(): return 1",
    "app/guarded/dependencies.py": "from fastapi import Depends, HTTPException\nasync def g(): raise HTTPException(401)\ndependencies = [Depends(g)]",
}
WITH_DEADLINE = LAUNCHER.replace('log_level="warning"', 'log_level="warning", http=DeadlineProtocol').replace(
    "import uvicorn\n", "import uvicorn\nfrom routegen.server.deadline import DeadlineProtocol\n"
)

METHODS = [
    b"GET",
    b"POST",
    b"PUT",
    b"DELETE",
    b"HEAD",
    b"OPTIONS",
    b"PATCH",
    b"TRACE",
    b"CONNECT",
    b"PROPFIND",
    b"get",
    b"G T",
    b"",
    b"\x00",
    b"M" * 500,
    b"QUERY",
]
PATHS = [
    b"/x", b"/users/7", b"/users/%zz", b"/users/%", b"/users/%00", b"/users/%C3%28", b"/users/%ff", b"//x", b"/x//", b"/../x", b"/%2e%2e/x",
    b"/x/..", b"*", b"x", b"", b"http://h/x", b"http://[::1/x", b"//", b"/\\x", b"/files/" + b"a/" * 2000, b"/users/" + b"9" * 6000,
    b"/\xff\xfe", b"/x?%zz=%00&&==", b"/x?" + b"a=1&" * 5000, b"/x#f", b"/users/1e999", b"/users/\xc2\xa0", b"/ x", b"/x\t", b"h:80", b"/ws",
    b"/guarded", b"/guarded/", b"/%67uarded", b"/files/%2F%2F", b"/files/;:@&=+$,", b"/users/%u0041", b"/x%0d%0aX: y", b"/raw", b"/echo", b"/json",
    b"/form", b"/typed", b"?", b"/?", b"/;x", b"/x\x00",
]  # fmt: skip
VERSIONS = [
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"HTTP/0.9",
    b"HTTP/9.9",
    b"HTTP/1.1 ",
    b"http/1.1",
    b"",
    b"HTTP",
    b"HTTP/1.1\x00",
]
HEADERS = [
    b"Host: h", b"Host: a\r\nHost: b", b"Host:", b"Host h", b": empty", b"X\x00Y: 1", b"X-A: \x00", b"X-A: \xff\xfe", b" folded: 1", b"X-A: 1\r\n 2",
    b"X" * 3000 + b": 1", b"X-A: " + b"a" * 9000, b"Content-Type: application/json", b"Content-Type: \xff", b"Content-Type: multipart/form-data",
    b"Content-Type: multipart/form-data; boundary=", b'Content-Type: multipart/form-data; boundary="', b"Content-Type: multipart/form-data; boundary=X",
    b"Content-Type: application/x-www-form-urlencoded", b"Content-Type: application/json; charset=\xe4", b"Content-Type: ;;;=", b"Cookie: ;;=;\xff",
    b"Cookie: a=" + b"b" * 5000, b"Accept: text/html;q=x", b"Accept: \xff", b"Range: bytes=9-1", b"Expect: 100-continue", b"Expect: nonsense",
    b"Upgrade: websocket\r\nConnection: Upgrade", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x",
    b"Upgrade: h2c\r\nConnection: Upgrade", b"Connection: close", b"Connection: \x01", b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Transfer-Encoding: gzip",
    b"Content-Length: 5\r\nContent-Length: 6", b"Authorization: Bearer \xff", b"X-Forwarded-For: \r\n", b"Accept-Encoding: *;q=", b"\r", b"If-None-Match: \"",
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"[" * 50_000, b'{"a": ' + b"9" * 5000 + b"}", b"\xff\xfe\x00", b'{"a": NaN}', b'"\\ud800"', b"a=%zz&%", b"--X\r\n", b"--X--",
    b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', b"--X\r\nContent-Disposition: \xff\r\n\r\n1\r\n--X--\r\n", b"--X\r\n\r\n\r\n--X--",
    b'--X\r\nContent-Disposition: form-data; name="a"; filename="\xff"\r\n\r\n1\r\n--X--\r\n', b"x" * 5000, b"\xef\xbb\xbf{}",
]  # fmt: skip
CHUNKS = [
    b"5\r\nhello\r\n0\r\n\r\n",
    b"zz\r\nhello\r\n",
    b"-5\r\nhello\r\n",
    b"5\r\nhel",
    b"FFFFFFFFFFFFFFFFF\r\n",
    b"5;ext=\xff\r\nhello\r\n0\r\n\r\n",
    b"\r\n",
    b"0\r\nTrailer: \x00\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n",
    b"0\r\n",
]
LENGTHS = [
    b"%d",
    b"-1",
    b"abc",
    b"99999999999999999999",
    b"1e3",
    b"0x10",
    b"",
    b"+5",
    b"5 5",
    b"5,5",
    b"9" * 6000,
]


def requests(count: int) -> Iterator[bytes]:
    """The same malformed requests in every run."""
    chance = random.Random(SEED)
    for _ in range(count):
        yield _mutate(_request(chance), chance)


def _request(chance: random.Random) -> bytes:
    usual = (
        chance.random() < 0.6
    )  # a request that is wrong in one place gets further than one that is wrong everywhere
    method = chance.choice(METHODS[:7] if usual else METHODS)
    version = b"HTTP/1.1" if usual else chance.choice(VERSIONS)
    lines = [method + b" " + chance.choice(PATHS) + b" " + version]
    lines += [b"Host: h"] if usual else []
    lines += [chance.choice(HEADERS) for _ in range(chance.randrange(4))]
    if chance.random() < 0.03:
        lines += [b"X-%d: %s" % (n, b"v" * chance.randrange(400)) for n in range(chance.randrange(600))]
    body = b""
    kind = chance.random()
    if kind < 0.3:
        body = chance.choice(BODIES)
        length = chance.choice(LENGTHS if not usual else LENGTHS[:1])
        lines.append(b"Content-Length: " + (length % len(body) if length == b"%d" else length))
    elif kind < 0.5:
        body = chance.choice(CHUNKS)
        lines.append(b"Transfer-Encoding: chunked")
    end = b"\n" if chance.random() < 0.05 else b"\r\n"
    return end.join(lines) + end + end + body


def _mutate(request: bytes, chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.1:
        return request[: chance.randrange(len(request) + 1)]
    if kind < 0.2 and request:
        at = chance.randrange(len(request))
        return request[:at] + bytes([chance.randrange(256)]) + request[at + 1 :]
    if kind < 0.23:
        return chance.randbytes(chance.randrange(1, 300))
    if kind < 0.26:
        return request + request
    return request


def send(server: Server, request: bytes) -> list[int]:
    """The statuses that come back at once; a request that is not complete gets none, and the client leaves."""
    with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
        sock.settimeout(0.05)
        try:
            sock.sendall(request)
            received = sock.recv(65536)
        except (TimeoutError, ConnectionError):
            return []
    return [int(part[2:5]) for part in received.split(b"HTTP/1.")[1:] if part[2:5].isdigit()]


@pytest.mark.parametrize("launcher", [LAUNCHER, WITH_DEADLINE], ids=["uvicorn", "with deadlines"])
def test_ten_thousand_malformed_requests(serve: Serve, launcher: str) -> None:
    server = serve(TREE, launcher)
    for request in requests(200):  # thread pools, lazy imports: what is opened once
        send(server, request)
    time.sleep(0.2)
    before = server.files()
    statuses: Counter[int] = Counter()
    bad: list[bytes] = []
    with ThreadPoolExecutor(16) as pool:
        sent = list(requests(REQUESTS))
        for request, answers in zip(
            sent, pool.map(lambda request: send(server, request), sent, timeout=60), strict=True
        ):
            statuses.update(answers)
            bad += [request for status in answers if status >= 500]
    assert not bad, (len(bad), bad[:3], statuses)
    assert server.process.poll() is None
    assert b"200 OK" in server.exchange(b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    for _ in range(50):
        if server.files() <= before:
            break
        time.sleep(0.1)
    assert server.files() <= before
    assert "Traceback" not in server.log.read_text()
    assert statuses[200] > 100 and statuses[400] > 500
