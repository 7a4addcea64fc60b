"""respond.json, error, no_content, redirect and Redirect, through plain FastAPI."""

import dataclasses
import datetime
import enum
import math
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.responses import Response
from starlette.testclient import TestClient

from routegen import Redirect, respond


class Colour(enum.Enum):
    RED = "red"


class User(BaseModel):
    id: int
    full_name: str = Field(alias="fullName")


@dataclasses.dataclass
class Point:
    x: int
    y: float


def answered(answer: Callable[[], Response], method: str = "GET") -> Any:
    app = FastAPI()
    app.add_api_route("/", answer, methods=[method], response_model=None)
    return TestClient(app).request(method, "/", follow_redirects=False)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"a": [1, None, True]}, '{"a":[1,null,true]}'),
        ({"name": "Zoë 🎈"}, '{"name":"Zoë 🎈"}'),
        ("text", '"text"'),
        (None, "null"),
        (0.1, "0.1"),
        (User(id=1, fullName="Ada"), '{"id":1,"fullName":"Ada"}'),
        ([Point(1, 2.5)], '[{"x":1,"y":2.5}]'),
        (datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC), '"2024-05-01T12:00:00+00:00"'),
        (datetime.date(2024, 5, 1), '"2024-05-01"'),
        ({uuid.UUID(int=1): {3}}, '{"00000000-0000-0000-0000-000000000001":[3]}'),
        ({"colour": Colour.RED, "raw": b"x"}, '{"colour":"red","raw":"x"}'),
        ((i for i in range(3)), "[0,1,2]"),
        ({"_sample": 1}, '{"_sample":1}'),
        ("lone \ud800", '"lone \\ud800"'),
    ],
)
def test_json_is_compact_utf8_of_whatever_fastapi_encodes(data: Any, body: str) -> None:
    answer = answered(lambda: respond.json(data))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content.decode() == body


def test_json_takes_a_status_and_headers() -> None:
    answer = answered(lambda: respond.json([], 201, headers={"Location": "/users/1"}))
    assert (answer.status_code, answer.headers["location"]) == (201, "/users/1")


def test_error_is_the_envelope() -> None:
    answer = answered(lambda: respond.error("Sold out", 409, headers={"Retry-After": "3"}, code="sold_out"))
    assert answer.status_code == 409
    assert answer.json() == {"error": "Sold out", "code": "sold_out"}
    assert answer.headers["retry-after"] == "3"
    assert respond.error("No").status_code == 400


def test_no_content_has_no_body_no_type_and_no_length() -> None:
    answer = answered(lambda: respond.no_content(headers={"x-a": "1"}), "DELETE")
    assert (answer.status_code, answer.content, dict(answer.headers)) == (204, b"", {"x-a": "1"})


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/login?next=/a%2Fb#top", "/login?next=/a%2Fb#top"),
        ("https://example.com/ü x", "https://example.com/%C3%BC%20x"),
        ("../up", "../up"),
        ("/\\evil.example", "/%5Cevil.example"),
    ],
)
def test_redirect_quotes_its_url(url: str, location: str) -> None:
    answer = answered(lambda: respond.redirect(url))
    assert (answer.status_code, answer.headers["location"], answer.content) == (307, location, b"")
    assert Redirect(url).headers == {"location": location}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_statuses(status: int) -> None:
    assert answered(lambda: respond.redirect("/x", status)).status_code == status


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: respond.json({}, 204),
        lambda: respond.json({}, 205),
        lambda: respond.json({}, 304),
        lambda: respond.json({}, 99),
        lambda: respond.json({}, 101),
        lambda: respond.json({}, 600),
        lambda: respond.json(math.nan),
        lambda: respond.json({"x": [math.inf]}),
        lambda: respond.json(object()),
        lambda: respond.json({}, headers={"x": "a\r\nset-cookie: b"}),
        lambda: respond.json({}, headers={"x\r\n": "a"}),
        lambda: respond.json({}, headers={"bad name": "a"}),
        lambda: respond.json({}, headers={"x": "€"}),
        lambda: respond.json({}, headers={"Content-Length": "1"}),
        lambda: respond.json({}, headers={"Transfer-Encoding": "chunked"}),
        lambda: respond.error("x", 200),
        lambda: respond.error("x", 302),
        lambda: respond.error("x", 600),
        lambda: respond.no_content(headers={"x": "\0"}),
        lambda: respond.redirect("/x", 200),
        lambda: respond.redirect("/x", 304),
        lambda: respond.redirect("/x", 300),
        lambda: respond.redirect(""),
        lambda: respond.redirect("/x\r\nset-cookie: a=b"),
        lambda: respond.redirect("/x\n"),
        lambda: respond.redirect("/x\0"),
        lambda: respond.redirect("/x\x7f"),
        lambda: respond.redirect("/\ud800"),
        lambda: Redirect("/x\ry"),
        lambda: Redirect("/x", 200),
        lambda: Redirect(""),
    ],
)
def test_misuse_raises_at_once(misuse: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        misuse()


@pytest.mark.parametrize(
    ("method", "content_type", "own", "status"),
    [
        ("GET", None, None, 307),
        ("POST", None, None, 307),
        ("POST", "application/json", None, 307),
        ("POST", "application/json", 308, 308),
        ("POST", "application/x-www-form-urlencoded", None, 303),
        ("POST", "Application/X-WWW-Form-Urlencoded ; charset=utf-8", None, 303),
        ("POST", "multipart/form-data; boundary=x", 308, 303),
        ("POST", "multipart/form-datax", None, 307),
        ("POST", "text/plain; x=multipart/form-data", None, 307),
        ("PUT", "application/x-www-form-urlencoded", None, 307),
        ("GET", "application/x-www-form-urlencoded", 302, 302),
    ],
)
def test_a_raised_redirect_is_303_for_a_form_post(
    method: str, content_type: str | None, own: int | None, status: int
) -> None:
    answer = Redirect("/done", own, headers={"x-a": "1"}).answer(method, content_type)
    assert answer.status_code == status
    assert answer.headers["location"] == "/done"
    assert answer.headers["x-a"] == "1"


def test_a_raised_redirect_redirects_in_plain_fastapi() -> None:
    def GET() -> Response:
        raise Redirect("/elsewhere", 303, headers={"Location": "/ignored"})

    answer = answered(GET)
    assert (answer.status_code, answer.headers.get_list("location")) == (303, ["/elsewhere"])
