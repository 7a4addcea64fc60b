import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from routegen.uploads import sample_file

from lib.auth import auth
from main import app

URL = "/api/photos"
NAME, CONTENT = sample_file(".txt")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPLOADS_URL", tmp_path.as_uri())
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def signed_in() -> Iterator[None]:
    app.dependency_overrides[auth] = lambda: "ada"
    yield
    app.dependency_overrides.clear()


def test_only_who_is_signed_in_may_upload(client: TestClient, folder: Path) -> None:
    assert client.post(URL, files={"file": (NAME, CONTENT)}).status_code == 401
    assert client.put(URL, params={"filename": NAME}, content=CONTENT).status_code == 401
    assert client.get(URL).status_code == 401
    assert kept(folder) == []


@pytest.mark.usefixtures("signed_in")
def test_what_is_another_ones_is_not_listed_and_not_deleted(client: TestClient) -> None:
    place = client.post(URL, files={"file": (NAME, CONTENT)}).headers["Location"]
    app.dependency_overrides[auth] = lambda: "grace"
    assert client.get(URL).json() == []
    assert client.delete(place).status_code == 404
    app.dependency_overrides[auth] = lambda: "ada"
    assert client.delete(place).status_code == 204


@pytest.mark.usefixtures("signed_in")
def test_a_file_comes_back_as_it_was(client: TestClient, folder: Path) -> None:
    answer = client.post(URL, files={"file": (NAME, CONTENT)})
    assert answer.status_code == 201
    stored = answer.json()
    assert stored["filename"] == NAME
    assert stored["size"] == len(CONTENT)
    assert stored["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert client.get(URL).json() == [stored]

    place = answer.headers["Location"]
    download = client.get(place)
    assert download.content == CONTENT
    assert download.headers["Content-Disposition"] == f'attachment; filename="{NAME}"'
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(place, headers={"Range": "bytes=-5"}).content == CONTENT[-5:]
    assert client.head(place).headers["Content-Length"] == str(len(CONTENT))
    unchanged = client.get(place, headers={"If-None-Match": download.headers["ETag"]})
    assert unchanged.status_code == 304

    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert client.get(URL).json() == []
    assert kept(folder) == []


@pytest.mark.usefixtures("signed_in")
def test_a_body_can_be_the_file(client: TestClient) -> None:
    answer = client.put(URL, params={"filename": NAME}, content=CONTENT)
    assert answer.status_code == 201
    assert client.get(answer.headers["Location"]).content == CONTENT


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("name", ["../../main.", "/etc/x.", "..\\x.", "a.py."])
def test_the_name_of_the_client_is_no_path(client: TestClient, folder: Path, name: str) -> None:
    name += NAME.partition(".")[2]
    answer = client.post(URL, files={"file": (name, CONTENT)})
    assert answer.status_code == 201
    [path] = [path for path in kept(folder) if path.parent.name == "files"]
    assert path.name == answer.json()["name"] != name


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("name", ["page.html", "image.svg", "route.py", "noextension", f"{NAME}."])
def test_other_types_are_refused(client: TestClient, folder: Path, name: str) -> None:
    answer = client.post(URL, files={"file": (name, CONTENT)})
    assert answer.status_code == 415
    assert "error" in answer.json()
    assert kept(folder) == []


@pytest.mark.usefixtures("signed_in")
def test_other_contents_are_refused(client: TestClient, folder: Path) -> None:
    answer = client.post(URL, files={"file": (NAME, b"\0 of no type at all")})
    assert answer.status_code == 415
    assert kept(folder) == []


@pytest.mark.usefixtures("signed_in")
def test_too_large_a_file_is_refused(client: TestClient, folder: Path) -> None:
    declared = {"Content-Length": str(10 * 1024 * 1024 * 2)}
    for answer in [
        client.post(URL, files={"file": (NAME, CONTENT)}, headers=declared),
        client.put(URL, params={"filename": NAME}, content=CONTENT, headers=declared),
    ]:
        assert answer.status_code == 413
        assert "error" in answer.json()
    assert kept(folder) == []


@pytest.mark.usefixtures("signed_in")
def test_what_is_no_whole_form_with_a_file_is_refused(client: TestClient, folder: Path) -> None:
    assert client.post(URL, files={"other": (NAME, CONTENT)}).status_code == 422
    assert client.post(URL, json={"file": "hello"}).status_code == 415
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{NAME}"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(URL, content=head.encode() + CONTENT, headers=kind).status_code == 400
    assert kept(folder) == []


def test_only_stored_names_are_given_out(client: TestClient, folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    assert client.get(f"{URL}/secret.txt").status_code == 422
    assert client.get(f"{URL}/..%2Fsecret.txt").status_code == 422
    assert client.get(f"{URL}/{'0' * 32}.txt").status_code == 404


def test_the_documentation_offers_to_choose_a_file(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"].values()
    bodies = [path["post"].get("requestBody", {}) for path in paths if "post" in path]
    assert any("multipart/form-data" in body.get("content", {}) for body in bodies)
