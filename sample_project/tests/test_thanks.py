from fastapi.testclient import TestClient

URL = "/thanks"


def test_it_is_shown_inside_the_layout(client: TestClient) -> None:
    page = client.get(URL)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Thanks</title>" in page.text
    assert "<h1>Thanks</h1>" in page.text
