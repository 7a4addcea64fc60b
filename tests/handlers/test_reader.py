"""What the reader makes of a `route.py`."""

from pathlib import Path

import pytest

from routegen.handlers import RouteModule, read_methods, read_module
from routegen.handlers.facts import Truth
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.webhook import verifies


def read(tmp_path: Path, text: str) -> RouteModule:
    file = tmp_path / "route.py"
    file.write_text(text)
    return read_module(file)


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("def GET(): ...", ["GET"]),
        ("async def POST(): ...\ndef GET(): ...", ["GET", "POST"]),
        ("@operation(tags=['a'])\ndef PUT(): ...", ["PUT"]),
        ("def f(): ...\nGET = f", ["GET"]),
        ("GET = HEAD = cached(f)", ["GET", "HEAD"]),
        ("GET, POST = handlers", ["GET", "POST"]),
        ("GET: object = f", ["GET"]),
        ("GET: object", []),
        ("GET = None\nPOST = {}", []),
        ("from lib import answer as GET, POST", ["GET", "POST"]),
        ("if DEBUG:\n    def DELETE(): ...", ["DELETE"]),
        ("try:\n    from a import GET\nexcept ImportError:\n    GET = None", ["GET"]),
        ("class GET: ...", ["GET"]),
        ("def get(): ...\ndef _GET(): ...", []),
        ("def f():\n    def GET(): ...", []),
        ("async def WEBSOCKET(): ...\ndef OPTIONS(): ...", ["OPTIONS", "WEBSOCKET"]),
        ("", []),
    ],
)
def test_read_methods(tmp_path: Path, text: str, methods: list[str]) -> None:
    file = tmp_path / "route.py"
    file.write_text(text)
    assert read_methods(file) == tuple(methods)
    assert [handler.method for handler in read_module(file).handlers] == methods


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("get", "GET"),
        ("Post", "POST"),
        ("DEL", "DELETE"),
        ("PSOT", "POST"),
        ("DELET", "DELETE"),
        ("PATCHH", "PATCH"),
    ],
)
def test_near_misses(tmp_path: Path, name: str, method: str) -> None:
    assert [near.method for near in read(tmp_path, f"def {name}(): ...").near_misses] == [method]


@pytest.mark.parametrize(
    "text", ["def _get(): ...", "def get(): ...\nGET = get", "get = 1", "def POSE(x): ...\nPOSE(1)"]
)
def test_no_near_misses(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text).near_misses == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("async def POST(request: Request): await request.json()", Kind.READ_JSON),
        ("async def POST(req: 'Request'): await req.json()", Kind.READ_JSON),
        ("async def POST(r: Request | None): await r.json()", Kind.READ_JSON),
        ("async def POST(r: R): await r.json()\nR = Annotated[Request, 1]", Kind.READ_JSON),
        ("async def POST(x: Request):\n    y = x\n    await y.json()", Kind.READ_JSON),
        (
            "async def POST(x: Request): await read(x)\nasync def read(y): return await y.json()",
            Kind.READ_JSON,
        ),
        ("def POST(): W.construct_event(1, 2, 3)\nfrom stripe import Webhook as W", Kind.VERIFY),
        ("def POST(): w.verify(1, 2)\nfrom svix.webhooks import Webhook\nw = Webhook('s')", Kind.VERIFY),
        ("def POST():\n    import hmac as h\n    h.compare_digest(1, 2)", Kind.COMPARE),
        ("def POST(s: Session): s.add(1)\nfrom sqlmodel import Session", Kind.DB_WRITE),
        ("def POST(): (Path('a') / 'b').write_text('c')\nfrom pathlib import Path", Kind.OPEN_PATH),
        ("def POST(): open('a')", Kind.OPEN_PATH),
    ],
)
def test_calls_are_known_by_import_and_constructor(tmp_path: Path, body: str, kind: Kind) -> None:
    head = "from fastapi import Request\nfrom typing import Annotated\n"
    (handler,) = read(tmp_path, head + body).handlers
    assert handler.calls(kind)


@pytest.mark.parametrize(
    "body",
    [
        "def POST(x): x.json(); x.add(1); x.verify(2)",
        "def POST(): open('a')\ndef open(x): ...",
        "def POST(): w.verify(1)",
    ],
)
def test_a_bare_method_name_says_nothing(tmp_path: Path, body: str) -> None:
    (handler,) = read(tmp_path, body).handlers
    assert not any(site.kinds for site in handler.sites)


@pytest.mark.parametrize(
    ("body", "truth"),
    [
        ("async def POST(request: Request): save(await request.json())", Truth.NO),
        ("async def POST(request: Request): handle(request)", Truth.UNKNOWN),
        ("async def POST(request: Request): handle(await request.body(), request.headers)", Truth.UNKNOWN),
        ("async def POST(request: Request): verify_it(await request.body())", Truth.UNKNOWN),
        ("async def POST(a: Annotated[str, Depends(current_user)]): save(a)", Truth.UNKNOWN),
        ("async def POST(a: Annotated[str, Depends(get_session)]): save(a)", Truth.NO),
        ("@guarded\nasync def POST(request: Request): save(await request.json())", Truth.UNKNOWN),
        ("from lib import POST", Truth.UNKNOWN),
        ("def POST(request: Request):\n    if request.headers['x-token'] != SECRET: raise E", Truth.YES),
        ("def POST(request: Request):\n    if request.headers['x-event'] != 'ping': raise E", Truth.NO),
        ("def POST(t: Annotated[str, Header()]):\n    if not hmac.compare_digest(t, S): raise E", Truth.YES),
        (
            "def POST(r: Request):\n    a(r)\ndef a(r): b(r)\ndef b(r): c(r)\ndef c(r): d(r)\ndef d(r): ...",
            Truth.UNKNOWN,
        ),
    ],
)
def test_verification_is_three_valued(tmp_path: Path, body: str, truth: Truth) -> None:
    head = "import hmac\nfrom fastapi import Depends, Header, Request\nfrom typing import Annotated\n"
    (handler,) = read(tmp_path, head + body + "\n").handlers
    assert verifies(handler).truth is truth


def test_a_mistyped_kind_in_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="VERIFI"):
        vocabulary().add("x", {"kinds": {"VERIFI": ["a.b"]}})
