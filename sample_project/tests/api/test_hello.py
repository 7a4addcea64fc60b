from fastapi.testclient import TestClient


def test_it_greets(client: TestClient) -> None:
    assert client.get("/api/hello").json() == {"message": "Hello, world!"}
    assert client.get("/api/hello", params={"name": "Ada"}).json() == {"message": "Hello, Ada!"}


def test_it_answers_only_get(client: TestClient) -> None:
    answer = client.post("/api/hello")
    assert answer.status_code == 405
    assert "error" in answer.json()
