"""Every hostile file name and every odd multipart body that is known: answered in time, nothing written elsewhere."""

import base64
import json
import re
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.uploads.asgi import BOUNDARY, call, file, form, pieces
from tests.uploads.conftest import application

DATA = Path(__file__).parent / "data"
NAMES = json.loads((DATA.parents[1] / "library" / "data" / "filenames.json").read_text())
CASES = [json.loads(line) for line in (DATA / "multipart_cases.jsonl").read_text().splitlines()]
OURS = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,8}")
ENTRY = re.compile(rf"{OURS.pattern}\.\d+")  # with the size of the file


def outside(tmp_path: Path) -> list[Path]:
    """What lies in the folder around the storage, or in it under a name that is not ours."""
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    names = {
        path: path.name.removesuffix(".json") if path.parent.name == "records" else path.name
        for path in found
    }
    return [
        path
        for path in found
        if not path.is_relative_to(tmp_path / "a" / "b" / "kept")
        or not (ENTRY if "owners" in path.parts else OURS).fullmatch(names[path])
    ]


@pytest.fixture(autouse=True)
def fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files: nobody pulls the plug here."""
    monkeypatch.setattr("routegen.uploads.disk.os.fsync", lambda descriptor: None)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return application((tmp_path / "a" / "b" / "kept").as_uri())


@pytest.mark.parametrize("ending", [b"", b".txt"])
def test_no_name_is_a_path(app: FastAPI, tmp_path: Path, ending: bytes) -> None:
    taken: set[str] = set()
    for row in NAMES:
        name = base64.b64decode(row["name_b64"]) + ending
        for way in ("form", "raw"):
            if way == "form":
                answer = call(app, "POST", "/files", [form(file(name, b"hello"))])
            else:
                query = b"filename=" + b"".join(b"%%%02X" % byte for byte in name)
                answer = call(app, "PUT", "/files", [b"hello"], query=query, content_type=b"text/plain")
            assert answer.error is None and 200 <= answer.status < 500, (row["id"], answer)
            if answer.status == 201:
                stored = json.loads(answer.body)["name"]
                assert OURS.fullmatch(stored) and stored not in taken, row["id"]
                taken.add(stored)
                download = call(app, "GET", f"/files/{stored}")
                assert download.body == b"hello", row["id"]
                disposition = download.headers["content-disposition"]
                assert disposition.isprintable() and disposition.startswith("attachment; "), row["id"]
    assert not outside(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.parent.name == "files"]
    assert len(files) == len(taken)
    assert all(path.read_bytes() == b"hello" for path in files)
    assert len(taken) > (600 if ending else 15)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=60), path=st.text(max_size=40))
def test_no_text_is_a_path(app: FastAPI, tmp_path: Path, name: str, path: str) -> None:
    raw = f"{name}.txt".encode("utf-8", "replace")
    answer = call(app, "POST", "/files", [form(file(raw, b"hello"))])
    assert answer.status in (201, 400, 413, 415), answer
    if answer.status == 201:
        filename = json.loads(answer.body)["filename"]
        assert "/" not in filename and "\\" not in filename
        got = call(app, "GET", f"/files/{json.loads(answer.body)['name']}")
        assert not any(unicodedata.category(c) == "Cc" for c in got.headers["content-disposition"])
    found = call(app, "GET", f"/files/{path}".encode("utf-8", "replace").decode())
    assert found.status in (200, 404, 405, 307)
    assert outside(tmp_path) == []


@pytest.mark.parametrize(
    "path", ["../records", "..%2Frecords", "x", ".", "%00", "records/x", "0" * 32 + ".txt"]
)
def test_only_stored_names_are_found(app: FastAPI, path: str) -> None:
    assert call(app, "GET", f"/files/{path}").status == 404
    assert call(app, "DELETE", f"/files/{path}").status in (404, 405)


@pytest.mark.parametrize("size", [1, 1000, 10**6])
def test_every_multipart_case(tmp_path: Path, size: int) -> None:
    """Accepted what has to be, refused what has to be, never a 5xx, never slow, never half a body taken."""
    app = application((tmp_path / "kept").as_uri(), max_files=100, max_fields=1000)
    wrong: list[tuple[Any, ...]] = []
    for case in CASES:
        body = base64.b64decode(case["body_b64"])
        if size == 1 and len(body) > 4000:
            continue
        began = time.perf_counter()
        answer = call(
            app, "POST", "/forms", pieces(body, size), content_type=case["content_type"].encode("latin-1")
        )
        seconds = time.perf_counter() - began
        # 415 is a part whose file we do not take, which is no matter of the parser
        accepted = answer.status in (201, 415)
        expected = {"accept": accepted, "reject": 400 <= answer.status < 500}.get(case["expect"], True)
        if answer.error or answer.status >= 500 or seconds > 2 or not expected:
            wrong.append((case["id"], case["expect"], answer.status, answer.body, answer.error, seconds))
        if answer.status == 201 and not _is_closed(body, case["content_type"]):
            wrong.append((case["id"], "cut, but accepted", answer.status))
    assert wrong == []


def _is_closed(body: bytes, content_type: str) -> bool:
    match = re.search(r'boundary="?([^";]+)', content_type)
    return match is not None and b"--" + match[1].strip().encode("latin-1") + b"--" in body


@pytest.mark.parametrize("size", [1, 3, 11, 50])
def test_a_body_cut_anywhere_is_refused(app: FastAPI, tmp_path: Path, size: int) -> None:
    whole = form((b'name="title"', b"x"), file(b"a.txt", b"hello\r\n--" + BOUNDARY[:-1] + b"\r\n"))
    end = len(whole) - 2  # the line end after the closing boundary is not needed
    assert call(app, "POST", "/files", pieces(whole[:end], size)).status == 201
    for cut in range(0, end, 1 if size == 50 else 13):
        assert call(app, "POST", "/files", pieces(whole[:cut], size)).status == 400, cut
    assert outside(tmp_path) == []
    assert len([path for path in tmp_path.rglob("*") if path.parent.name == "files"]) == 1
