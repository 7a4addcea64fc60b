import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

URL = "/contact"
ACTION = "?/contact"
OWN = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a form of our own page
VALID = {
    "name": "Ada",
    "email": "ada@example.com",
    "message": "Hello there",
}


def send(client: TestClient, data: dict[str, str], headers: dict[str, str] = OWN) -> Response:
    """Send the form as the page does."""
    return client.post(URL + ACTION, data=data, headers=headers, follow_redirects=False)


def test_the_page_has_the_form(client: TestClient) -> None:
    page = client.get(URL)
    assert page.status_code == 200
    assert f'action="{ACTION}"' in page.text


def test_it_is_taken_and_a_reload_sends_nothing_again(client: TestClient) -> None:
    answer = send(client, VALID)
    assert answer.status_code == 303
    assert "Thank you" in client.get(URL + answer.headers["location"]).text


@pytest.mark.parametrize(
    "name",
    [
        "name",
        "email",
        "message",
    ],
)
def test_what_is_missing_is_said_beside_its_input(client: TestClient, name: str) -> None:
    answer = send(client, VALID | {name: ""})
    assert answer.status_code == 422
    assert f'<span id="{name}-error" role="alert">Field required</span>' in answer.text


def test_another_site_cannot_send_it(client: TestClient) -> None:
    assert send(client, VALID, {"Origin": "https://evil.example"}).status_code == 403
