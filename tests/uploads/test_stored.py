"""What was taken is given back, listed by owner, deleted by its owner only, and described to `/docs`."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from routegen.uploads import Uploads, open_storage, sample_file
from routegen.uploads.types import _TYPES, HEAD, AllowList
from tests.uploads.conftest import Kept


def put(client: TestClient, user: str = "", name: str = "a.txt") -> str:
    answer = client.post("/files", files={"file": (name, b"hello")}, headers={"X-User": user} if user else {})
    assert answer.status_code == 201, answer.text
    return answer.json()["name"]


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def test_ranges_and_conditions(client: TestClient) -> None:
    name = put(client)
    whole = client.get(f"/files/{name}")
    assert (whole.status_code, whole.content) == (200, b"hello")
    assert client.get(f"/files/{name}", headers={"Range": "bytes=1-2"}).content == b"el"
    assert client.get(f"/files/{name}", headers={"Range": "bytes=-2"}).content == b"lo"
    assert client.get(f"/files/{name}", headers={"Range": "bytes=9-"}).status_code == 416
    assert client.get(f"/files/{name}", headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    head = client.head(f"/files/{name}")
    assert (head.content, head.headers["content-length"]) == (b"", "5")


def test_each_owner_sees_their_own(client: TestClient) -> None:
    hers = [put(client, "ada") for _ in range(3)]
    his = put(client, "../ada")
    nobodys = put(client)

    def listed(user: str, **query: object) -> list[str]:
        headers = {"X-User": user} if user else {}
        return [file["name"] for file in client.get("/files", headers=headers, params=query).json()]

    assert listed("ada") == hers[::-1]
    assert listed("../ada") == [his]
    assert listed("") == [nobodys]
    assert listed("ada", limit=2) == hers[:0:-1]
    assert listed("ada", limit=2, before=hers[1]) == [hers[0]]
    assert listed("ada", before="../../x") == hers[::-1] or listed("ada", before="../../x") == []


def test_only_the_owner_deletes(client: TestClient, kept: Kept) -> None:
    name = put(client, "ada")
    for user in ("grace", ""):
        assert client.delete(f"/files/{name}", headers={"X-User": user} if user else {}).status_code == 404
    assert client.get(f"/files/{name}").status_code == 200
    assert client.delete(f"/files/{name}", headers={"X-User": "ada"}).status_code == 204
    assert client.delete(f"/files/{name}", headers={"X-User": "ada"}).status_code == 404
    assert client.get(f"/files/{name}").status_code == 404
    assert kept() == []


def test_a_file_without_a_record_does_not_exist(client: TestClient, kept: Kept) -> None:
    name = put(client)
    [record] = [path for path in kept() if path.parent.name == "records"]
    record.unlink()
    assert client.get(f"/files/{name}").status_code == 404
    assert client.get("/files").json() == []


def test_html_and_svg_are_never_shown(tmp_path: Path) -> None:
    import asyncio

    files = Uploads(lambda: open_storage(tmp_path.as_uri()), types="text/html, image/svg+xml")
    app = FastAPI()
    client = TestClient(app)

    from fastapi import Request, Response

    @app.put("/", status_code=201)
    async def take(request: Request, filename: str) -> str:
        return (await files.receive_raw(request, filename)).name

    @app.get("/{name}")
    async def give(name: str) -> Response:
        return await files.answer(name, download=None)

    for filename in ("a.html", "a.svg"):
        name = client.put("/", params={"filename": filename}, content=b"<script>alert(1)</script>").json()
        assert client.get(f"/{name}").headers["content-disposition"].startswith("attachment")
    assert asyncio.run(files.find("nothing")) is None


def test_docs_offer_to_choose_a_file(client: TestClient) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/files"]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["file"]
    assert schema["properties"]["file"]["format"] == "binary"
    assert {"201", "415", "422"} <= operation["responses"].keys()


@pytest.mark.parametrize("kind", _TYPES, ids=lambda kind: kind.extensions[0])
def test_every_type_knows_its_own(kind: object, tmp_path: Path) -> None:
    allowed = AllowList(kind.media_type)  # type: ignore[attr-defined]
    name, content = sample_file(kind.media_type, 5000)  # type: ignore[attr-defined]
    claimed = allowed.type_of(name.upper())
    assert claimed is not None and len(content) == 5000
    assert claimed[1].fits(content[:HEAD])
    if claimed[1].signatures != (b"",):
        assert not claimed[1].fits(b"\0\0\0\0 nothing of the kind" + bytes(300))


def test_ranges_of_types() -> None:
    assert set(AllowList("image/*").types) > {"png", "jpg", "jpeg", "webp"}
    assert not {"svg", "html"} & set(AllowList("image/*, text/*").types)
    assert "svg" in AllowList("image/*, image/svg+xml").types
    assert set(AllowList([".zip", "text/csv"]).types) == {"zip", "csv"}
    for wrong in ("", "image/*, bogus/*", ".exe", "application/x-bogus"):
        with pytest.raises(ValueError):
            AllowList(wrong)


def test_text_is_utf8() -> None:
    text = AllowList(".txt").types["txt"]
    for good in ("", "grüße\r\n\t", "é" * 2048, "x" + "é" * 3000, "😀" * 1024 + "x"):
        assert text.fits(good.encode()[:HEAD]), good[:10]
    for bad in (b"\0", b"\xff\xfeh\0", b"caf\xe9", b"x" * 4095 + b"\xe9x"[:1] + b"", b"\x1b" * 3 + b"\x01"):
        assert not text.fits(bad[:HEAD]) or len(bad) >= HEAD, bad[:10]


@pytest.mark.parametrize("url", ["", "/srv", "file:relative", "file://host/x", "ftp://x/y", "s3:///x"])
def test_other_storages_are_refused(url: str) -> None:
    with pytest.raises(ValueError):
        open_storage(url)


@pytest.mark.parametrize("limits", [{"max_bytes": 0}, {"max_files": 0}, {"max_fields": -1}])
def test_limits_make_sense(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Uploads(lambda: open_storage("file:///x"), **limits)  # type: ignore[arg-type]


def test_the_answer_is_json(client: TestClient) -> None:
    facts = json.loads(client.post("/files", files={"file": ("ä b.txt", b"hello")}).content)
    assert facts["filename"] == "ä b.txt"
    assert facts["created_at"].endswith("Z")
    assert "owner" not in facts
