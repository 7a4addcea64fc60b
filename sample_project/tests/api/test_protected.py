import pytest
from fastapi.testclient import TestClient

from lib.auth import COOKIE, session_cookie

URL = "/api/protected"
SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION_SECRET", SECRET)


def ask(client: TestClient, cookie: str | None) -> int:
    """Ask with a session cookie of this value, or with none. The status of the answer."""
    headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
    answer = client.get(URL, headers=headers)
    if answer.status_code == 401:
        assert answer.json() == {"error": "Not signed in"}
        assert answer.headers["WWW-Authenticate"]
    else:
        assert answer.json() == {"user": "ada"}
    return answer.status_code


def test_who_is_signed_in_is_answered(client: TestClient) -> None:
    assert ask(client, session_cookie("ada")) == 200


@pytest.mark.parametrize("cookie", [None, "", "ada", "..", "a.b.c", "YWRh.99999999999."])
def test_nobody_else_is(client: TestClient, cookie: str | None) -> None:
    assert ask(client, cookie) == 401


def test_a_changed_cookie_is_refused(client: TestClient) -> None:
    name, expires, signature = session_cookie("ada").split(".")
    assert ask(client, f"Z3JhY2U=.{expires}.{signature}") == 401
    assert ask(client, f"{name}.{int(expires) + 1}.{signature}") == 401
    assert ask(client, f"{name}.{expires}.{signature[:-1]}") == 401


def test_an_expired_cookie_is_refused(client: TestClient) -> None:
    assert ask(client, session_cookie("ada", lifetime=-1)) == 401


@pytest.mark.parametrize("value", ["", "secret", "change-me"])
def test_without_a_real_secret_nobody_is_signed_in(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    cookie = session_cookie("ada")
    monkeypatch.setenv("SESSION_SECRET", value)
    assert ask(client, cookie) == 401
    with pytest.raises(RuntimeError):
        session_cookie("ada")
