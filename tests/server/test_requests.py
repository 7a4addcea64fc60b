"""Reading the request: JSON, forms, streams and what a client does wrong (facts 44-57)."""

import asyncio
import json
from typing import Any

import pytest

from tests.server.asgi import ask
from tests.server.conftest import Site

ECHO_JSON = """
from fastapi import Request
async def answer(request: Request): return {"got": await request.json()}
GET = POST = PUT = DELETE = OPTIONS = answer
"""
DEEP = "[" * 200_000

JSON_BODIES = [
    pytest.param(b'{"a": 1}', {"a": 1}, id="object"),
    pytest.param(b"[1, 2]", [1, 2], id="array"),
    pytest.param(b'"x"', "x", id="scalar"),
    pytest.param(b"null", None, id="null"),
    pytest.param(b"\xef\xbb\xbf[1]", [1], id="BOM dropped"),
    pytest.param('{"ä": "😀"}'.encode(), {"ä": "😀"}, id="UTF-8"),
    pytest.param('"ä"'.encode("utf-16"), "ä", id="UTF-16 with BOM"),
    pytest.param(b" 1 ", 1, id="blanks"),
]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "", None]
)
@pytest.mark.parametrize(("body", "value"), JSON_BODIES)
def test_fact_44_json_does_not_look_at_the_content_type(
    site: Site, body: bytes, value: object, kind: str | None, method: str
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = ask(site({"x": ECHO_JSON}), method, "/x", headers=headers, body=body)
    assert (answer.status, answer.json()) == (200, {"got": value})


def test_fact_44_chunked(site: Site) -> None:
    assert ask(site({"x": ECHO_JSON}), "POST", "/x", body=[b'{"a"', b": ", b"1}", b""]).json() == {
        "got": {"a": 1}
    }


MALFORMED = [
    pytest.param(b"", id="empty"),
    pytest.param(b"{", id="cut"),
    pytest.param(b"{'a': 1}", id="single quotes"),
    pytest.param(b'"\xff"', id="no UTF-8"),
    pytest.param(DEEP.encode(), id="deep"),
    pytest.param(b'{"a":' * 100_000, id="deep objects"),
    pytest.param(b"9" * 5000, id="huge int"),
    pytest.param(b"<xml/>", id="something else"),
    pytest.param(b"[1] [2]", id="two values"),
    pytest.param(b'{"a": NaN}', id="NaN"),
    pytest.param(b"[-Infinity]", id="Infinity"),
    pytest.param(b'{"a": "\\ud800"}', id="lone surrogate"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_fact_45_malformed_json_is_400(site: Site, body: bytes) -> None:
    answer = ask(site({"x": ECHO_JSON}), "POST", "/x", body=body)
    assert (answer.status, answer.json()) == (400, {"error": "The body is not valid JSON"})


@pytest.mark.parametrize("body", [m for m in MALFORMED if m.id != "empty"])
@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
def test_fact_45_malformed_json_is_400_for_a_typed_body(site: Site, body: bytes, extra: str) -> None:
    source = f"from fastapi import Depends\nasync def POST(b: dict{extra}): return b"
    answer = ask(site({"x": source}), "POST", "/x", headers={"content-type": "application/json"}, body=body)
    assert (answer.status, answer.json()) == (400, {"error": "The body is not valid JSON"})


@pytest.mark.parametrize("body", MALFORMED)
@pytest.mark.parametrize("caught", ["ValueError", "Exception"])
def test_fact_45_a_handler_may_catch_it(site: Site, body: bytes, caught: str) -> None:
    source = f"""
    from fastapi import Request
    async def POST(request: Request):
        try:
            return await request.json()
        except {caught}:
            return "caught"
    """
    assert ask(site({"x": source}), "POST", "/x", body=body).json() == "caught"


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"{", "ä".encode(), b"x" * 300_000], ids=len)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "nonsense"])
def test_fact_46_exact_bytes_whatever_the_type(site: Site, body: bytes, kind: str) -> None:
    app = site(
        {
            "x": "from fastapi import Request, Response\nasync def POST(request: Request): return Response(await request.body())"
        }
    )
    assert ask(app, "POST", "/x", headers={"content-type": kind}, body=body).body == body


FORM = """
from fastapi import Request
from starlette.datastructures import UploadFile
async def POST(request: Request):
    found = []
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                found.append([name, value.filename, value.size, value.content_type, (await value.read()).decode("latin-1")])
            else:
                found.append([name, value])
    return found
"""
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=XX"}


def multipart(*parts: tuple[str, str], end: str = "--XX--\r\n") -> bytes:
    made = "".join(
        f"--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in parts
    )
    return (made + end).encode()


FORMS = [
    pytest.param(URLENCODED, b"a=1&b=&a=2&c=%20+%C3%A4", [["a", "1"], ["b", ""], ["a", "2"], ["c", "  ä"]], id="urlencoded"),
    pytest.param({"content-type": "application/x-www-form-urlencoded; charset=utf-8"}, b"a=1", [["a", "1"]], id="with charset"),
    pytest.param({"content-type": "Application/X-WWW-Form-Urlencoded"}, b"a=1", [["a", "1"]], id="letter case"),
    pytest.param(MULTIPART, multipart(('name="a"', "1"), ('name="a"', "2")), [["a", "1"], ["a", "2"]], id="multipart"),
    pytest.param(
        MULTIPART,
        multipart(('name="f"; filename="ä.txt"\r\nContent-Type: text/plain', "hi")),
        [["f", "ä.txt", 2, "text/plain", "hi"]],
        id="a file with a UTF-8 name",
    ),
    pytest.param({"content-type": 'multipart/form-data; boundary="XX"'}, multipart(('name="a"', "1")), [["a", "1"]], id="quoted boundary"),
    pytest.param(MULTIPART, multipart(('name="a"', "1"), end="--XX--"), [["a", "1"]], id="no line end after the last boundary"),
    pytest.param(MULTIPART, multipart(('name="a"', "1")) + b"epilogue", [["a", "1"]], id="epilogue"),
    pytest.param(MULTIPART, b"--XX--\r\n", [], id="no parts"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "found"), FORMS)
@pytest.mark.parametrize("size", [None, 1, 7])
def test_fact_47_forms(
    site: Site, headers: dict[str, str], body: bytes, found: object, size: int | None
) -> None:
    sent = body if size is None else [body[at : at + size] for at in range(0, len(body), size)]
    answer = ask(site({"x": FORM}), "POST", "/x", headers=headers, body=sent)
    assert (answer.status, answer.json()) == (200, found)


BAD_FORMS = [
    pytest.param({"content-type": "application/json"}, b"{}", 415, id="another type"),
    pytest.param({"content-type": "text/plain"}, b"a=1", 415, id="text"),
    pytest.param({}, b"a=1", 415, id="no type"),
    pytest.param({"content-type": ""}, b"a=1", 415, id="an empty type"),
    pytest.param({"content-type": "multipart/form-datax; boundary=XX"}, multipart(('name="a"', "1")), 415, id="nearly multipart"),
    pytest.param({"content-type": "multipart/form-data"}, multipart(('name="a"', "1")), 400, id="no boundary"),
    pytest.param({"content-type": "multipart/form-data; boundary="}, multipart(('name="a"', "1")), 400, id="an empty boundary"),
    pytest.param(MULTIPART, b"", 400, id="empty"),
    pytest.param(MULTIPART, multipart(('name="a"', "1"), end=""), 400, id="cut before the last boundary"),
    pytest.param(MULTIPART, multipart(('name="a"', "1"), end="--XX-"), 400, id="cut in the last boundary"),
    pytest.param(MULTIPART, multipart(('name="a"', "1"))[:50], 400, id="cut in a part"),
    pytest.param(MULTIPART, b"no boundary at all", 400, id="no multipart"),
    pytest.param(MULTIPART, multipart(("filename=x", "1")), 400, id="a part without a name"),
    pytest.param(URLENCODED, b"a=%ff", 200, id="urlencoded bytes that are no UTF-8"),
    pytest.param(MULTIPART, multipart(*[(f'name="n{i}"', "") for i in range(1001)]), 400, id="too many fields"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "body", "status"), BAD_FORMS)
def test_fact_48_bad_forms(site: Site, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = ask(site({"x": FORM}), "POST", "/x", headers=headers, body=body)
    assert answer.status == status, answer.text
    if status != 200:
        assert list(answer.json()) == ["error"]


TYPED_FORM = """
from typing import Annotated
from fastapi import File, Form, UploadFile
async def POST(name: Annotated[str, Form()], file: Annotated[UploadFile | None, File()] = None):
    return [name, file and file.filename]
"""


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param(
            MULTIPART, multipart(('name="name"', "a"), ('name="file"; filename="f"', "x")), 200, id="fits"
        ),
        pytest.param(URLENCODED, b"name=a", 200, id="urlencoded"),
        pytest.param(URLENCODED, b"nom=a", 422, id="a field is missing"),
        pytest.param({"content-type": "application/json"}, b"{}", 422, id="another type stays FastAPI's 422"),
        pytest.param(MULTIPART, multipart(('name="name"', "a"), end=""), 400, id="cut"),
    ],
)
def test_forms_with_typed_parameters(site: Site, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = ask(site({"x": TYPED_FORM}), "POST", "/x", headers=headers, body=body)
    assert answer.status == status
    if status == 422:
        assert answer.json()["error"] == "body `name`: Field required"


@pytest.mark.parametrize("first", ["body", "json"])
@pytest.mark.parametrize("second", ["body", "json"])
def test_fact_49_the_body_can_be_read_twice(site: Site, first: str, second: str) -> None:
    source = f"""
    from fastapi import Request
    async def POST(request: Request):
        await request.{first}()
        got = await request.{second}()
        return got if isinstance(got, dict) else got.decode()
    """
    answer = ask(site({"x": source}), "POST", "/x", body=b'{"a":1}')
    assert answer.json() in ({"a": 1}, '{"a":1}')


def test_fact_50_an_unread_body_harms_nobody(site: Site) -> None:
    app = site(
        {
            "x": "async def POST(): return 1",
            "y": "from fastapi import Request\nasync def POST(request: Request): return 1",
        }
    )
    for target in ("/x", "/y"):
        assert ask(app, "POST", target, body=b"x" * 100_000).json() == 1
        assert ask(app, "POST", target, body=[b"x" * 50_000, b"x" * 50_000]).json() == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_fact_51_a_get_with_a_body(site: Site, method: str) -> None:
    app = site(
        {
            "x": "async def GET(): return 1",
            "y": "from fastapi import Request\nasync def GET(request: Request): return 1",
        }
    )
    for target in ("/x", "/y"):
        assert ask(app, method, target, body=b"x" * 1000).status == 200


@pytest.mark.parametrize("size", [1, 3, 1000, 70_000])
@pytest.mark.parametrize("depends", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
def test_fact_52_the_requests_own_stream_is_echoed(site: Site, size: int, depends: str) -> None:
    source = f"""
    from fastapi import Depends, Request
    from fastapi.responses import StreamingResponse
    async def POST(request: Request{depends}): return StreamingResponse(request.stream())
    """
    parts = [b"x" * size] * 5
    answer = ask(site({"x": source}), "POST", "/x", body=parts)
    assert answer.complete and answer.body == b"".join(parts)


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("a=1&a=2", [["a", "1"], ["a", "2"]]),
        ("a=1&b=2&a=3", [["a", "1"], ["b", "2"], ["a", "3"]]),
        ("a=+&b=%20", [["a", " "], ["b", " "]]),
        ("d&e=", [["d", ""], ["e", ""]]),
        ("a=%zz", [["a", "%zz"]]),
        ("a=%C3%A4", [["a", "ä"]]),
    ],
)
def test_fact_54_the_query_keeps_its_order(site: Site, query: str, pairs: object) -> None:
    app = site(
        {
            "x": "from fastapi import Request\nasync def GET(request: Request): return request.query_params.multi_items()"
        }
    )
    assert ask(app, "GET", f"/x?{query}").json() == pairs


def test_fact_55_headers_and_cookies(site: Site) -> None:
    source = """
    from fastapi import Request
    async def GET(request: Request): return [request.headers["X-A"], request.headers["x-a"], request.cookies]
    """
    answer = ask(site({"x": source}), "GET", "/x", headers={"X-A": "1", "Cookie": "a=1; a=2; b=%20"})
    assert answer.json()[:2] == ["1", "1"] and answer.json()[2]["a"] == "2"


def test_fact_56_nobody_believes_forwarded_headers_by_itself(site: Site) -> None:
    app = site({"x": "from fastapi import Request\nasync def GET(request: Request): return str(request.url)"})
    headers = {"host": "real", "x-forwarded-host": "evil", "x-forwarded-proto": "https"}
    assert ask(app, "GET", "/x", headers=headers).json() == "http://real/x"


def test_fact_57_a_handler_can_ask_whether_the_client_left(site: Site) -> None:
    from tests.server.asgi import answer_to

    app = site(
        {
            "x": """
            import asyncio
            from fastapi import Request
            left = []
            async def GET(request: Request):
                while not await request.is_disconnected():
                    await asyncio.sleep(0.01)
                left.append(True)
            """
        }
    )
    asyncio.run(asyncio.wait_for(answer_to(app, "GET", "/x", leave_after=0.05), 5))
    import sys

    module: Any = next(
        m
        for n, m in sys.modules.items()
        if getattr(m, "__file__", "") == str(app.project.app_dir / "x/route.py")
    )
    assert module.left == [True]


@pytest.mark.parametrize("content", ["application/json", "application/problem+json"])
def test_a_typed_body_of_another_content_type_is_422(site: Site, content: str) -> None:
    """FastAPI's strictness closes a CSRF hole: a form of another site cannot send JSON."""
    app = site({"x": "async def POST(b: dict): return b"})
    body = json.dumps({"a": 1}).encode()
    assert ask(app, "POST", "/x", headers={"content-type": content}, body=body).status == 200
    for other in ("text/plain", "application/x-www-form-urlencoded", None):
        headers = {} if other is None else {"content-type": other}
        assert ask(app, "POST", "/x", headers=headers, body=body).status == 422
