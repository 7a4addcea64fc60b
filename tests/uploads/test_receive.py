"""Files arrive in any chunks, are refused in time, and leave nothing behind when they do not arrive."""

import asyncio
import hashlib
import json
import os
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from routegen.uploads import Uploads, open_storage
from tests.uploads.asgi import Answer, call, file, form, pieces
from tests.uploads.conftest import MAX_BYTES, Kept, application

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
BIG = b"\x89PNG\r\n\x1a\n" + os.urandom(2_500_000)


def post(app: FastAPI, name: bytes, content: bytes) -> Answer:
    return call(app, "POST", "/files", pieces(form(file(name, content)), 65536))


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 65536, 10**7])
def test_any_chunks_give_the_same_file(app: FastAPI, kept: Kept, size: int) -> None:
    content = PNG[:3000] if size < 100 else PNG
    answer = call(app, "POST", "/files", pieces(form(file(b"a.png", content)), size))
    assert answer.status == 201, answer.body
    facts = json.loads(answer.body)
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()
    assert facts["size"] == len(content)
    assert (facts["filename"], facts["media_type"]) == ("a.png", "image/png")
    [data] = [path for path in kept() if path.parent.name == "files"]
    assert data.name == facts["name"]
    download = call(app, "GET", f"/files/{facts['name']}")
    assert download.body == content
    assert download.headers["content-disposition"] == 'attachment; filename="a.png"'
    assert download.headers["x-content-type-options"] == "nosniff"
    assert data.stat().st_mode & 0o777 == 0o640


def test_many_batches_are_written_in_order(tmp_path: Path) -> None:
    app = application(tmp_path.as_uri(), max_bytes=len(BIG))
    answer = call(app, "POST", "/files", pieces(form(file(b"a.png", BIG)), 65536))
    assert json.loads(answer.body)["sha256"] == hashlib.sha256(BIG).hexdigest()


def test_a_chunked_body_needs_no_length(app: FastAPI) -> None:
    assert call(app, "POST", "/files", [form(file(b"a.png", PNG))], length=None).status == 201


REFUSED = {
    "another type": (415, form(file(b"a.html", b"<p>"))),
    "svg": (415, form(file(b"a.svg", b"<svg/>"))),
    "no extension": (415, form(file(b"png", PNG))),
    "dot first": (415, form(file(b".png", PNG))),
    "dot last": (415, form(file(b"a.png.", PNG))),
    "another content": (415, form(file(b"a.png", b"<script>" * 9000))),
    "another content, short": (415, form(file(b"a.png", b"GIF89a"))),
    "text with NUL": (415, form(file(b"a.txt", b"a\0b"))),
    "text in Latin-1": (415, form(file(b"a.txt", b"caf\xe9 au lait"))),
    "no content": (415, form(file(b"a.png", b""))),
    "too large": (413, form(file(b"a.png", PNG * 10))),
    "no file": (422, form((b'name="other"', b"x"))),
    "text where a file should be": (422, form((b'name="file"', b"x"))),
    "no file chosen": (422, form((b'name="file"; filename=""', b""))),
    "a file in another field": (422, form(file(b"a.png", PNG, b"other"))),
    "two files": (422, form(file(b"a.png", PNG), file(b"b.png", PNG))),
    "many parts": (413, form(*[(b'name="a"', b"")] * 50)),
    "a large field": (413, form((b'name="a"', b"x" * 70_000), file(b"a.png", PNG))),
    "a long header": (413, form((b'name="%b"' % (b"a" * 5000), b""))),
    "many headers": (413, form((b'name="a"' + b"\r\nX-A: b" * 9, b""))),
    "no parts": (422, form()),
    "no closing boundary": (400, form(file(b"a.png", PNG), closing=False)),
    "cut in the content": (400, form(file(b"a.png", PNG))[:-2000]),
    "cut in the boundary": (400, form(file(b"a.png", PNG))[:-5]),
    "empty": (400, b""),
    "a field that is not UTF-8": (400, form((b'name="a"', b"\xff"), file(b"a.png", PNG))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_and_leaves_nothing(app: FastAPI, kept: Kept, case: str) -> None:
    status, body = REFUSED[case]
    for size in (900, 65536):
        answer = call(app, "POST", "/files", pieces(body, size))
        assert (answer.status, answer.error) == (status, None), answer.body
        assert kept() == []


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (b"application/json", 415),
        (b"", 415),
        (b"application/x-www-form-urlencoded", 415),
        (b"multipart/form-data", 400),
        (b"multipart/form-data; boundary=", 400),
        (b"multipart/form-data; boundary=" + b"a" * 71, 400),
        (b"multipart/mixed; boundary=abc", 415),
    ],
)
def test_other_bodies_are_refused(app: FastAPI, content_type: bytes, status: int) -> None:
    body = [form(file(b"a.png", PNG))]
    assert call(app, "POST", "/files", body, content_type=content_type).status == status


@pytest.mark.parametrize("length", [5, 10**6, 10**30])
def test_the_declared_length_has_to_be_true(app: FastAPI, kept: Kept, length: int) -> None:
    answer = call(app, "POST", "/files", [form(file(b"a.png", PNG))], length=length)
    assert answer.status == (201 if length == 10**30 else 400)  # a number that no body has counts as none
    assert bool(kept()) == (length == 10**30)


@pytest.mark.parametrize("sent", [0, 1, 50, 5000, 90_000])
def test_nothing_is_left_when_the_client_leaves(app: FastAPI, kept: Kept, sent: int) -> None:
    body = form(file(b"a.png", PNG))[:sent]
    answer = call(app, "POST", "/files", pieces(body, 1000), leaves=True, length=len(PNG))
    assert isinstance(answer.error, ClientDisconnect)
    assert kept() == []


def test_nothing_is_left_when_the_disk_is_full(
    app: FastAPI, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("routegen.uploads.disk.os.write", full)
    answer = post(app, b"a.png", PNG)
    assert answer.status == 507
    monkeypatch.undo()
    assert kept() == []


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("way", ["form", "raw"])
def test_a_disk_that_fills_up_at_any_step(
    app: FastAPI, kept: Kept, monkeypatch: pytest.MonkeyPatch, number: int, way: str
) -> None:
    """The file, its folder, the record, its folder, the folder of the owner's entries: each is synced."""
    calls: list[int] = []

    def fill(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == number:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("routegen.uploads.disk.os.fsync", fill)
    if way == "form":
        answer = post(app, b"a.png", PNG)
    else:
        answer = call(app, "PUT", "/files", [PNG], query=b"filename=a.png", content_type=b"image/png")
    assert len(calls) >= number
    if number in (1, 3):
        assert (answer.status, answer.error) == (507, None)
        assert kept() == []
    else:  # a folder that cannot be synced is as good as it gets
        assert answer.status == 201


def test_an_owner_keeps_so_many_bytes(tmp_path: Path, kept: Kept) -> None:
    app = application(tmp_path.as_uri(), quota=2 * len(PNG), max_files=3)

    def send(user: str, *files: tuple[bytes, bytes], path: str = "/files") -> Answer:
        headers = {b"x-user": user.encode()} if user else {}
        return call(app, "POST", path, pieces(form(*files), 65536), headers=headers)

    one = file(b"a.png", PNG)
    names = [json.loads(send("ada", one).body)["name"] for _ in range(2)]
    before = kept()
    refused = send("ada", one)
    assert refused.status == 413 and b"delete some" in refused.body
    assert kept() == before
    assert send("grace", one).status == 201
    assert call(app, "DELETE", f"/files/{names[0]}", headers={b"x-user": b"ada"}).status == 204
    assert send("ada", one).status == 201
    before = kept()
    assert send("", one, one, one, path="/forms").status == 413  # the third one is too much: none is kept
    assert kept() == before
    raw = {"query": b"filename=a.png", "content_type": b"image/png"}
    assert [call(app, "PUT", "/files", [PNG], **raw).status for _ in range(3)] == [201, 201, 413]


@pytest.mark.parametrize("place", ["fsync", "rename", "record"])
def test_nothing_is_left_when_the_disk_fails(
    app: FastAPI, kept: Kept, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    calls: list[object] = []

    def fail(*arguments: object) -> None:
        calls.append(arguments)
        if place != "record" or len(calls) > 1:
            raise OSError(5, "Input/output error")
        os.replace(*arguments)  # type: ignore[arg-type]  # noqa: PTH105

    target = "routegen.uploads.disk.os.fsync" if place == "fsync" else "pathlib.Path.rename"
    monkeypatch.setattr(target, fail)
    answer = post(app, b"a.png", PNG)
    assert isinstance(answer.error, OSError)
    monkeypatch.undo()
    assert kept() == []


def test_nothing_is_left_when_the_handler_is_cancelled(tmp_path: Path, kept: Kept) -> None:
    async def main() -> None:
        from starlette.requests import Request

        files = Uploads(lambda: open_storage(tmp_path.as_uri()))
        body = iter([form(file(b"a.png", BIG))])

        async def receive() -> dict[str, object]:
            for chunk in body:
                return {"type": "http.request", "body": chunk, "more_body": True}
            await asyncio.sleep(60)
            raise AssertionError

        headers = [(b"content-type", b"multipart/form-data; boundary=" + b"x" * 24)]
        request = Request({"type": "http", "method": "POST", "headers": headers}, receive)  # type: ignore[arg-type]
        task = asyncio.create_task(files.receive(request))
        while not kept():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert kept() == []


def test_several_files_are_taken_together_or_not_at_all(tmp_path: Path, kept: Kept) -> None:
    app = application(tmp_path.as_uri(), max_files=3)
    good = form((b'name="title"', "Mär".encode()), file(b"a.png", PNG), file(b"b.txt", b"hello", b"b"))
    answer = call(app, "POST", "/forms", pieces(good, 5000))
    assert answer.status == 201
    assert json.loads(answer.body)["fields"] == {"title": ["Mär"]}
    before = kept()
    assert len([path for path in before if path.parent.name == "files"]) == 2
    for bad in (
        form(file(b"a.png", PNG), file(b"b.html", b"hello")),
        form(file(b"a.png", PNG), file(b"b.png", b"hello")),
        form(*[file(b"a.png", PNG)] * 4),
        form(file(b"a.png", PNG), file(b"b.txt", b"hello"))[:-4],
    ):
        assert call(app, "POST", "/forms", pieces(bad, 5000)).status in (400, 415, 422)
        assert kept() == before


def test_a_raw_body_is_a_file(app: FastAPI, kept: Kept) -> None:
    def put(content: bytes, query: bytes = b"filename=a.png", **more: object) -> int:
        kind = b"image/png" if not query else b"application/x-www-form-urlencoded"
        return call(
            app, "PUT", "/files", pieces(content, 4000), query=query, content_type=kind, **more
        ).status  # type: ignore[arg-type]

    assert put(PNG) == put(PNG, b"") == put(PNG, length=None) == 201
    before = kept()
    assert put(PNG, b"filename=a.html") == put(PNG, b"filename=a.gif") == 415
    assert put(PNG * 10) == put(PNG * 10, length=None) == 413
    assert put(b"") == 422
    assert put(PNG, length=len(PNG) + 1) == 400
    assert put(PNG[:5000], leaves=True, length=len(PNG)) == 500
    assert kept() == before


def test_the_limit_is_exact(app: FastAPI) -> None:
    head = b"\x89PNG\r\n\x1a\n"
    assert post(app, b"a.png", head + bytes(MAX_BYTES - 8)).status == 201
    assert post(app, b"a.png", head + bytes(MAX_BYTES - 7)).status == 413


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "kept" / "incoming"
    left.mkdir(parents=True)
    for name, age in (("old.part", 90_000), ("new.part", 60)):
        (left / name).write_bytes(b"x")
        then = (left / name).stat().st_mtime - age
        os.utime(left / name, (then, then))
    app = application((tmp_path / "kept").as_uri() + "/")
    assert post(app, b"a.png", PNG).status == 201
    assert [path.name for path in left.iterdir()] == ["new.part"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), cut=st.integers(1, 50), tail=st.booleans())
def test_any_bytes_are_answered(app: FastAPI, kept: Kept, body: bytes, cut: int, tail: bool) -> None:
    whole = form(file(b"a.txt", b"x"))[:-cut] + body if tail else body
    answer = call(app, "POST", "/files", pieces(whole, 17))
    assert answer.error is None
    assert answer.status in (201, 400, 413, 415, 422)
