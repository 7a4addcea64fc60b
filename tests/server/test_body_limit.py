"""The body limit holds on every route and every way a body is read; nothing ever sees a cut body (fact 53)."""

from typing import Any

import pytest
from starlette.middleware.base import BaseHTTPMiddleware

from tests.server.asgi import Answer, ask
from tests.server.conftest import Site

MiB = 1024 * 1024

READERS = {
    "typed": "async def POST(b: dict): return 1",
    "typed, sync": "def POST(b: dict): return 1",
    "request.body": "from fastapi import Request\nasync def POST(request: Request): return len(await request.body())",
    "request.json": "from fastapi import Request\nasync def POST(request: Request): return await request.json()",
    "request.json, caught": """
from fastapi import Request
async def POST(request: Request):
    try:
        return await request.json()
    except ValueError:
        return "caught"
""",
    "request.stream": """
from fastapi import Request
async def POST(request: Request):
    return sum([len(c) async for c in request.stream()])
""",
    "request.form": "from fastapi import Request\nasync def POST(request: Request): return len(await request.form())",
    "connection": """
from starlette.requests import HTTPConnection, Request
async def POST(c: HTTPConnection): return len(await Request(c.scope, c.receive).body())
""",
    "Form": "from typing import Annotated\nfrom fastapi import Form\nasync def POST(a: Annotated[str, Form()]): return a",
    "UploadFile": "from fastapi import UploadFile\nasync def POST(f: UploadFile): return f.size",
    "Depends": "from fastapi import Depends\nasync def POST(b: dict, d: int = Depends(lambda: 1)): return 1",
    "Depends that reads": """
from fastapi import Depends, Request
async def size(request: Request): return len(await request.body())
async def POST(n: int = Depends(size)): return n
""",
    "background": "from fastapi import BackgroundTasks\nasync def POST(b: dict, t: BackgroundTasks): return 1",
    "echo": """
from fastapi import Request
from fastapi.responses import StreamingResponse
async def POST(request: Request):
    await request.body()
    return StreamingResponse(request.stream())
""",
}
CONTENT = {
    "request.form": "application/x-www-form-urlencoded",
    "Form": "application/x-www-form-urlencoded",
    "UploadFile": "multipart/form-data; boundary=XX",
}


def send(app: Any, name: str, size: int, *, chunked: bool, target: str = "/x") -> Answer:
    start, end = {
        "application/x-www-form-urlencoded": (b"a=", b""),
        "multipart/form-data; boundary=XX": (
            b'--XX\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n',
            b"\r\n--XX--\r\n",
        ),
    }.get(kind := CONTENT.get(name, "application/json"), (b'{"a": "', b'"}'))
    body = start + b"x" * (size - len(start) - len(end)) + end
    parts = [body[at : at + 65536] for at in range(0, len(body), 65536)]
    return ask(app, "POST", target, headers={"content-type": kind}, body=parts if chunked else body)


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
@pytest.mark.parametrize("name", READERS)
def test_every_way_of_reading(site: Site, name: str, chunked: bool) -> None:
    app = site({"x": READERS[name]}, max_body_size=200_000)
    assert send(app, name, 200_000, chunked=chunked).status == 200
    answer = send(app, name, 200_001, chunked=chunked)
    assert (answer.status, answer.json()) == (413, {"error": "The body is larger than 200000 bytes"})


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
def test_an_operation_raises_its_limit(site: Site, name: str, chunked: bool) -> None:
    handler = "def POST" if name == "typed, sync" else "async def POST"
    source = READERS[name].replace(handler, f"@operation(max_body_size=300_000)\n{handler}")
    source = f"from routegen import operation\n{source}"
    app = site({"x": source}, max_body_size=200_000)
    assert send(app, name, 300_000, chunked=chunked).status == 200
    answer = send(app, name, 300_001, chunked=chunked)
    assert (answer.status, answer.json()) == (413, {"error": "The body is larger than 300000 bytes"})


def test_an_operation_lowers_its_limit(site: Site) -> None:
    app = site(
        {
            "x": "from routegen import operation\n@operation(max_body_size=10)\nasync def POST(b: dict): return b"
        }
    )
    for chunked in (True, False):
        assert send(app, "typed", 100, chunked=chunked).status == 413


def test_one_mebibyte_is_the_default(site: Site) -> None:
    app = site({"x": READERS["request.body"]})
    assert send(app, "request.body", MiB, chunked=True).json() == MiB
    for chunked in (True, False):
        assert send(app, "request.body", MiB + 1, chunked=chunked).status == 413


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
def test_main_pys_own_routes(site: Site, chunked: bool) -> None:
    from fastapi import APIRouter, Request

    app = site({"x": READERS["typed"]}, max_body_size=200_000)
    router = APIRouter()

    @app.post("/own")
    async def own(request: Request) -> int:
        return len(await request.body())

    @router.post("/typed")
    async def typed(b: dict[str, str]) -> int:
        return len(b)

    @app.post("/raised", max_body_size=300_000)
    async def raised(request: Request) -> int:
        return len(await request.body())

    app.include_router(router, prefix="/api")
    for target in ("/own", "/api/typed"):
        assert send(app, "typed", 200_000, chunked=chunked, target=target).status == 200
        answer = send(app, "typed", 200_001, chunked=chunked, target=target)
        assert (answer.status, list(answer.json())) == (413, ["error"])
    assert send(app, "typed", 300_000, chunked=chunked, target="/raised").json() == 300_000
    assert send(app, "typed", 300_001, chunked=chunked, target="/raised").status == 413


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "with a length"])
def test_a_middleware_that_reads_the_body(site: Site, chunked: bool) -> None:
    app = site({"x": READERS["request.body"], "y": READERS["typed"]}, max_body_size=200_000)

    async def read(request: Any, call_next: Any) -> Any:
        await request.body()
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=read)
    for target in ("/x", "/y", "/nowhere"):
        expected = 404 if target == "/nowhere" else 200
        assert send(app, "typed", 200_000, chunked=chunked, target=target).status == expected
        answer = send(app, "typed", 200_001, chunked=chunked, target=target)
        assert (answer.status, list(answer.json())) == (413, ["error"])


def test_a_middleware_beside_a_handler_that_reads(site: Site) -> None:
    """BaseHTTPMiddleware runs the application in a task group, which wraps errors in groups."""
    app = site(
        {name.replace(" ", "").replace(",", "-"): source for name, source in READERS.items()},
        max_body_size=200_000,
    )

    async def pass_on(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    for name in READERS:
        target = "/" + name.replace(" ", "").replace(",", "-")
        assert send(app, name, 200_001, chunked=True, target=target).status == 413, name
        assert send(app, name, 200_000, chunked=True, target=target).status == 200, name


def test_the_answer_comes_while_the_body_streams_in(site: Site) -> None:
    """An endless body is refused after as many bytes as are allowed, not after its end."""
    app = site({"x": READERS["request.stream"], "y": READERS["typed"]}, max_body_size=100)
    for target in ("/x", "/y"):
        taken = 0

        class Endless(list[bytes]):
            def __len__(self) -> int:
                return 1 << 60

        import asyncio

        from tests.server.asgi import make_scope

        async def run(target: str = target) -> int:
            nonlocal taken
            status = 0

            async def receive() -> Any:
                nonlocal taken
                taken += 10
                return {"type": "http.request", "body": b"x" * 10, "more_body": True}

            async def send(message: Any) -> None:
                nonlocal status
                status = message.get("status", status)

            headers = [("content-type", "application/json"), ("transfer-encoding", "chunked")]
            await app(make_scope("POST", target, headers), receive, send)
            return status

        assert asyncio.run(run()) == 413
        assert taken <= 120


@pytest.mark.parametrize("length", ["9" * 30, "9" * 5000, "1048577", "2000000"])
@pytest.mark.parametrize("target", ["/x", "/y", "/z"])
def test_a_length_that_lies_too_high_is_refused_at_once(site: Site, length: str, target: str) -> None:
    app = site({"x": READERS["typed"], "y": READERS["request.body"], "z": "async def POST(): return 1"})
    assert (
        ask(
            app,
            "POST",
            target,
            headers={"content-length": length, "content-type": "application/json"},
            body=b"{}",
        ).status
        == 413
    )


@pytest.mark.parametrize("length", ["-1", "abc", "", "1.5"])
def test_a_length_that_is_no_number_is_no_crash(site: Site, length: str) -> None:
    headers = {"content-type": "application/json", "content-length": length}
    assert ask(site({"x": READERS["typed"]}), "POST", "/x", headers=headers, body=b"{}").status in (200, 400)


def test_a_get_with_a_large_body_that_nobody_reads(site: Site) -> None:
    """Facts 50 and 51: the same with and without the middleware stack."""
    source = "from fastapi import Request\nasync def GET(request: Request): return 1"
    short, long = (
        site({"x": source, "z": "async def GET(): return 1"}),
        site({"x": source, "z": "async def GET(): return 1"}),
    )
    long.add_middleware(BaseHTTPMiddleware, dispatch=lambda request, call_next: call_next(request))
    for target in ("/x", "/z"):
        assert (
            ask(short, "GET", target, body=b"x" * 2 * MiB).status
            == ask(long, "GET", target, body=b"x" * 2 * MiB).status
        )
