from pathlib import Path

import pytest
from fastapi.testclient import TestClient

URL = "/api/users"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")


def test_a_row_is_created_read_changed_and_deleted(client: TestClient) -> None:
    created = client.post(URL, json={"name": "Ada"})
    assert created.status_code == 201
    place = created.headers["Location"]
    assert created.json() == client.get(place).json()
    assert client.get(URL).json() == [created.json()]

    assert client.put(place, json={"name": "Grace"}).json()["name"] == "Grace"
    assert client.patch(place, json={}).json()["name"] == "Grace"
    assert client.patch(place, json={"name": "Edsger"}).json()["name"] == "Edsger"
    assert client.get(place).json()["name"] == "Edsger"

    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404
    assert client.get(URL).json() == []


def test_the_list_comes_in_pages(client: TestClient) -> None:
    for name in ["Ada", "Grace", "Edsger"]:
        client.post(URL, json={"name": name})
    page = client.get(URL, params={"limit": 2, "offset": 1}).json()
    assert [row["name"] for row in page] == ["Grace", "Edsger"]
    for wrong in [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"offset": 2**63}]:
        assert client.get(URL, params=wrong).status_code == 422


@pytest.mark.parametrize("data", [{}, {"name": None}, {"name": ""}, {"name": "x" * 201}, []])
def test_wrong_data_is_refused(client: TestClient, data: object) -> None:
    answer = client.post(URL, json=data)
    assert answer.status_code == 422
    assert "error" in answer.json()


def test_a_caller_cannot_choose_the_id(client: TestClient) -> None:
    assert client.post(URL, json={"name": "Ada", "id": 77}).json()["id"] == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_is_not_there_is_404(client: TestClient, method: str) -> None:
    data = None if method in ("GET", "DELETE") else {"name": "Ada"}
    answer = client.request(method, f"{URL}/999", json=data)
    assert answer.status_code == 404
    assert answer.json() == {"error": "User not found"}
    assert client.request(method, f"{URL}/nobody", json=data).status_code == 422
