"""tus 1.0: every rule of the protocol by itself, and tus-js-client against a server that is killed again and again."""

import base64
import errno
import hashlib
import json
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import ClientDisconnect

from routegen.uploads import Resumable, Uploads, open_storage
from tests.streams.node import modules, node
from tests.uploads import tus_app
from tests.uploads.asgi import Answer, call, pieces
from tests.uploads.conftest import Kept

ROOT = Path(__file__).parents[2]
PIECE = b"application/offset+octet-stream"
CONTENT = bytes(range(256)) * 40


def b64(text: str | bytes) -> bytes:
    return base64.b64encode(text.encode() if isinstance(text, str) else text)


def meta(filename: str = "a.bin") -> dict[bytes, bytes]:
    return {b"upload-metadata": b"filename " + b64(filename)}


class Client:
    """A tus client that does one thing at a time."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def __call__(
        self, method: str, path: str, body: bytes = b"", headers: Any = None, kind: bytes = b"", **more: Any
    ) -> Answer:
        sent = {b"tus-resumable": b"1.0.0", **(headers or {})}
        return call(self.app, method, path, pieces(body, 700), headers=sent, content_type=kind, **more)

    def create(self, length: int = len(CONTENT), headers: Any = None, **more: Any) -> Answer:
        return self(
            "POST",
            "/resumable",
            headers={b"upload-length": b"%d" % length, **meta(), **(headers or {})},
            **more,
        )

    def begin(self, length: int = len(CONTENT), **more: Any) -> str:
        answer = self.create(length, **more)
        assert answer.status == 201, answer
        return answer.headers["location"]

    def patch(self, place: str, offset: int, body: bytes, headers: Any = None, **more: Any) -> Answer:
        return self(
            "PATCH",
            place,
            body,
            {b"upload-offset": b"%d" % offset, **(headers or {})},
            more.pop("kind", PIECE),
            **more,
        )

    def offset(self, place: str) -> int:
        answer = self("HEAD", place)
        assert answer.status == 200 and answer.headers["cache-control"] == "no-store"
        return int(answer.headers["upload-offset"])


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    files = Uploads(
        lambda: open_storage(tmp_path.as_uri()), "things", max_bytes=1 << 20, types=".bin, .txt, .png"
    )
    monkeypatch.setattr(tus_app, "FILES", files)
    monkeypatch.setattr(tus_app, "RESUMABLE", Resumable(files, "/nowhere"))
    return Client(tus_app.app)


def test_pieces_become_a_file(client: Client, kept: Kept) -> None:
    place = client.begin()
    assert client.offset(place) == 0
    assert client.patch(place, 0, CONTENT[:1000]).headers["upload-offset"] == "1000"
    assert client.patch(place, 1000, b"").status == 204
    assert client.offset(place) == 1000
    last = client.patch(place, 1000, CONTENT[1000:])
    assert (last.status, last.headers["upload-offset"]) == (204, str(len(CONTENT)))
    name = last.headers["content-location"].removeprefix("../")
    assert client("GET", f"/{name}").body == CONTENT
    [record] = [json.loads(path.read_text()) for path in kept() if path.parent.name == "records"]
    assert record["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert record["filename"] == "a.bin"
    done = client("HEAD", place)  # the last answer may have been lost
    assert (done.headers["upload-offset"], done.headers["content-location"]) == (
        str(len(CONTENT)),
        f"../{name}",
    )
    assert client.patch(place, 0, b"x").status == client.patch(place, len(CONTENT), b"").status == 409


def test_creation_with_upload(client: Client) -> None:
    answer = client("POST", "/resumable", CONTENT, {b"upload-length": b"%d" % len(CONTENT), **meta()}, PIECE)
    assert (answer.status, answer.headers["upload-offset"]) == (201, str(len(CONTENT)))
    assert client("GET", answer.headers["content-location"][2:]).body == CONTENT
    part = client("POST", "/resumable", CONTENT[:10], {b"upload-length": b"20", **meta()}, PIECE)
    assert (part.status, client.offset(part.headers["location"])) == (201, 10)


def test_what_it_can_do(client: Client) -> None:
    answer = client("OPTIONS", "/resumable")
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination",
    }  # fmt: skip
    assert answer.headers["tus-max-size"] == str(1 << 20)
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,sha512"
    assert "upload-expires" in client.create().headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({b"tus-resumable": b"0.2.2"}, 412),
        ({b"upload-length": b"-1"}, 400),
        ({b"upload-length": b"x"}, 400),
        ({b"upload-length": b"\xb2"}, 400),
        ({b"upload-length": b"9" * 30}, 400),
        ({b"upload-length": b"%d" % ((1 << 20) + 1)}, 413),
        ({b"upload-metadata": b"filename " + b64("a.html")}, 415),
        ({b"upload-metadata": b""}, 415),
        ({b"upload-metadata": b"filename ???"}, 400),
        ({b"upload-metadata": b"filename " + b64(b"\xff")}, 400),
        ({b"upload-metadata": b"filename " + b64("a" * 9000 + ".bin")}, 400),
    ],
)
def test_what_cannot_be_begun(client: Client, kept: Kept, headers: Any, status: int) -> None:
    assert client.create(headers=headers).status == status
    assert kept() == []


def test_what_is_no_next_piece(client: Client) -> None:
    place = client.begin()
    client.patch(place, 0, CONTENT[:1000])
    for status, answer in [
        (409, client.patch(place, 999, b"x")),
        (409, client.patch(place, 1001, b"x")),
        (400, client.patch(place, 0, b"x", {b"upload-offset": b"x"})),
        (415, client.patch(place, 1000, b"x", kind=b"application/octet-stream")),
        (412, client.patch(place, 1000, b"x", {b"tus-resumable": b"2"})),
        (413, client.patch(place, 1000, CONTENT)),
        (404, client.patch(place[:-1] + "x", 1000, b"x")),
        (404, client.patch("/resumable/" + "0" * 32, 0, b"x")),
        (404, client("HEAD", "/resumable/..%2Fx")),
    ]:
        assert (answer.status, answer.error) == (status, None)
        assert client.offset(place) == 1000
    assert client.patch(place, 1000, CONTENT, length=None).status == 413  # what fitted is there
    assert client.patch(place, client.offset(place), b"", length=None).status == 204


def test_checksums(client: Client) -> None:
    place = client.begin()
    for algorithm in ("sha1", "sha256", "sha512"):
        offset = client.offset(place)
        piece = CONTENT[offset : offset + 2000]
        right = b64(hashlib.new(algorithm, piece).digest())
        wrong = client.patch(
            place, offset, piece[:-1] + b"?", {b"upload-checksum": algorithm.encode() + b" " + right}
        )
        assert (wrong.status, client.offset(place)) == (460, offset)
        cut = client.patch(
            place,
            offset,
            piece[:900],
            {b"upload-checksum": algorithm.encode() + b" " + right},
            leaves=True,
            length=2000,
        )
        assert isinstance(cut.error, ClientDisconnect) and client.offset(place) == offset
        good = client.patch(place, offset, piece, {b"upload-checksum": algorithm.encode() + b" " + right})
        assert (good.status, client.offset(place)) == (204, offset + 2000)
    for header in (b"md5 xxxx", b"crc32 AAAA", b"sha1", b"sha1 ???"):
        if header != b"sha1":
            assert client.patch(place, 6000, b"x", {b"upload-checksum": header}).status == 400


def test_what_has_arrived_is_kept_when_the_client_leaves(client: Client) -> None:
    place = client.begin()
    cut = client.patch(place, 0, CONTENT[:3000], leaves=True, length=len(CONTENT))
    assert isinstance(cut.error, ClientDisconnect)
    assert client.offset(place) == 3000
    last = client.patch(place, 3000, CONTENT[3000:])
    assert client("GET", last.headers["content-location"][2:]).body == CONTENT


def test_another_content_ends_the_upload(client: Client, kept: Kept) -> None:
    place = client.begin(5000, headers=meta("a.png"))
    assert client.patch(place, 0, b"no png" * 100).status == 204
    assert client.patch(place, 600, b"no png" * 600).status == 415
    assert client("HEAD", place).status == 404
    empty = client.create(0, headers=meta("a.png"))
    assert empty.status == 415
    assert kept() == []
    text = client.create(0, headers=meta("a.txt"))
    assert client("GET", text.headers["content-location"][2:]).status == 200


def test_giving_up(client: Client, kept: Kept) -> None:
    place = client.begin()
    client.patch(place, 0, CONTENT[:1000])
    assert client("DELETE", place).status == 204
    assert client("DELETE", place).status == client("HEAD", place).status == 404
    whole = client("POST", "/resumable", CONTENT, {b"upload-length": b"%d" % len(CONTENT), **meta()}, PIECE)
    assert client("DELETE", whole.headers["location"]).status == 204
    assert kept() == []


def test_each_owner_has_their_own(client: Client) -> None:
    answer = client.create(headers={b"x-user": b"ada"})
    place = answer.headers["location"]
    assert (
        client("HEAD", place).status
        == client.patch(place, 0, b"x").status
        == client("DELETE", place).status
        == 404
    )
    assert client("HEAD", place, headers={b"x-user": b"ada"}).status == 200


def test_time_is_limited(client: Client, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    place = client.begin()
    later = time.time() + 25 * 3600
    monkeypatch.setattr("routegen.uploads.pieces.time.time", lambda: later)
    assert client("HEAD", place).status == client.patch(place, 0, b"x").status == 404
    tus_app.RESUMABLE._swept = -1e9
    client.begin()
    assert len(kept()) == 2


def test_one_writes_at_a_time(client: Client, tmp_path: Path) -> None:
    import fcntl

    place = client.begin()
    [data] = tmp_path.rglob(f"{place.rpartition('/')[2]}.data")
    with data.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert client.patch(place, 0, CONTENT).status == 423
    assert client.patch(place, 0, CONTENT).status == 204


def names(paths: list[Path], folder: str) -> set[str]:
    return {path.name.removesuffix(".json") for path in paths if path.parent.name == folder}


ENDS = {
    "facts": "routegen.uploads.pieces.Pieces.write",
    "adopt": "routegen.uploads.disk.DiskStorage.adopt",
    "keep": "routegen.uploads.uploads.Uploads.keep",
    "record": "routegen.uploads.disk.DiskStorage.put",
}


@pytest.mark.parametrize("place", ENDS)
def test_a_process_that_dies_at_the_end(
    client: Client, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Whatever it did not come to is done by the next request; meanwhile no record is without its file."""
    target = ENDS[place]
    begun = client.begin()

    class Killed(Exception):
        pass

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(target, die)
    assert isinstance(client.patch(begun, 0, CONTENT).error, Killed)
    monkeypatch.undo()
    assert names(kept(), "records") <= names(kept(), "files")
    files = Uploads(lambda: open_storage(tmp_path.as_uri()), "things", types=".bin")
    monkeypatch.setattr(tus_app, "FILES", files)
    monkeypatch.setattr(tus_app, "RESUMABLE", Resumable(files, "/nowhere"))
    head = client("HEAD", begun)
    assert head.headers["upload-offset"] == str(len(CONTENT))
    assert client("GET", head.headers["content-location"][2:]).body == CONTENT
    assert names(kept(), "records") == names(kept(), "files") != set()


@pytest.mark.parametrize("place", ENDS)
def test_nothing_is_left_of_a_process_that_died_when_nobody_comes_back(
    client: Client, kept: Kept, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def die(*_: object) -> None:
        raise RuntimeError

    begun = client.begin()
    with monkeypatch.context() as dying:
        dying.setattr(ENDS[place], die)
        assert isinstance(client.patch(begun, 0, CONTENT).error, RuntimeError)
    later = time.time() + 25 * 3600
    monkeypatch.setattr("routegen.uploads.pieces.time.time", lambda: later)
    tus_app.RESUMABLE._swept = -1e9
    client.begin()
    assert {path.suffix for path in kept()} == {".data", ".json"} and len(kept()) == 2


@pytest.mark.parametrize("call", ["os.fsync", "os.write", "Path.rename", "Path.replace"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_at_every_step_and_loses_nothing(
    client: Client, kept: Kept, monkeypatch: pytest.MonkeyPatch, call: str, error: int
) -> None:
    """The first, second, … call fails; once there is space, the client goes on where it was."""
    owner = os if call.startswith("os.") else Path
    name = call.partition(".")[2]
    real = getattr(owner, name)
    for number in range(1, 20):
        calls: list[object] = []

        def full(*arguments: Any, calls: list[object] = calls, number: int = number) -> Any:
            calls.append(stat.S_ISREG(os.fstat(arguments[0]).st_mode) if name == "fsync" else True)
            if len(calls) == number:
                raise OSError(error, os.strerror(error))
            return real(*arguments)

        with monkeypatch.context() as filling:
            filling.setattr(owner, name, full)
            answer = created = client.create()
            if created.status == 201:
                answer = client.patch(created.headers["location"], 0, CONTENT)
        if len(calls) < number:
            break
        folder = (
            call == "os.fsync" and not calls[number - 1]
        )  # a folder that cannot be synced is as good as it gets
        assert answer.error is None and (answer.status == 507 or folder), (call, number)
        if created.status == 201:
            place = created.headers["location"]
            offset = client.offset(place)
            if offset < len(CONTENT):
                assert client.patch(place, offset, CONTENT[offset:]).status == 204
            stored = client("HEAD", place).headers["content-location"]
            assert client("GET", stored[2:]).body == CONTENT
            assert names(kept(), "records") == names(kept(), "files")
    assert number > 1, "it was never called"


def test_an_owner_has_so_many_unfinished_uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Uploads(lambda: open_storage(tmp_path.as_uri()), types=".bin")
    monkeypatch.setattr(tus_app, "RESUMABLE", Resumable(files, "/nowhere", max_unfinished=2))
    client = Client(tus_app.app)
    first, second = client.begin(), client.begin()
    refused = client.create()
    assert (refused.status, refused.headers["tus-resumable"]) == (429, "1.0.0")
    assert client.create(headers={b"x-user": b"ada"}).status == 201
    assert client("DELETE", first).status == 204
    third = client.begin()
    assert client.create().status == 429
    assert client.patch(second, 0, CONTENT).status == 204  # a finished one is none of them
    assert client.create().status == 201
    assert client.offset(third) == 0


def test_the_quota_counts_what_was_announced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Uploads(lambda: open_storage(tmp_path.as_uri()), types=".bin", quota=2 * len(CONTENT))
    monkeypatch.setattr(tus_app, "RESUMABLE", Resumable(files, "/nowhere"))
    client = Client(tus_app.app)
    place = client.begin()
    assert client.create(len(CONTENT) + 1).status == 413
    assert client.patch(place, 0, CONTENT).status == 204
    assert client.create(len(CONTENT) + 1).status == 413
    assert client.create().status == 201
    assert client.create(1).status == 413


UPLOAD = """
import fs from "node:fs"
import * as tus from "tus-js-client"
const [endpoint, path, chunk] = process.argv.slice(2)
let location = null
const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint, uploadSize: fs.statSync(path).size, chunkSize: Number(chunk), metadata: { filename: "a.bin" },
  retryDelays: Array(400).fill(150),
  onShouldRetry: () => true,
  onAfterResponse: (request, response) => { location = response.getHeader("Content-Location") ?? location },
  onSuccess: () => { console.log(location); process.exit(0) },
  onError: (error) => { console.error(error.message); process.exit(1) },
})
upload.start()
"""


class Server:
    """uvicorn with an application of this folder, which can be killed and comes back on its port."""

    def __init__(self, folder: Path, app: str = "tus_app", **environment: str) -> None:
        self.app = f"tests.uploads.{app}:app"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "UPLOADS": folder.as_uri(),
            **environment,
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", self.app, "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--log-level", "critical"], cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def test_tus_js_client_over_kills(tmp_path: Path) -> None:
    """Set UPLOADS_KILLED to repeat it: each upload is interrupted by kill -9 at a random moment, at least once."""
    modules()
    rng = random.Random(5)
    content = rng.randbytes(24_000_000)
    (tmp_path / "source").write_bytes(content)
    server = Server(tmp_path / "kept", PACE="0.003")
    killed = 0
    try:
        for _ in range(int(os.environ.get("UPLOADS_KILLED", "1"))):
            printed: list[str] = []

            def send(printed: list[str] = printed) -> None:
                chunk = rng.choice([500_000, 3_000_000, 10**9])
                url = f"http://127.0.0.1:{server.port}/resumable"
                printed.append(node(UPLOAD, url, str(tmp_path / "source"), str(chunk), timeout=120))

            sending = threading.Thread(target=send)
            sending.start()
            for _ in range(3):
                _wait_for_growth(tmp_path / "kept", rng.uniform(0, 0.15), sending)
                killed += sending.is_alive()
                server.kill()
                server.start()
            sending.join(120)
            assert printed, "the client gave up"
            [name] = [line.strip().removeprefix("../") for line in printed]
            record = json.loads((tmp_path / "kept/things/records" / f"{name}.json").read_text())
            assert record["sha256"] == hashlib.sha256(content).hexdigest()
            stored = (tmp_path / "kept/things/files" / name).read_bytes()
            assert stored == content
    finally:
        server.kill()
    assert killed
    print(f"killed {killed} times during an upload")


def _wait_for_growth(folder: Path, more: float, sending: threading.Thread) -> None:
    def size() -> int:
        total = 0
        for path in (folder / "things" / "resumable").rglob("*.data"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue
        return total

    before, end = size(), time.monotonic() + 15
    while size() <= before and sending.is_alive() and time.monotonic() < end:
        time.sleep(0.002)
    time.sleep(more)
