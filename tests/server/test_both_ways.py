"""Every handler shape, answered by the compiled endpoint and by FastAPI alone: status, headers and body are the same.

Each shape is served four ways: by its direct endpoint, by the direct endpoint inside a middleware stack, through all
of FastAPI within the tree, and by a plain FastAPI application. The last one is left out where routegen differs on
purpose (the error envelope, 400 for malformed JSON, answers that may be a `Response`).
"""

import linecache
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from fastapi import FastAPI

from routegen.options import options_of
from routegen.server.app import RouteApp
from routegen.server.entry import FULL_KEY
from tests.server.asgi import Answer, Headers, ask, build

PRELUDE = """
import enum, uuid
from collections import OrderedDict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, NamedTuple
from typing_extensions import TypedDict
from fastapi import Body, Cookie, Depends, Header, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from routegen import operation

class Color(str, enum.Enum):
    RED = "red"
class Size(enum.IntEnum):
    SMALL = 1
class Mode(enum.Enum):
    ON = "on"
class Item(BaseModel):
    name: str
    price: float = 1.5
    tags: list[str] = []
class Secret(Item):
    password: str = "s3cret"
class Nested(BaseModel):
    item: Item
    items: dict[str, Item] = {}
    at: datetime | None = None
class Alias(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    user_name: str = Field(alias="userName")
@dataclass
class Point:
    x: int
    y: int = 2
class Pair(NamedTuple):
    a: int
    b: str
class Typed(TypedDict):
    a: int
class Filters(BaseModel):
    limit: int = 10
    tag: list[str] = []
class Odd:
    def __init__(self):
        self.a = 1
        self._b = 2
class Slotted:
    __slots__ = ("a",)
"""

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Case:
    """One request."""

    target: str = "/x"
    method: str = "GET"
    headers: Headers = ()
    body: bytes | tuple[bytes, ...] = b""


@dataclass(frozen=True)
class Shape:
    """One handler. `plain` says that plain FastAPI answers the same; `direct` that the short way is taken."""

    source: str
    cases: Sequence[Case] = (Case(),)
    folder: str = "x"
    plain: bool = True
    direct: bool = True


def post(body: bytes | str, headers: Headers = JSON, method: str = "POST", target: str = "/x") -> Case:
    return Case(target, method, headers, body.encode() if isinstance(body, str) else body)


def returning(expression: str, annotation: str = "", **more: Any) -> Shape:
    declared = f" -> {annotation}" if annotation else ""
    return Shape(f"async def GET(){declared}: return {expression}", **more)


def with_path(declared: str, *values: str, **more: Any) -> Shape:
    return Shape(
        f"async def GET(v: {declared}): return {{'v': v, 't': type(v).__name__}}",
        [Case(f"/x/{v}") for v in values],
        "x/[v]",
        **more,
    )


def with_body(declared: str, *bodies: str | bytes, **more: Any) -> Shape:
    cases = [post(b) for b in bodies]
    return Shape(f"async def POST(b: {declared}): return {{'b': b, 't': type(b).__name__}}", cases, **more)


QUERIES = [
    Case("/x?" + q)
    for q in ("", "q=1", "q=x", "q=1&q=2", "q=", "q=%20", "other=1", "q=1%2B1", "q=a+b", "&&=&q", "q=%zz")
]
BODIES = (
    '{"name": "a"}', '{"name": "a", "price": 2, "tags": ["x"]}', '{"name": 5}', '{"price": 1}', "{}", "[]", "null", '"text"', "5", "true",
    '{"name": "ä😀"}', '{"name": "a", "extra": 1}', '{"name": "a", "price": "2.5"}', '{"name": "a", "price": NaN}',
    '{"name": "a", "name": "b"}', ' {"name": "a"} \n', '{"name": "a", "price": 1e400}',
)  # fmt: skip
MALFORMED = (
    "", " ", "{", '{"name"', "{'name': 1}", '{"name": "a",}', b"\xff\xfe", b'{"name": "\xff"}', "nul", "[" * 100_000,
    '{"price": ' + "9" * 5000 + "}", b'\xef\xbb\xbf{"name": "bom"}', '{"name": "\\ud800"}', b"\x00", '{"name": "a"}{}',
)  # fmt: skip

SHAPES: dict[str, Shape] = {
    # what is returned, without a declared type
    "dict": returning("{'a': 1, 'b': [1, 2.5, None, True, 'ä']}"),
    "empty dict": returning("{}"),
    "list": returning("[1, 'a', None]"),
    "tuple": returning("(1, 2)"),
    "str": returning("'text \"quoted\" ä \\u2028'"),
    "empty str": returning("''"),
    "None": returning("None"),
    "implicit None": Shape("async def GET(): pass"),
    "int": returning("12345678901234567890"),
    "huge int": returning("10 ** 4000"),
    "too huge int": returning("10 ** 5000"),
    "float": returning("0.1 + 0.2"),
    "big float": returning("1e300"),
    "whole float": returning("3.0"),
    "bool": returning("False"),
    "NaN": returning("float('nan')"),
    "Infinity inside": returning("{'a': [float('inf')]}"),
    "bytes": returning("b'abc'"),
    "bytes that are no UTF-8": returning("b'\\xff'"),
    "lone surrogate": returning("'\\ud800'"),
    "set": returning("{1}"),
    "frozenset": returning("frozenset(['a'])"),
    "deque": returning("deque([1, 2])"),
    "generator": returning("(x for x in [1, 2])"),
    "range": returning("range(3)"),
    "Decimal": returning("Decimal('1.50')"),
    "whole Decimal": returning("{'a': Decimal('3')}"),
    "datetime": returning("datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone.utc)"),
    "date": returning("[date(2026, 1, 2), time(1, 2), timedelta(seconds=90)]"),
    "UUID": returning("uuid.UUID(int=5)"),
    "str enum": returning("Color.RED"),
    "int enum": returning("{'size': Size.SMALL}"),
    "enum": returning("[Mode.ON]"),
    "enum as key": returning("{Color.RED: 1}"),
    "path": returning("PurePosixPath('/a/b')"),
    "model": returning("Item(name='a')"),
    "models in a list": returning("[Item(name='a'), Secret(name='b')]"),
    "nested model": returning("Nested(item=Item(name='a'), at=datetime(2026, 1, 1))"),
    "model with alias": returning("Alias(userName='a')"),
    "dataclass": returning("Point(1)"),
    "named tuple": returning("Pair(1, 'a')"),
    "old named tuple": returning("namedtuple('T', 'a b')(1, 2)"),
    "ordered dict": returning("OrderedDict(b=1, a=2)"),
    "_sa key": returning("{'_sa_instance_state': 1, 'a': 2}"),
    "_sa key inside": returning("{'a': [{'_sa': 1}]}"),
    "_sa as value": returning("{'a': '_sa_x'}"),
    "int keys": returning("{1: 'a', 2: 'b'}"),
    "None and bool keys": returning("{None: 1, True: 2}"),
    "float key": returning("{1.5: 1}"),
    "tuple key": returning("{(1, 2): 1}"),
    "date key": returning("{date(2026, 1, 1): 1}"),
    "same key twice": returning("{1: 'a', '1': 'b'}"),
    "str subclass": returning("type('S', (str,), {})('sub')"),
    "int subclass": returning("type('I', (int,), {})(5)"),
    "dict subclass": returning("type('D', (dict,), {'x': 1})(a=1)"),
    "list subclass": returning("type('L', (list,), {})([1])"),
    "object": returning("Odd()"),
    "object without dict": returning("Slotted()"),
    "circular": Shape("async def GET():\n    a = []\n    a.append(a)\n    return a"),
    "deep": Shape("async def GET():\n    a = []\n    for _ in range(5000): a = [a]\n    return a"),
    "function": returning("len"),
    "class": returning("Item"),
    # what is returned, with a declared type
    "declared model": returning("Item(name='a')", "Item"),
    "declared model from dict": returning("{'name': 'a', 'extra': 1}", "Item"),
    "declared model filters": returning("Secret(name='a')", "Item"),
    "declared list": returning("[Secret(name='a'), {'name': 'b'}]", "list[Item]"),
    "declared dict": returning("{'a': '1'}", "dict[str, int]"),
    "declared float NaN": returning("float('nan')", "float"),
    "declared any": returning("{'a': float('nan'), 'b': {1}}", "Any"),
    "declared wrongly": returning("{'nom': 'a'}", "Item"),
    "declared None": returning("None", "None"),
    "declared optional": returning("None", "Item | None"),
    "declared union": returning("{'a': 1}", "Item | dict[str, int]"),
    "declared dataclass": returning("Point(1)", "Point"),
    "declared typed dict": returning("{'a': '1'}", "Typed"),
    "declared alias": returning("Alias(userName='a')", "Alias"),
    "declared literal": returning("'x'", "Literal['x', 'y']"),
    "declared bytes": returning("b'abc'", "bytes"),
    "declared datetime": returning("datetime(2026, 1, 2, tzinfo=timezone.utc)", "datetime"),
    "declared Decimal": returning("Decimal('1.50')", "Decimal"),
    "declared set": returning("{'a'}", "set[str]"),
    "declared str": returning("'ä'", "str"),
    "declared str, got int": returning("5", "str"),
    "declared object": returning("Odd()", "object"),
    "postponed annotations": Shape("async def GET() -> 'Item': return Secret(name='a')"),
    "response_model": Shape("@operation(response_model=Item)\nasync def GET(): return Secret(name='a')"),
    "response_model None": Shape("@operation(response_model=None)\nasync def GET() -> Item: return Secret(name='a')"),
    "exclude_unset": Shape("@operation(response_model_exclude_unset=True)\nasync def GET() -> Item: return Item(name='a')"),
    "exclude_none": Shape(
        "@operation(response_model_exclude_none=True)\nasync def GET() -> Nested: return Nested(item=Item(name='a'))"
    ),
    "exclude_defaults": Shape("@operation(response_model_exclude_defaults=True)\nasync def GET() -> Item: return Item(name='a')"),
    "include": Shape("@operation(response_model_include={'name'})\nasync def GET() -> Item: return Item(name='a')"),
    "exclude": Shape("@operation(response_model_exclude={'tags': True})\nasync def GET() -> Item: return Item(name='a')"),
    "not by alias": Shape("@operation(response_model_by_alias=False)\nasync def GET() -> Alias: return Alias(userName='a')"),
    "model | Response: model": returning("Secret(name='a')", "Item | Response", plain=False),
    "model | Response: response": returning("PlainTextResponse('no', 404)", "Item | Response", plain=False),
    "declared Response": returning("Response('x')", "Response"),
    "declared Response, got a dict": returning("{'a': 1}", "Response"),
    # status codes and response classes
    "201": Shape("@operation(status_code=201)\nasync def GET(): return {'a': 1}"),
    "204": Shape("@operation(status_code=204)\nasync def GET(): return None", direct=False, plain=False),
    "304": Shape("@operation(status_code=304)\nasync def GET(): return {'a': 1}", direct=False),
    "299": Shape("@operation(status_code=299)\nasync def GET() -> Item: return Item(name='a')"),
    "response_class": Shape("@operation(response_class=PlainTextResponse)\nasync def GET(): return 'x'", direct=False),
    "response_class HTML": Shape("@operation(response_class=HTMLResponse)\nasync def GET(): return '<b>'", direct=False),
    "response_class JSON": Shape("@operation(response_class=JSONResponse)\nasync def GET(): return {'a': 1}", direct=False),
    # Response objects
    "Response": returning("Response('x', 418, {'X-A': '1'}, 'text/x')"),
    "Response, no media type": returning("Response(b'abc')"),
    "empty Response": returning("Response(status_code=204)"),
    "JSONResponse": returning("JSONResponse({'a': 1}, 202)"),
    "PlainText ä": returning("PlainTextResponse('ä')"),
    "Redirect response": returning("RedirectResponse('/y', 303)"),
    "Streaming": returning("StreamingResponse(iter(['a', b'b']), media_type='text/plain')"),
    "async Streaming": Shape("async def GET():\n    async def g():\n        yield 'a'\n        yield 'b'\n    return StreamingResponse(g())"),
    "cookies": Shape("async def GET():\n    r = Response('x')\n    r.set_cookie('a', '1')\n    r.set_cookie('b', '2')\n    return r"),
    "status 99": returning("Response('x', 99)", plain=False),
    "204 with a body": returning("PlainTextResponse('x', 204)", plain=False),
    # errors
    "HTTPException": Shape("async def GET(): raise HTTPException(418, 'tea', {'X-A': '1'})", plain=False),
    "HTTPException with a dict": Shape("async def GET(): raise HTTPException(409, {'code': 1})", plain=False),
    "HTTPException without detail": Shape("async def GET(): raise HTTPException(404)", plain=False),
    "HTTPException 204": Shape("async def GET(): raise HTTPException(204)", plain=False),
    "crash": Shape("async def GET(): return 1 / 0", plain=False),
    "KeyError": Shape("def GET(): return {}['x']", plain=False),
    "raising a Response": Shape("async def GET(): raise Response('x')", plain=False),
    # path parameters
    "path str": with_path("str", "a", "a%20b", "7", "%C3%A4", "a+b"),
    "path int": with_path("int", "7", "-7", "007", "7.0", "x", "%207", "9" * 30, "9" * 5000, "1_000", "+7", plain=False),
    "path int in full": with_path("int", "7", "-7"),
    "path float": with_path("float", "1.5", "nan", "1e5", "inf", plain=False),
    "path bool": with_path("bool", "true", "1", "off", "maybe", plain=False),
    "path uuid": with_path("uuid.UUID", "00000000-0000-0000-0000-000000000005", "5", plain=False),
    "path enum": with_path("Color", "red", "blue", plain=False),
    "path literal": with_path("Literal['a', 'b']", "a", "c", plain=False),
    "path datetime": with_path("date", "2026-01-02", "x", plain=False),
    "path constrained": with_path("Annotated[int, Path(ge=1, le=9)]", "1", "0", "10", plain=False),
    "path constrained str": with_path("Annotated[str, Path(min_length=2)]", "ab", "a", plain=False),
    "path alias": Shape("async def GET(w: Annotated[int, Path(alias='v')]): return w", [Case("/x/5"), Case("/x/q")], "x/[v]", False),
    "path untyped": Shape("async def GET(v): return v", [Case("/x/5")], "x/[v]"),
    "path not taken": Shape("async def GET(): return 1", [Case("/x/5")], "x/[v]"),
    "path twice": Shape("async def GET(a: int, b: str): return [a, b]", [Case("/x/5/6"), Case("/x/q/6")], "x/[a]/[b]", False),
    "path sync": Shape("def GET(v: int): return v", [Case("/x/5"), Case("/x/q")], "x/[v]", False),
    "catch-all": Shape("async def GET(v: list[int]): return v", [Case("/x/5/6"), Case("/x/q/6")], "x/[...v]", False),
    "catch-all text": Shape("async def GET(v: str): return v", [Case("/x/5/6"), Case("/x/a%2Fb")], "x/[...v]", False),
    "catch-all optional": Shape("async def GET(v: list[str]): return v", [Case("/x/5/6"), Case("/x")], "x/[[...v]]", False),
    "catch-all constrained": Shape(
        "async def GET(v: Annotated[list[str], Path(max_length=2)]): return v", [Case("/x/5/6"), Case("/x/a/b/c")], "x/[...v]", False
    ),
    # query, header, cookie
    "query int": Shape("async def GET(q: int = 0): return q", QUERIES, plain=False),
    "query str": Shape("async def GET(q: str = ''): return q", QUERIES),
    "query required": Shape("async def GET(q: str): return q", QUERIES, plain=False),
    "query optional": Shape("async def GET(q: str | None = None): return {'q': q}", QUERIES),
    "query list": Shape("async def GET(q: Annotated[list[str], Query()] = []): return q", QUERIES),
    "query constrained": Shape("async def GET(q: Annotated[int, Query(gt=1)] = 5): return q", QUERIES, plain=False),
    "query alias": Shape("async def GET(w: Annotated[str, Query(alias='q')] = 'd'): return w", QUERIES),
    "query bool": Shape("async def GET(q: bool = False): return q", QUERIES, plain=False),
    "query model": Shape(
        "async def GET(f: Annotated[Filters, Query()]): return f", [Case("/x?limit=5&tag=a&tag=b"), Case("/x?limit=x"), Case()], plain=False
    ),
    "query and path": Shape("async def GET(v: int, q: int = 1): return [v, q]", [Case("/x/1?q=2"), Case("/x/a?q=b")], "x/[v]", False),
    "query default mutable": Shape("async def GET(q: Annotated[list[int], Query()] = [1]):\n    q.append(2)\n    return q", [Case(), Case()]),
    "header": Shape("async def GET(x_key: Annotated[str | None, Header()] = None): return x_key", [Case(), Case(headers={"X-Key": "k"})]),
    "header list": Shape("async def GET(x: Annotated[list[str], Header()] = []): return x", [Case(headers=[("x", "1"), ("x", "2")])]),
    "header required": Shape("async def GET(x: Annotated[int, Header()]): return x", [Case(), Case(headers={"x": "y"})], plain=False),
    "cookie": Shape(
        "async def GET(a: Annotated[str | None, Cookie()] = None): return a",
        [Case(), Case(headers={"cookie": "a=1; b=2"}), Case(headers={"cookie": "a=1; a=2"}), Case(headers={"cookie": ";;=;"})],
    ),
    # the request
    "request": Shape(
        "async def GET(request: Request): return [request.method, request.url.path, dict(request.query_params), request.path_params]",
        [Case("/x?a=1"), Case("/x?a=1&a=2")],
    ),
    "request: route and endpoint": Shape(
        "async def GET(request: Request): return [request.scope['endpoint'].__name__, request.scope['route'].path]"
    ),
    "request: body": Shape("async def POST(request: Request): return Response(await request.body())", [post("abc"), post("")]),
    "request: chunked body": Shape(
        "async def POST(request: Request): return Response(await request.body())", [Case("/x", "POST", {}, (b"a", b"b", b""))]
    ),
    "request: json": Shape(
        "async def POST(request: Request): return {'got': await request.json()}",
        [post(b, h) for b in BODIES for h in (JSON, {}, {"content-type": "text/plain"})],
        plain=False,
    ),
    "request: malformed json": Shape(
        "async def POST(request: Request): return {'got': await request.json()}", [post(b) for b in MALFORMED], plain=False
    ),
    "request: caught json": Shape(
        "async def POST(request: Request):\n    try:\n        return await request.json()\n    except ValueError:\n        return 'caught'",
        [post("{"), post("")],
    ),
    "request: form": Shape(
        "async def POST(request: Request):\n    form = await request.form()\n    return list(form.multi_items())",
        [post("a=1&a=2&b=", {"content-type": "application/x-www-form-urlencoded"}), post("a=1"), post("a=1", {})],
        plain=False,
    ),
    "request: sync": Shape("def GET(request: Request): return request.method"),
    "request twice": Shape("async def GET(request: Request, other: Request): return request is other"),
    "connection": Shape(
        "from starlette.requests import HTTPConnection\nasync def GET(c: HTTPConnection): return c.url.path"
    ),
    "request and connection": Shape(
        "from starlette.requests import HTTPConnection\nasync def GET(r: Request, c: HTTPConnection): return [r.method, c.url.path]",
        direct=False,
    ),
    # bodies
    "body model": with_body("Item", *BODIES, plain=False),
    "body model malformed": with_body("Item", *MALFORMED, plain=False),
    "body model, plain": with_body("Item", *BODIES[:2], BODIES[10], BODIES[12]),
    "body model sync": Shape("def POST(b: Item): return b", [post(b) for b in BODIES], plain=False),
    "body declared": Shape("async def POST(b: Item) -> Item: return b", [post(b) for b in BODIES], plain=False),
    "body dict": with_body("dict", *BODIES, plain=False),
    "body dict of": with_body("dict[str, Any]", *BODIES, plain=False),
    "body list": with_body("list[int]", "[1, 2]", "[]", "null", "{}", plain=False),
    "body any": with_body("Any = Body()", *BODIES, plain=False),
    "body any, malformed": with_body("Any = Body()", *MALFORMED, plain=False),
    "body optional": with_body("Item | None = None", *BODIES, plain=False),
    "body optional, empty": with_body("Item | None = None", ""),
    "body default": with_body("int = Body(5)", "7", "null", "", '"x"', plain=False),
    "body default mutable": Shape("async def POST(b: list[int] = Body([])):\n    b.append(1)\n    return b", [post("null"), post("null"), post("[5]")], plain=False),
    "body embed": with_body("Annotated[Item, Body(embed=True)]", '{"b": {"name": "a"}}', '{"name": "a"}', direct=False, plain=False),
    "body scalar": with_body("Annotated[int, Body()]", "5", '"5"', "x", "null", plain=False),
    "body bytes": with_body("Annotated[bytes, Body()]", '"x"', plain=False),
    "body two": Shape("async def POST(a: Item, b: Item): return [a, b]", [post('{"a": {"name": "x"}, "b": {"name": "y"}}')], direct=False),
    "body dataclass": with_body("Point", '{"x": 1}', '{"x": "a"}', plain=False),
    "body nested": with_body("Nested", '{"item": {"name": "a"}, "at": "2026-01-01T00:00:00Z"}', '{"item": {}}', plain=False),
    "body alias": with_body("Alias", '{"userName": "a"}', '{"user_name": "a"}', plain=False),
    "body constrained": with_body("Annotated[list[int], Body(max_length=2)]", "[1]", "[1, 2, 3]", plain=False),
    "body union": with_body("Item | list[Item]", '{"name": "a"}', '[{"name": "a"}]', "5", plain=False),
    "body and path": Shape(
        "async def POST(v: int, b: Item): return [v, b]",
        [post('{"name": "a"}', target="/x/1"), post('{"name": 1}', target="/x/q"), post("{", target="/x/q")],
        "x/[v]",
        False,
    ),
    "body and query": Shape(
        "async def PUT(b: Item, q: int = 3): return [q, b]",
        [post('{"name": "a"}', method="PUT", target="/x?q=1"), post('{"name": 1}', method="PUT", target="/x?q=q")],
        plain=False,
    ),
    "body and request": Shape(
        "async def POST(request: Request, b: Item): return [b, (await request.body()).decode(), await request.json()]",
        [post('{"name": "a"}'), post('{"name": 1}')],
        plain=False,
    ),
    "body, then the request's stream": Shape(
        "async def POST(request: Request, b: Item): return [c.decode() async for c in request.stream()]", [post('{"name": "a"}')],
        plain=False,
    ),
    "body, changed by the handler": Shape("async def POST(b: Item):\n    b.name += '!'\n    return b", [post('{"name": "a"}')] * 2),
    "body content types": Shape(
        "async def POST(b: Item): return b",
        [
            post('{"name": "a"}', {"content-type": t})
            for t in (
                "application/json; charset=utf-8", "application/json;charset=latin-1", "APPLICATION/JSON", "application/vnd.api+json",
                "application/problem+json; x=1", "text/json", "text/plain", "application/x-www-form-urlencoded", "application/xml",
                "multipart/form-data", "", "json", "application/json, text/plain", " application/json ", "application/jsonx", "/", ";",
            )
        ]
        + [post('{"name": "a"}', {}), post('{"name": "a"}', [("content-type", "text/plain"), ("content-type", "application/json")])],
        plain=False,
    ),
    "body not strict": Shape(
        "@operation(strict_content_type=False)\nasync def POST(b: Item): return b", [post('{"name": "a"}', {}), post("{", {})], plain=False
    ),
    "body with GET": Shape("async def GET(b: Item): return b", [post('{"name": "a"}', method="GET"), Case()], plain=False),
    "body with DELETE": Shape("async def DELETE(b: Item): return b", [post('{"name": "a"}', method="DELETE")]),
    "body chunked": Shape(
        "async def POST(b: Item): return b", [Case("/x", "POST", JSON, (b'{"na', b"", b'me": "a"}', b"")), Case("/x", "POST", JSON, (b"{",))],
        plain=False,
    ),
    "body too large": Shape("async def POST(b: Item): return b", [post('{"name": "' + "a" * 1_100_000 + '"}')], plain=False),
    "body too large, chunked": Shape(
        "async def POST(b: Item): return b", [Case("/x", "POST", JSON, (b'{"name": "', b"a" * 1_100_000, b'"}'))], plain=False
    ),
    "own limit": Shape(
        "@operation(max_body_size=20)\nasync def POST(b: Item): return b",
        [post('{"name": "a"}'), post('{"name": "aaaaaaaaaaaaa"}'), Case("/x", "POST", JSON, (b'{"name": "', b"a" * 20, b'"}'))],
        plain=False,
    ),
    # HEAD of a GET
    "HEAD": returning("{'a': 1}", cases=[Case(method="HEAD")], plain=False),
    "HEAD of a stream": returning("StreamingResponse(iter(['a', 'b']))", cases=[Case(method="HEAD")], plain=False),
    "HEAD of a 404": Shape("async def GET(): raise HTTPException(404)", [Case(method="HEAD")], plain=False),
    # all of FastAPI
    "Depends": Shape("async def GET(d: int = Depends(lambda: 5)): return d", direct=False),
    "Depends in Annotated": Shape("def n(): return 5\nasync def GET(d: Annotated[int, Depends(n)]): return d", direct=False),
    "injected Response": Shape("async def GET(response: Response):\n    response.status_code = 202\n    return 1", direct=False),
    "operation dependencies": Shape("@operation(dependencies=[Depends(lambda: 5)])\nasync def GET(): return 1", direct=False),
    "lambda": Shape("GET = lambda: {'a': 1}"),
    "keyword only": Shape("async def GET(*, q: int = 1): return q"),
    "positional defaults": Shape("async def GET(q=1, r='a'): return [q, r]", [Case(), Case("/x?q=2&r=b")]),
}  # fmt: skip


class Nothing:
    """A middleware that does nothing: the middleware stack has to be passed."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class ThroughFastAPI(Nothing):
    """A middleware that asks for FastAPI's endpoint."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope[FULL_KEY] = True
        await self.app(scope, receive, send)


def sent(app: Any, case: Case) -> tuple[int, list[tuple[str, str]], bytes, bool]:
    answer: Answer = ask(app, case.method, case.target, headers=case.headers, body=case.body)
    body = b"" if case.method == "HEAD" else answer.body  # which the server leaves out
    return answer.status, answer.headers, body, answer.complete


def plain_fastapi(source: str, shape: Shape) -> FastAPI:
    """The same handlers in an application written by hand."""
    namespace: dict[str, Any] = {"__name__": "plain"}
    linecache.clearcache()
    exec(compile(source, "plain", "exec"), namespace)
    app = FastAPI()
    path = "/" + shape.folder.replace("[", "{").replace("]", "}")
    for method in ("GET", "POST", "PUT", "DELETE"):
        if method in namespace:
            app.add_api_route(path, namespace[method], methods=[method], **options_of(namespace[method]))
    return app


@pytest.mark.parametrize("name", SHAPES)
def test_both_ways(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    source = PRELUDE + dedent(shape.source)
    apps: dict[str, RouteApp] = {}
    for way in ("direct", "stack", "fastapi"):
        apps[way] = build(tmp_path / way, {shape.folder: source})
    apps["stack"].add_middleware(Nothing)
    apps["fastapi"].add_middleware(ThroughFastAPI)
    entry = next(iter(apps["direct"].table))
    assert bool(entry.direct) is shape.direct
    for at, case in enumerate(shape.cases):
        answers = {way: sent(app, case) for way, app in apps.items()}
        assert answers["direct"] == answers["fastapi"], f"case {at}: {case}"
        assert answers["stack"] == answers["fastapi"], f"case {at}: {case}"
    if shape.plain:
        plain = plain_fastapi(source, shape)
        direct = build(tmp_path / "again", {shape.folder: source})
        for case in shape.cases:
            one, other = sent(direct, case), sent(plain, case)
            if one[0] == other[0] == 500:
                continue
            assert one == other, case
