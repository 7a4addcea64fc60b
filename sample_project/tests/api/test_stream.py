import json

import pytest
from fastapi.testclient import TestClient

URL = "/api/stream"


def test_ten_events_arrive(client: TestClient) -> None:
    with client.stream("GET", URL, params={"interval": 0}) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = list(answer.iter_lines())
    data = [json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
    assert data == [{"number": number} for number in range(1, 11)]


@pytest.mark.parametrize("interval", [-1, 61, "nan", "soon"])
def test_a_wrong_interval_is_refused(client: TestClient, interval: object) -> None:
    answer = client.get(URL, params={"interval": str(interval)})
    assert answer.status_code == 422
    assert "error" in answer.json()
