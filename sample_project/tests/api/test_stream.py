import json

import pytest
from fastapi.testclient import TestClient

URL = "/api/stream"


def numbers(client: TestClient, last_event_id: str | None = None) -> list[int]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with client.stream("GET", URL, params={"interval": 0}, headers=headers) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-cache, no-transform"
        lines = list(answer.iter_lines())
    data = [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
    ids = [line.removeprefix("id:").strip() for line in lines if line.startswith("id:")]
    assert ids == [str(event["number"]) for event in data]
    return [event["number"] for event in data]


def test_ten_events_arrive(client: TestClient) -> None:
    assert numbers(client) == list(range(1, 11))


def test_who_was_cut_off_gets_the_others(client: TestClient) -> None:
    assert numbers(client, "7") == [8, 9, 10]
    assert client.get(URL, headers={"Last-Event-ID": "10"}).status_code == 204


def test_head_has_no_events(client: TestClient) -> None:
    answer = client.head(URL)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.content == b""


@pytest.mark.parametrize("interval", [-1, 61, "nan", "soon"])
def test_a_wrong_interval_is_refused(client: TestClient, interval: object) -> None:
    answer = client.get(URL, params={"interval": str(interval)})
    assert answer.status_code == 422
    assert "error" in answer.json()
