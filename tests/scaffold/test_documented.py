"""The API's document says what the handlers of every pattern take and answer; Schemathesis holds them to it."""

import json
import subprocess
import sys
from typing import Any

import pytest

ADDED = [
    "upload avatars",
    "upload films --resumable",
    "stream clock",
    "stream export --kind ndjson",
    "stream chat --kind ai",
    "stream prices --kind broadcast",
    "crud users name:str",
]
ANSWERS = [
    ("get", "/api/clock", {"200": "text/event-stream", "204": ""}),
    ("get", "/api/prices", {"200": "text/event-stream"}),
    ("post", "/api/chat", {"200": "text/event-stream"}),
    ("get", "/api/export", {"200": "application/x-ndjson"}),
    ("get", "/api/avatars/{name}", {"200": "*/*"}),
    ("delete", "/api/avatars/{name}", {"204": ""}),
    ("options", "/api/films/resumable", {"204": ""}),
    ("post", "/api/films/resumable", {"201": "application/json", "412": "application/json"}),
    (
        "patch",
        "/api/films/resumable/{upload_id}",
        {"204": "", "409": "application/json", "423": "application/json"},
    ),
    ("delete", "/api/films/resumable/{upload_id}", {"204": ""}),
    ("delete", "/api/users/{id}", {"204": ""}),
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The paths of the document of a project with these."""
    folder = tmp_path_factory.mktemp("documented")
    for line in ("new shop", *(f"add {words}" for words in ADDED)):
        here = folder if line.startswith("new") else folder / "shop"
        command = [sys.executable, "-m", "routegen", *line.split()]
        subprocess.run(command, cwd=here, check=True, capture_output=True)
    code = "import json; from main import app; print(json.dumps(app.openapi()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder / "shop", check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)["paths"]
    return found


@pytest.mark.parametrize(("method", "path", "answers"), ANSWERS, ids=lambda value: str(value)[:40])
def test_what_is_answered_is_documented(
    paths: dict[str, Any], method: str, path: str, answers: dict[str, str]
) -> None:
    documented = {
        status: ", ".join(answer.get("content", {}))
        for status, answer in paths[path][method]["responses"].items()
    }
    assert documented | answers == documented
    successes = {status for status in documented if status.startswith("2")}
    assert successes == {status for status in answers if status.startswith("2")}


def test_an_event_is_described_and_so_are_the_headers_of_a_piece(paths: dict[str, Any]) -> None:
    stream = paths["/api/clock"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    assert stream.keys() == {"itemSchema"}
    piece = paths["/api/films/resumable/{upload_id}"]["patch"]
    assert {one["name"] for one in piece["parameters"]} >= {"Tus-Resumable", "Upload-Offset"}
    assert list(piece["requestBody"]["content"]) == ["application/offset+octet-stream"]
