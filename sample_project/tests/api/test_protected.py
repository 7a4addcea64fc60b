from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from routegen.auth import Principal

from lib.auth import auth
from main import app

URL = "/api/protected"
ADA = Principal(1, "ada@example.com", frozenset({"read"}), "session", "1")


@pytest.fixture
def signed_in() -> Iterator[None]:
    app.dependency_overrides[auth] = lambda: ADA
    yield
    app.dependency_overrides.clear()


@pytest.mark.usefixtures("signed_in")
def test_who_is_signed_in_is_answered(client: TestClient) -> None:
    assert client.get(URL).json() == {"email": "ada@example.com", "scopes": ["read"]}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "__Host-session=guessed"},
        {"Cookie": "session=ada@example.com"},
        {"Authorization": "Bearer guessed"},
        {"Authorization": "Basic YWRhOmFkYQ=="},
        {"X-API-Key": "guessed"},
    ],
)
def test_nobody_else_is(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get(URL, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Not signed in"}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
