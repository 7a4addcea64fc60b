import pytest
from fastapi.testclient import TestClient

from lib.memory import posts

URL = "/api/posts/hello"
MISSING = "/api/posts/missing"


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = dict(posts.rows)
    monkeypatch.setattr(posts, "rows", copy)


def test_it_is_read(client: TestClient) -> None:
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer.json()["slug"] == "hello"


def test_it_is_deleted(client: TestClient) -> None:
    assert client.delete(URL).status_code == 204
    assert client.get(URL).status_code == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_not_there_is_404(client: TestClient, method: str) -> None:
    answer = client.request(method, MISSING)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Post not found"}
