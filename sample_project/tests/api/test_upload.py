from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lib import uploads

URL = "/api/upload"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(uploads, "UPLOADS", tmp_path)
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_was(client: TestClient, folder: Path) -> None:
    content = bytes(range(256)) * 1024
    answer = client.post(URL, files={"file": ("holiday.PNG", content)})
    assert answer.status_code == 201
    assert answer.json()["filename"] == "holiday.PNG"
    assert answer.json()["size"] == len(content)

    download = client.get(answer.headers["Location"])
    assert download.content == content
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert [path.name for path in kept(folder)] == [answer.json()["name"]]


@pytest.mark.parametrize("name", ["../../main.txt", "/etc/x.txt", "..\\x.txt", ".txt", "a.py.txt"])
def test_the_name_of_the_client_is_no_path(client: TestClient, folder: Path, name: str) -> None:
    answer = client.post(URL, files={"file": (name, b"hello")})
    assert answer.status_code == 201
    [path] = kept(folder)
    assert path.name == answer.json()["name"] != name


@pytest.mark.parametrize("name", ["page.html", "image.svg", "route.py", "noextension", "x.txt."])
def test_other_types_are_refused(client: TestClient, folder: Path, name: str) -> None:
    answer = client.post(URL, files={"file": (name, b"hello")})
    assert answer.status_code == 415
    assert "error" in answer.json()
    assert kept(folder) == []


@pytest.mark.parametrize("excess", [1, 1024 * 1024])
def test_too_large_a_file_is_refused(client: TestClient, folder: Path, excess: int) -> None:
    content = bytes(uploads.MAX_BYTES + excess)
    answer = client.post(URL, files={"file": ("large.zip", content)})
    assert answer.status_code == 413
    assert "error" in answer.json()
    assert kept(folder) == []


def test_a_form_without_the_file_is_refused(client: TestClient, folder: Path) -> None:
    assert client.post(URL, files={"other": ("notes.txt", b"hello")}).status_code == 422
    assert client.post(URL, data={"file": "hello"}).status_code == 422
    assert kept(folder) == []


def test_only_stored_names_are_given_out(client: TestClient, folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    assert client.get(f"{URL}/secret.txt").status_code == 422
    assert client.get(f"{URL}/..%2Fsecret.txt").status_code == 422
    assert client.get(f"{URL}/{'0' * 32}.txt").status_code == 404
