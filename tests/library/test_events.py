"""respond.events: what goes over the wire is what a browser gets, read by the rules of the WHATWG standard."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from routegen import respond
from routegen.respond import Event

VECTORS = json.loads((Path(__file__).parent / "data" / "sse_vectors.json").read_text("utf-8"))
NASTY = [
    "", " ", "  two", "\n", "a\n", "\na", "\n\n", "a\r\nb", "a\rb", "a\n\rb", ":x", "data: x", "id: 1", "\0",
    "\ufeffbom", "tab\t", "\u2028\u2029\x85\x0b\x0c", "é🎈", "event: x\n\ndata: y",
]  # fmt: skip


def dispatched(wire: bytes) -> tuple[list[dict[str, str]], int | None]:
    """The events an `EventSource` dispatches and the last reconnection time (HTML standard, 9.2.6)."""
    text = wire.decode("utf-8", "replace").removeprefix("\ufeff")
    events: list[dict[str, str]] = []
    retry: int | None = None
    fields: dict[str, str] = {}
    last_id: str | None = None
    whole, _, _ = re.sub(r"\r\n|\r", "\n", text).rpartition("\n")
    for line in whole.split("\n"):
        if not line:
            if "data" in fields:
                event = {"event": fields.get("event") or "message", "data": fields["data"].removesuffix("\n")}
                events.append(event if last_id is None else {**event, "id": last_id})
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            fields["data"] = fields.get("data", "") + value + "\n"
        elif name == "event":
            fields["event"] = value
        elif name == "id" and "\0" not in value:
            last_id = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            retry = int(value)
    return events, retry


def sent(items: Iterable[Any]) -> bytes:
    app = FastAPI()

    @app.get("/")
    async def GET() -> Any:
        async def source() -> AsyncIterator[Any]:
            for item in items:
                yield item

        return respond.events(source())

    with TestClient(app) as client:
        return client.get("/").content


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_reader_of_this_test_reads_as_browsers_do(vector: dict[str, Any]) -> None:
    events, retry = dispatched(base64.b64decode(vector["wire_b64"]))
    wanted = [{**event, "id": event.get("id", "")} for event in vector["events"]]
    assert [{**event, "id": event.get("id", "")} for event in events] == wanted
    assert retry == vector["retry"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_event_of_the_vectors_survives_the_wire(vector: dict[str, Any]) -> None:
    items = [Event(event["data"], event=event["event"], id=event.get("id")) for event in vector["events"]]
    wire = sent(items)
    assert dispatched(wire)[0] == vector["events"]
    assert b"\r" not in wire


def test_nasty_data_survives_the_wire() -> None:
    events, _ = dispatched(sent(NASTY))
    assert [event["data"] for event in events] == [re.sub(r"\r\n|\r", "\n", text) for text in NASTY]


class Price(BaseModel):
    euros: float


def test_what_is_no_text_is_sent_as_json() -> None:
    events, _ = dispatched(sent([{"a": "é\n"}, Price(euros=1.5), [1], 0, None, True, Event({"b": 1})]))
    assert [event["data"] for event in events] == [
        '{"a":"é\\n"}', '{"euros":1.5}', "[1]", "0", "null", "true", '{"b":1}',
    ]  # fmt: skip


def test_all_fields() -> None:
    wire = Event("a\nb", event="tick", id="7", retry=2000, comment="c\nd").encode()
    assert wire == b": c\n: d\nevent: tick\nid: 7\nretry: 2000\ndata: a\ndata: b\n\n"
    assert dispatched(wire) == ([{"event": "tick", "data": "a\nb", "id": "7"}], 2000)
    assert dispatched(Event(id="8").encode() + Event("x").encode())[0][0]["id"] == "8"
    assert Event(id="").encode() == b"id: \n\n"


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: Event("x", event="a\nb"),
        lambda: Event("x", event="a\rb"),
        lambda: Event("x", event="a\0"),
        lambda: Event("x", id="1\n"),
        lambda: Event("x", id="1\r"),
        lambda: Event("x", id="\0"),
        lambda: Event("x", retry=-1),
        lambda: Event("x", retry=1.5),  # type: ignore[arg-type]
        lambda: Event("x", retry=True),
        lambda: respond.events("text"),
        lambda: respond.events({"a": 1}),
        lambda: respond.events(None),  # type: ignore[arg-type]
        lambda: respond.events(len),  # type: ignore[arg-type]
        lambda: respond.events([], ping=0),
        lambda: respond.events([], ping=-1),
        lambda: respond.events([], send_timeout=0),
        lambda: respond.events([], headers={"x": "a\nb"}),
        lambda: respond.lines(b"bytes"),
        lambda: respond.lines([], 204),
        lambda: respond.lines([], media_type="a\r\nb: c"),
        lambda: respond.lines([], grace=-1),
        lambda: respond.stream(b"bytes"),  # type: ignore[arg-type]
        lambda: respond.stream([], status_code=304),
    ],
)
def test_misuse_raises_at_once(misuse: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        misuse()


def test_the_headers_keep_proxies_and_caches_away_and_may_be_replaced() -> None:
    headers = respond.events([]).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers
    own = respond.events([], headers={"cache-control": "no-store", "X-Id": "1"}).headers
    assert (own.getlist("cache-control"), own["x-id"]) == (["no-store"], "1")


@pytest.mark.parametrize("item", [b"bytes", object()])
def test_what_cannot_be_sent_fails_the_stream(item: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        sent([item])
