"""respond.file: ranges and conditions by RFC 9110, names by RFC 6266, and paths that cannot leave their root."""

import asyncio
import base64
import email.utils
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from routegen import respond
from routegen.respond.disposition import content_disposition
from routegen.respond.paths import stays_below
from routegen.respond.ranges import Unsatisfiable, wanted_ranges

NAMES: dict[str, list[bytes]] = {}
"""Hostile names by category, each with its source and licence in the file."""
for _row in json.loads((Path(__file__).parent / "data" / "filenames.json").read_text("utf-8")):
    NAMES.setdefault(_row["category"], []).append(base64.b64decode(_row["name_b64"]))
BODY = bytes(range(256)) * 4
DATE = 1_000_000_000
MODIFIED = email.utils.formatdate(DATE, usegmt=True)
BEFORE = email.utils.formatdate(DATE - 1, usegmt=True)
AFTER = email.utils.formatdate(DATE + 1, usegmt=True)
Ask = Callable[..., Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    for name in ("a.bin", "sub/b.txt", "empty.bin"):
        (root / name).write_bytes(b"" if name == "empty.bin" else BODY)
        os.utime(root / name, (DATE, DATE))
    (tmp_path / "secret.txt").write_text("secret")
    return root


@pytest.fixture
def ask(root: Path) -> Ask:
    app = FastAPI()
    options: dict[str, Any] = {}

    @app.api_route("/", methods=["GET", "HEAD", "POST"])
    async def GET(path: str) -> Any:
        return respond.file(path, root=root, **options)

    client = TestClient(app)

    def request(path: str, headers: Any = None, method: str = "GET", **given: Any) -> Any:
        options.clear()
        options.update(given)
        return client.request(method, "/", params={"path": path}, headers=headers)

    return request


def test_a_whole_file(ask: Ask) -> None:
    answer = ask("sub/b.txt")
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == "1024"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["last-modified"] == MODIFIED
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="b.txt"'
    assert re.fullmatch('"[0-9a-f]+-[0-9a-f]+"', answer.headers["etag"])


@pytest.mark.parametrize(
    ("value", "status", "parts"),
    [
        ("bytes=0-0", 206, [(0, 0)]),
        ("bytes=0-499", 206, [(0, 499)]),
        ("bytes=500-", 206, [(500, 1023)]),
        ("bytes=-500", 206, [(524, 1023)]),
        ("bytes=-5000", 206, [(0, 1023)]),
        ("bytes=1000-9999", 206, [(1000, 1023)]),
        ("BYTES=1-2", 206, [(1, 2)]),
        ("bytes= 1-2 ", 206, [(1, 2)]),
        ("bytes=,1-2,,", 206, [(1, 2)]),
        ("bytes=0-1,10-11", 206, [(0, 1), (10, 11)]),
        ("bytes=0-1 , -2", 206, [(0, 1), (1022, 1023)]),
        ("bytes=0-5,3-9", 206, [(0, 9)]),  # overlapping ones may be joined (15.3.7.2)
        ("bytes=0-1,5000-", 206, [(0, 1)]),  # one that fits is enough (14.1.2)
        ("bytes=1024-", 416, []),
        ("bytes=2000-3000", 416, []),
        ("bytes=-0", 416, []),
        ("bytes=2000-,3000-", 416, []),
        ("items=0-5", 200, []),
        ("bytes", 200, []),
        ("bytes=", 200, []),
        ("bytes=,", 200, []),
        ("bytes=5-2", 200, []),
        ("bytes=0-1,5-2", 200, []),
        ("bytes=a-b", 200, []),
        ("bytes=-", 200, []),
        ("bytes=--5", 200, []),
        ("bytes=+1-2", 200, []),
        ("bytes=1_0-20", 200, []),
        ("bytes=0x1-2", 200, []),
        ("bytes=1-2-3", 200, []),
        ("bytes=0-1;2-3", 200, []),
        ("bytes=" + "9" * 5000 + "-", 200, []),
        ("bytes=" + ",".join(f"{i}-{i}" for i in range(0, 400, 2)), 200, []),
    ],
)
def test_ranges(ask: Ask, value: str, status: int, parts: list[tuple[int, int]]) -> None:
    answer = ask("a.bin", {"Range": value})
    assert answer.status_code == status
    if status == 200:
        assert answer.content == BODY
    elif status == 416:
        assert (answer.headers["content-range"], answer.content) == ("bytes */1024", b"")
    elif len(parts) == 1:
        first, last = parts[0]
        assert answer.content == BODY[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/1024"
    else:
        assert multipart(answer) == [(f"bytes {a}-{b}/1024", BODY[a : b + 1]) for a, b in parts]
        assert int(answer.headers["content-length"]) == len(answer.content)


def multipart(answer: Any) -> list[tuple[str, bytes]]:
    boundary = answer.headers["content-type"].partition("multipart/byteranges; boundary=")[2].encode()
    found: list[tuple[str, bytes]] = []
    for part in answer.content.split(b"--" + boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        found.append((re.search(rb"Content-Range: (.*)", head)[1].decode().strip(), body[:-2]))  # type: ignore[index]
    return found


def test_ranges_are_for_get(ask: Ask) -> None:
    head = ask("a.bin", {"Range": "bytes=0-1"}, "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "1024")
    assert ask("a.bin", {"Range": "bytes=0-1"}, "POST").content == BODY


def test_an_empty_file_has_no_ranges(ask: Ask) -> None:
    assert ask("empty.bin").content == b""
    assert ask("empty.bin", {"Range": "bytes=0-"}).status_code == 416
    assert wanted_ranges("items=0-1", 0) == []
    with pytest.raises(Unsatisfiable):
        wanted_ranges("bytes=-5", 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-None-Match": "ETAG"}, 304),
        ({"If-None-Match": "W/ETAG"}, 304),  # weak comparison (13.1.2)
        ({"If-None-Match": '"x", ETAG'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-None-Match": "no tag *"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": MODIFIED}, 200),  # the date does not count then
        ({"If-Modified-Since": MODIFIED}, 304),
        ({"If-Modified-Since": AFTER}, 304),
        ({"If-Modified-Since": BEFORE}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Modified-Since": ""}, 200),
        ({"If-Match": "ETAG"}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": "W/ETAG"}, 412),  # strong comparison (13.1.1)
        ({"If-Match": '"x"'}, 412),
        ({"If-Unmodified-Since": MODIFIED}, 200),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Match": "ETAG", "If-Unmodified-Since": BEFORE}, 200),
        ({"Range": "bytes=0-1", "If-Range": "ETAG"}, 206),
        ({"Range": "bytes=0-1", "If-Range": MODIFIED}, 206),
        ({"Range": "bytes=0-1", "If-Range": "W/ETAG"}, 200),
        ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200),
        ({"Range": "bytes=0-1", "If-Range": BEFORE}, 200),
        ({"Range": "bytes=9999-", "If-Range": '"x"'}, 200),
        ({"Range": "bytes=0-1", "If-None-Match": "ETAG"}, 304),  # before the range (13.2.2)
        ({"If-Range": "ETAG"}, 200),
    ],
)
def test_conditions(ask: Ask, headers: dict[str, str], status: int) -> None:
    etag = ask("a.bin").headers["etag"]
    answer = ask("a.bin", {name: value.replace("ETAG", etag) for name, value in headers.items()})
    assert answer.status_code == status
    assert answer.headers["etag"] == etag
    if status in {304, 412}:
        assert answer.content == b""
        assert "content-type" not in answer.headers and "content-disposition" not in answer.headers


def test_conditions_are_not_for_post(ask: Ask) -> None:
    assert ask("a.bin", {"If-None-Match": "*"}, "POST").status_code == 200


def test_a_304_carries_what_a_cache_updates(root: Path) -> None:
    app = FastAPI()

    @app.get("/")
    async def GET() -> Any:
        answer = respond.file("a.bin", root=root, headers={"Cache-Control": "max-age=60"})
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2")
        return answer

    answer = TestClient(app).get("/", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (304, "max-age=60")
    assert answer.headers["last-modified"] == MODIFIED
    assert len(answer.headers.get_list("set-cookie")) == 2


def test_a_file_just_written_has_a_weak_tag_and_joins_no_ranges(root: Path, ask: Ask) -> None:
    (root / "new.bin").write_bytes(BODY)
    etag = ask("new.bin").headers["etag"]
    assert etag.startswith("W/")
    assert ask("new.bin", {"If-None-Match": etag}).status_code == 304
    assert ask("new.bin", {"Range": "bytes=0-1", "If-Range": etag}).status_code == 200
    assert ask("new.bin", {"If-Match": "*"}).status_code == 200


def test_a_change_of_the_same_size_changes_the_tag(root: Path, ask: Ask) -> None:
    before = ask("a.bin").headers["etag"]
    os.utime(root / "a.bin", ns=(DATE * 10**9 + 1, DATE * 10**9 + 1))
    assert ask("a.bin").headers["etag"] != before


def test_head_has_the_headers_of_get(ask: Ask) -> None:
    head, get = ask("a.bin", method="HEAD"), ask("a.bin")
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "sub", "sub/", "nope", "a.bin/", "a.bin/x", "../secret.txt", "sub/../../secret.txt", "..", "/etc/passwd",
        "//etc/passwd", "\\etc", "sub/../../root/a.bin", "a.bin\0", "a.bin\0.txt", "\ud800", "x" * 300, "x/" * 3000 + "x",
        "out.txt", "outdir/secret.txt", "loop", "pipe", "dangling", "closed.bin",
    ],
)  # fmt: skip
def test_what_is_no_file_below_the_root_is_404(root: Path, path: str) -> None:
    (root / "out.txt").symlink_to(root.parent / "secret.txt")
    (root / "outdir").symlink_to(root.parent)
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    if path == "closed.bin" and os.geteuid() == 0:
        pytest.skip("the superuser reads everything")
    (root / "closed.bin").write_bytes(b"x")
    (root / "closed.bin").chmod(0)
    app = FastAPI()

    @app.get("/")
    async def GET() -> Any:
        return respond.file(path, root=root)

    answer = TestClient(app).get("/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "File not found"})


def test_links_that_stay_below_the_root_are_followed(root: Path, ask: Ask) -> None:
    (root / "link.bin").symlink_to("sub/b.txt")
    assert ask("link.bin").content == BODY
    assert ask("./sub//b.txt").content == BODY


def test_a_root_that_is_not_there_yet_has_no_files(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get("/")
    async def GET() -> Any:
        return respond.file("a", root=tmp_path / "later")

    assert TestClient(app).get("/").status_code == 404


@pytest.mark.parametrize(
    ("path", "windows", "stays"),
    [
        ("C:\\x", True, False), ("C:x", True, False), ("a.txt:stream", True, False), ("sub/NUL", True, False),
        ("con.txt", True, False), ("COM1", True, False), ("com¹.log", True, False), ("LPT9 .x", True, False),
        ("CONIN$", True, False), ("a.", True, False), ("a ", True, False), ("..\\x", True, False),
        ("sub\\..\\..\\x", True, False), ("\\\\server\\share", True, False), ("sub\\a.txt", True, True),
        ("./a.txt", True, True), ("console.log", True, True), ("com10", True, True), ("null", True, True),
        ("NUL", False, True), ("a:b", False, True), ("a.", False, True), ("..\\x", False, True),
        ("../x", False, False), ("a/../x", False, False), ("...", False, True),
    ],
)  # fmt: skip
def test_paths_by_their_text(path: str, windows: bool, stays: bool) -> None:
    assert stays_below(path, windows=windows) is stays


@pytest.mark.parametrize(
    ("name", "media_type", "kind"),
    [
        ("a.png", "image/png", "inline"),
        ("a.txt", "text/plain; charset=utf-8", "inline"),
        ("a.pdf", "application/pdf", "inline"),
        ("a.mp4", "video/mp4", "inline"),
        ("a.json", "application/json", "inline"),
        ("a.html", "text/html; charset=utf-8", "attachment"),
        ("a.svg", "image/svg+xml", "attachment"),
        ("a.xhtml", "application/xhtml+xml", "attachment"),
        ("a.js", "text/javascript; charset=utf-8", "attachment"),
        ("a.unknown", "application/octet-stream", "attachment"),
        ("a", "application/octet-stream", "attachment"),
        ("a.tar.gz", "application/gzip", "attachment"),
        ("a.html.gz", "application/gzip", "attachment"),
        ("data:text/html,x", "application/octet-stream", "attachment"),
    ],
)
def test_what_runs_scripts_is_saved_not_shown(ask: Ask, name: str, media_type: str, kind: str) -> None:
    answer = ask("a.bin", filename=name)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith(f"{kind}; ")


def test_download_decides_over_the_type(ask: Ask) -> None:
    shown = ask("a.bin", filename="a.html", download=False).headers["content-disposition"]
    assert shown == 'inline; filename="a.html"'
    saved = ask("a.bin", filename="a.png", download=True).headers["content-disposition"]
    assert saved == 'attachment; filename="a.png"'
    typed = ask("a.bin", media_type="image/png")
    assert typed.headers["content-disposition"] == 'inline; filename="a.bin"'
    html = ask("a.bin", media_type="Text/HTML; charset=utf-8")
    assert html.headers["content-disposition"] == 'attachment; filename="a.bin"'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report.pdf", 'filename="report.pdf"'),
        ("a b.txt", 'filename="a b.txt"'),
        ("naïve.txt", "filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ("€ rates.txt", "filename=\"_ rates.txt\"; filename*=UTF-8''%E2%82%AC%20rates.txt"),
        ("100%.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ('a"b.txt', 'filename="a_b.txt"'),
        ("../../etc/passwd", 'filename="passwd"'),
        ("..\\..\\win.ini", 'filename="win.ini"'),
        ("a\r\nSet-Cookie: x=1.txt", 'filename="aSet-Cookie_ x=1.txt"'),
        ("gpj.\u202eexe", 'filename="gpj.exe"'),
        (".htaccess", 'filename=".htaccess"'),
        ("", 'filename="download"'),
        ("..", 'filename="download"'),
        ("x/", 'filename="download"'),
        ("\ud800.txt", 'filename="_.txt"'),
        ("می‌خ.txt", "filename=\"____.txt\"; filename*=UTF-8''%D9%85%DB%8C%E2%80%8C%D8%AE.txt"),
    ],
)  # fmt: skip
def test_names(name: str, value: str) -> None:
    assert content_disposition("attachment", name) == f"attachment; {value}"


def test_a_long_name_keeps_its_ending() -> None:
    for name in ("x" * 5000 + ".txt", "ü" * 5000 + ".txt", "x." + "y" * 5000):
        value = content_disposition("attachment", name)
        assert len(value) < 1200
    assert content_disposition("attachment", "x" * 5000 + ".txt").endswith('xx.txt"')


@pytest.mark.parametrize("hostile", [pytest.param(rows, id=category) for category, rows in NAMES.items()])
def test_no_name_breaks_or_injects_a_header(hostile: list[bytes], ask: Ask) -> None:
    for name in {raw.decode(*how) for raw in hostile for how in [("utf-8", "surrogateescape"), ("latin-1",)]}:
        answer = ask("a.bin", filename=name, download=True)
        assert answer.status_code == 200
        assert len(answer.headers.get_list("content-disposition")) == 1 and "set-cookie" not in answer.headers
        value = answer.headers["content-disposition"]
        match = re.fullmatch(r'attachment; filename="([^"\\%]*)"(?:; filename\*=UTF-8\'\'([!-~]+))?', value)
        assert match is not None, value
        saved = unquote(match[2]) if match[2] else match[1]
        assert saved not in {"", ".", ".."}
        assert not re.search(r"[\x00-\x1f\x7f/\\\u202e]", saved)


@pytest.mark.parametrize("hostile", [pytest.param(rows, id=category) for category, rows in NAMES.items()])
def test_no_name_as_a_path_leaves_the_root(hostile: list[bytes], root: Path) -> None:
    app = FastAPI()
    names = [raw.decode("utf-8", "surrogateescape") for raw in hostile]

    @app.get("/{number}")
    async def GET(number: int) -> Any:
        return respond.file(names[number], root=root)

    with TestClient(app) as client:
        assert {client.get(f"/{number}").status_code for number in range(len(names))} == {404}


@pytest.mark.parametrize(
    "misuse",
    [
        {"headers": {"x": "a\r\nb"}},
        {"media_type": "text/html\r\nx: y"},
        {"headers": {"Content-Length": "1"}},
    ],
)
def test_misuse_raises_at_once(root: Path, misuse: Any) -> None:
    with pytest.raises(ValueError):
        respond.file("a.bin", root=root, **misuse)


def test_the_root_is_required() -> None:
    with pytest.raises(TypeError):
        respond.file("a.bin")  # type: ignore[call-arg]


def test_a_file_that_grows_is_cut_at_its_announced_length(root: Path) -> None:
    target = root / "growing.bin"
    target.write_bytes(b"x" * 65536 * 2)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            target.write_bytes(b"x" * 65536 * 5)
        sent.append(message)

    async def receive() -> Message:
        return await asyncio.Future()

    scope = {"type": "http", "method": "GET", "headers": []}
    answer = respond.file("growing.bin", root=root)
    asyncio.run(answer(scope, receive, send))
    bodies = [message for message in sent if message["type"] == "http.response.body"]
    assert sum(len(message["body"]) for message in bodies) == 65536 * 2
    assert [message["more_body"] for message in bodies] == [True, False]
