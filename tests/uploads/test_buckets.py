"""The same uploads in a bucket, against moto's S3 server."""

import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.uploads.asgi import call, file, form, pieces
from tests.uploads.conftest import application

MISSING = [name for name in ("moto", "obstore", "flask") if importlib.util.find_spec(name) is None]
if MISSING and not os.environ.get("CI"):
    pytest.skip(f"needs {', '.join(MISSING)}", allow_module_level=True)

BIG = b"\x89PNG\r\n\x1a\n" + os.urandom(20_000_000)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A running S3 server."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(10)


Bucket = Any


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket, and the environment that leads to it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return Contents(endpoint, f"b{abs(hash(request.node.name))}")


class Contents:
    """A bucket as its server shows it."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.url = f"s3://{name}/some/prefix"
        self._base = f"{endpoint}/{name}"
        self._call("PUT", "")

    def _call(self, method: str, query: str) -> str:
        request = urllib.request.Request(
            self._base + query, method=method, headers={"Authorization": "AWS4 x/x/us-east-1/s3/x"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def listed(self) -> list[str]:
        return [part.partition("</Key>")[0] for part in self._call("GET", "").split("<Key>")[1:]]

    def unfinished(self) -> int:
        return self._call("GET", "?uploads").count("<UploadId>")


def test_a_file_comes_back(bucket: Bucket) -> None:
    app = application(bucket.url, max_bytes=len(BIG))
    answer = call(app, "POST", "/files", pieces(form(file(b"gr\xc3\xbc.png", BIG)), 65536))
    assert answer.status == 201, answer
    stored = json.loads(answer.body)
    assert stored["sha256"] == hashlib.sha256(BIG).hexdigest()
    assert f"some/prefix/things/files/{stored['name']}" in bucket.listed()
    client = TestClient(app)
    place = f"/files/{stored['name']}"
    whole = client.get(place)
    assert whole.content == BIG
    assert whole.headers["content-disposition"].endswith("filename*=UTF-8''gr%C3%BC.png")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert client.get("/files").json() == [stored]
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert client.delete(place).status_code == 404
    assert bucket.listed() == []


def test_ranges_and_conditions(bucket: Bucket) -> None:
    client = TestClient(application(bucket.url))
    empty = client.post("/files", files={"file": ("a.txt", b"")}).json()["name"]
    assert (client.get(f"/files/{empty}").status_code, client.get(f"/files/{empty}").content) == (200, b"")
    name = client.post("/files", files={"file": ("a.txt", b"0123456789")}).json()["name"]

    def get(**headers: str) -> Any:
        return client.get(
            f"/files/{name}", headers={key.replace("_", "-"): value for key, value in headers.items()}
        )

    whole = get()
    etag = whole.headers["etag"]
    for value, content in {
        "bytes=0-0": b"0",
        "bytes=2-4": b"234",
        "bytes=-3": b"789",
        "bytes=7-": b"789",
        "bytes=5-100": b"56789",
    }.items():
        part = get(Range=value)
        assert (part.status_code, part.content) == (206, content), value
        assert part.headers["content-length"] == str(len(content))
        assert part.headers["content-range"].endswith("/10")
    for ignored in ("items=0-5", "bytes=5-2", "bytes=", "bytes=x"):
        assert (get(Range=ignored).status_code, get(Range=ignored).content) == (200, b"0123456789"), ignored
    several = get(Range="bytes=0-1,5-6")
    assert several.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert several.headers["content-length"] == str(len(several.content))
    assert several.content.count(b"Content-Range: bytes ") == 2 and b"\r\n\r\n56\r\n--" in several.content
    unsatisfiable = get(Range="bytes=10-")
    assert (unsatisfiable.status_code, unsatisfiable.headers["content-range"]) == (416, "bytes */10")
    assert get(Range="bytes=0-0", If_Range=etag).status_code == 206
    assert get(Range="bytes=0-0", If_Range='"other"').status_code == 200
    assert get(If_None_Match=etag).status_code == 304
    assert get(If_None_Match='"other"').status_code == 200
    assert get(If_Modified_Since=whole.headers["last-modified"]).status_code == 304
    assert get(If_Match='"other"').status_code == 412
    head = client.head(f"/files/{name}", headers={"Range": "bytes=0-0"})
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")


def test_a_signed_link(bucket: Bucket) -> None:
    client = TestClient(application(bucket.url))
    name = client.post("/files", files={"file": ("a.txt", b"hello")}).json()["name"]
    answer = client.get(f"/files/{name}?presign=60", follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "no-store"
    with urllib.request.urlopen(answer.headers["location"], timeout=10) as direct:
        assert direct.read() == b"hello"
        assert direct.headers["content-disposition"] == 'attachment; filename="a.txt"'
        assert direct.headers["content-type"] == "text/plain"
    assert client.get(f"/files/{'0' * 32}.txt?presign=60").status_code == 404


@pytest.mark.parametrize("case", ["cut", "leaves", "another content", "too large"])
def test_nothing_is_left_of_what_failed(bucket: Bucket, case: str) -> None:
    content = BIG.replace(b"\x89", b"\x88", 1) if case == "another content" else BIG
    app: FastAPI = application(bucket.url, max_bytes=len(BIG) - (case == "too large"))
    body = form(file(b"a.png", content))
    answer = call(
        app,
        "POST",
        "/files",
        pieces(body[:-100] if case in ("cut", "leaves") else body, 65536),
        leaves=case == "leaves",
        length=len(body) if case == "leaves" else None,
    )
    assert answer.status in (400, 413, 415, 500)
    assert bucket.listed() == []
    assert bucket.unfinished() == 0
