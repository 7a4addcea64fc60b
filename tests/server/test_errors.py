"""One error envelope for every fault, a page for browsers, and the user's own exception handlers (facts 35, 60-69)."""

from typing import Any

import pytest

from tests.server.asgi import ask
from tests.server.conftest import Site

RAISING = """
from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel
from routegen import Redirect

class Item(BaseModel):
    name: str

async def GET(request: Request{extra}):
    {statement}
async def POST(item: Item{extra}):
    {statement}
"""

ERRORS = [
    pytest.param("raise HTTPException(404, 'No such user')", 404, {"error": "No such user"}, id="text"),
    pytest.param("raise HTTPException(404)", 404, {"error": "Not Found"}, id="no detail"),
    pytest.param(
        "raise HTTPException(409, {'code': 7})",
        409,
        {"error": "Conflict", "detail": {"code": 7}},
        id="a dict",
    ),
    pytest.param(
        "raise HTTPException(400, [1, 2])", 400, {"error": "Bad Request", "detail": [1, 2]}, id="a list"
    ),
    pytest.param("raise HTTPException(400, '')", 400, {"error": "Bad Request"}, id="empty text"),
    pytest.param("raise HTTPException(599, 'odd')", 599, {"error": "odd"}, id="an odd status"),
    pytest.param("raise HTTPException(499)", 499, {"error": ""}, id="a status without a phrase"),
    pytest.param("1 / 0", 500, {"error": "Internal Server Error"}, id="crash"),
    pytest.param("raise ValueError('secret')", 500, {"error": "Internal Server Error"}, id="no text of it"),
]


@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("statement", "status", "body"), ERRORS)
def test_raised(site: Site, statement: str, status: int, body: Any, method: str, extra: str) -> None:
    app = site({"x": RAISING.format(statement=statement, extra=extra)})
    sent = (
        {"headers": {"content-type": "application/json"}, "body": b'{"name": "a"}'}
        if method == "POST"
        else {}
    )
    answer = ask(app, method, "/x", **sent)
    assert answer.status == status
    if status != 499:
        assert answer.json() == body


def test_headers_of_an_exception_are_sent(site: Site) -> None:
    app = site(
        {
            "x": "from fastapi import HTTPException\nasync def GET(): raise HTTPException(401, headers={'WWW-Authenticate': 'Bearer'})"
        }
    )
    assert ask(app, "GET", "/x").header("www-authenticate") == "Bearer"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body(site: Site, status: int) -> None:
    answer = ask(
        site({"x": f"from fastapi import HTTPException\nasync def GET(): raise HTTPException({status})"}),
        "GET",
        "/x",
    )
    assert (answer.status, answer.body) == (status, b"")


ACCEPTS = [
    pytest.param(None, "json", id="no Accept"),
    pytest.param("*/*", "json", id="anything"),
    pytest.param("application/json", "json", id="JSON"),
    pytest.param("text/html", "html", id="HTML"),
    pytest.param("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html", id="a browser"),
    pytest.param("application/json, text/html", "json", id="JSON first"),
    pytest.param("text/html, application/json", "html", id="HTML first"),
    pytest.param("text/plain", "json", id="something else"),
    pytest.param("", "json", id="empty"),
]


@pytest.mark.parametrize(("accept", "kind"), ACCEPTS)
@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("PUT", "/x", 405),
        ("GET", "/x", 500),
        ("GET", "/%zz", 400),
        ("GET", "/e", 418),
    ],
)
def test_a_page_for_browsers_json_for_clients(
    site: Site, accept: str | None, kind: str, method: str, target: str, status: int
) -> None:
    app = site(
        {
            "x": "async def GET(): 1 / 0",
            "e": "from fastapi import HTTPException\nasync def GET(): raise HTTPException(418, '<tea>')",
        }
    )
    answer = ask(app, method, target, headers={} if accept is None else {"accept": accept})
    assert answer.status == status
    assert (answer.header("content-type") or "").startswith(
        "text/html" if kind == "html" else "application/json"
    )
    if kind == "html":
        assert "<tea>" not in answer.text and str(status) in answer.text
    if status == 405:
        assert answer.header("allow") == "GET, HEAD, OPTIONS"


def test_422_has_detail(site: Site) -> None:
    app = site({"x/[id]": "async def GET(id: int, q: int): return id"})
    answer = ask(app, "GET", "/x/a")
    assert answer.status == 422
    assert answer.json()["error"].startswith("path `id`: Input should be a valid integer")
    assert answer.json()["error"].endswith("(and 1 more)")
    assert [e["loc"] for e in answer.json()["detail"]] == [["path", "id"], ["query", "q"]]


REDIRECTS = [
    pytest.param("GET", None, 307, id="fact 64: 307"),
    pytest.param("POST", "application/x-www-form-urlencoded", 303, id="fact 67: a form"),
    pytest.param("POST", "application/x-www-form-urlencoded; charset=utf-8", 303, id="fact 67: with charset"),
    pytest.param("POST", "Multipart/Form-Data; boundary=XX", 303, id="fact 67: multipart"),
    pytest.param("POST", "application/json", 307, id="fact 67: JSON"),
    pytest.param("POST", None, 307, id="fact 67: no type"),
    pytest.param("PUT", "application/x-www-form-urlencoded", 307, id="fact 67: PUT"),
]


@pytest.mark.parametrize("depends", [False, True], ids=["direct", "dependency"])
@pytest.mark.parametrize(("method", "kind", "status"), REDIRECTS)
def test_redirect_raised(site: Site, method: str, kind: str | None, status: int, depends: bool) -> None:
    source = """
    from fastapi import Depends, Request
    from routegen import Redirect
    def leave(): raise Redirect("/elsewhere?a=1")
    """
    source += (
        "GET = POST = PUT = lambda d=Depends(leave): 1"
        if depends
        else "async def GET(request: Request): leave()\n    POST = PUT = GET"
    )
    headers = {} if kind is None else {"content-type": kind}
    answer = ask(site({"x": source}), method, "/x", headers=headers)
    assert (answer.status, answer.header("location"), answer.body) == (status, "/elsewhere?a=1", b"")


def test_fact_66_an_except_exception_swallows_a_redirect_only_if_it_says_so(site: Site) -> None:
    app = site(
        {
            "x": "from routegen import Redirect\nasync def GET():\n    try:\n        raise Redirect('/y', 308)\n    except ValueError:\n        return 1"
        }
    )
    assert ask(app, "GET", "/x").status == 308


def test_own_exception_handlers_replace_the_envelope(site: Site) -> None:
    from fastapi import Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import PlainTextResponse
    from starlette.exceptions import HTTPException

    app = site(
        {
            "x": "class Own(Exception): pass\nasync def GET(n: int = 0):\n    if n == 1: raise KeyError('own')\n    if n == 2: raise RuntimeError('x')\n    return n"
        }
    )

    def says(text: str, status: int) -> Any:
        async def handle(request: Request, error: Exception) -> PlainTextResponse:
            return PlainTextResponse(text, status)

        return handle

    app.add_exception_handler(HTTPException, says("http", 444))
    app.add_exception_handler(RequestValidationError, says("invalid", 445))
    app.add_exception_handler(KeyError, says("key", 446))
    app.add_exception_handler(Exception, says("crash", 447))
    app.add_exception_handler(405, says("method", 448))
    for method, target, status in [
        ("GET", "/nowhere", 444),
        ("GET", "/x?n=a", 445),
        ("GET", "/x?n=1", 446),
        ("GET", "/x?n=2", 447),
        ("PUT", "/x", 448),
        ("GET", "/%zz", 444),
        ("GET", "/x?n=0", 200),
    ]:
        assert ask(app, method, target).status == status


def test_a_raised_base_exception_is_not_swallowed(site: Site) -> None:
    app = site({"x": "async def GET(): raise SystemExit(3)"})
    with pytest.raises(SystemExit):
        ask(app, "GET", "/x", raises=True)


def test_errors_reach_the_servers_log(site: Site) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(site({"x": "async def GET(): 1 / 0"}), "GET", "/x", raises=True)


@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("text/plain", b"\xff\xfe", id="bytes that are no UTF-8"),
        pytest.param("application/json", b"[" * 400 + b"]" * 400, id="deep"),
        pytest.param("application/json", b'["\xc3\xa4"]', id="UTF-8"),
    ],
)
def test_422_whatever_was_sent(site: Site, kind: str, body: bytes, extra: str) -> None:
    app = site({"x": f"from fastapi import Depends\nasync def POST(b: dict{extra}): return 1"})
    answer = ask(app, "POST", "/x", headers={"content-type": kind}, body=body)
    assert (answer.status, answer.json()["detail"][0]["loc"]) == (422, ["body"])
