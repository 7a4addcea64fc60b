"""Answers: what handlers return, cookies, background work and streams (facts 58-79, 89-92)."""

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest

from routegen.server.app import RouteApp
from tests.server.asgi import Answer, answer_to, ask
from tests.server.conftest import Site

BOTH = pytest.mark.parametrize("extra", ["", "d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])


def module_of(app: RouteApp, folder: str) -> Any:
    file = str(app.project.app_dir / folder / "route.py")
    found: ModuleType = next(m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == file)
    return found


@BOTH
def test_fact_58_json_is_compact_utf8(site: Site, extra: str) -> None:
    answer = ask(
        site({"x": f"from fastapi import Depends\nasync def GET({extra}): return {{'ä': [1, 'é']}}"}),
        "GET",
        "/x",
    )
    assert (answer.body, answer.header("content-type")) == ('{"ä":[1,"é"]}'.encode(), "application/json")


@BOTH
@pytest.mark.parametrize("value", ["object()", "float('nan')", "{1, object()}", "b'\\xff'"])
def test_fact_60_what_cannot_be_json_is_500(site: Site, value: str, extra: str) -> None:
    answer = ask(
        site(
            {
                "x": f"from fastapi import Depends\nclass O: __slots__ = ()\nasync def GET({extra}): return {value}"
            }
        ),
        "GET",
        "/x",
    )
    assert answer.status in (200, 500) if value == "object()" else answer.status == 500


@BOTH
@pytest.mark.parametrize(
    "answer",
    [
        "Response('x', 204)",
        "Response('x', 304)",
        "Response('x', 205)",
        "Response('x', 99)",
        "Response('x', 600)",
        "Response('', 100)",
    ],
)
def test_fact_60_broken_messages_raise(site: Site, answer: str, extra: str) -> None:
    app = site({"x": f"from fastapi import Depends, Response\nasync def GET({extra}): return {answer}"})
    assert ask(app, "GET", "/x").status == 500


@BOTH
@pytest.mark.parametrize("sync", [False, True], ids=["async", "sync"])
def test_fact_61_nothing_is_null_and_a_mapping_is_json(site: Site, extra: str, sync: bool) -> None:
    define = "def" if sync else "async def"
    app = site(
        {
            "x": f"from fastapi import Depends\n{define} GET({extra}): pass\n{define} POST({extra}): return {{}}"
        }
    )
    assert ask(app, "GET", "/x").body == b"null"
    assert ask(app, "POST", "/x").body == b"{}"


def test_fact_65_cookies_of_the_injected_response_survive(site: Site) -> None:
    app = site(
        {
            "x": """
            from fastapi import Response
            from fastapi.responses import JSONResponse, RedirectResponse
            from fastapi import Depends

            def session(response: Response):
                response.set_cookie("session", "s")

            async def GET(response: Response):
                response.set_cookie("a", "1")
                response.headers["x-own"] = "1"
                return {"a": 1}

            async def POST(response: Response, d=Depends(session)):
                response.set_cookie("a", "injected")
                response.set_cookie("b", "injected")
                answer = RedirectResponse("/y", 303)
                answer.set_cookie("a", "returned")
                answer.set_cookie("c", "returned")
                return answer

            def PUT(response: Response):
                response.set_cookie("a", "1")
                return JSONResponse({})
            """
        }
    )
    get = ask(app, "GET", "/x")
    assert get.all("set-cookie") == ["a=1; Path=/; SameSite=lax"] and get.header("x-own") == "1"
    names = [c.partition(";")[0] for c in ask(app, "POST", "/x").all("set-cookie")]
    assert sorted(names) == ["a=returned", "b=injected", "c=returned", "session=s"]
    assert len(ask(app, "PUT", "/x").all("set-cookie")) == 1


def test_fact_70_cookies_stay_separate_lines(site: Site) -> None:
    app = site(
        {
            "x": "from fastapi import Response\nasync def GET():\n    r = Response()\n    r.set_cookie('a', '1')\n    r.set_cookie('b', '2')\n    r.delete_cookie('c')\n    return r"
        }
    )
    assert len(ask(app, "GET", "/x").all("set-cookie")) == 3


def test_fact_71_no_foreign_headers(site: Site) -> None:
    assert [n for n, _ in ask(site({"x": "async def GET(): return 1"}), "GET", "/x").headers] == [
        "content-length",
        "content-type",
    ]


def test_fact_75_handlers_of_a_file_share_its_state(site: Site) -> None:
    app = site(
        {"x": "count = 0\nasync def GET(): return count\nasync def POST():\n    global count\n    count += 1"}
    )
    ask(app, "POST", "/x")
    ask(app, "POST", "/x")
    assert ask(app, "GET", "/x").json() == 2


AFTER = """
import asyncio
from fastapi import BackgroundTasks, Depends, HTTPException, Response
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask
from routegen import Redirect

log = []

async def later(mark):
    await asyncio.sleep(0)
    log.append(mark)

def dependency(tasks: BackgroundTasks):
    tasks.add_task(later, "dependency")

{define} GET(tasks: BackgroundTasks, d=Depends(dependency)):
    tasks.add_task(later, "handler")
    {statement}
"""
ENDINGS = [
    pytest.param("return 1", 200, id="a value"),
    pytest.param("return Response('x')", 200, id="a response"),
    pytest.param(
        "return Response('x', background=BackgroundTask(later, 'own'))",
        200,
        id="a response with its own task",
    ),
    pytest.param("raise HTTPException(404)", 404, id="fact 89: HTTPException"),
    pytest.param("raise Redirect('/y')", 307, id="fact 89: redirect"),
    pytest.param("1 / 0", 500, id="fact 89: crash"),
]


@pytest.mark.parametrize("define", ["async def", "def"])
@pytest.mark.parametrize(("statement", "status"), ENDINGS)
def test_fact_89_work_after_the_answer(site: Site, statement: str, status: int, define: str) -> None:
    app = site({"x": AFTER.format(define=define, statement=statement)})
    order: list[object] = []

    async def run() -> Answer:
        answer = await answer_to(app, "GET", "/x")
        order.append(answer.complete)
        return answer

    assert asyncio.run(run()).status == status
    log = module_of(app, "x").log
    assert log[:2] == ["dependency", "handler"] and (
        log[2:] == ["own"] if "own" in statement else not log[2:]
    )


def test_fact_89_it_runs_after_the_answer_was_sent(site: Site) -> None:
    app = site({"x": AFTER.format(define="async def", statement="raise HTTPException(404)")})
    seen: list[Any] = []

    async def run() -> None:
        from tests.server.asgi import make_scope

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            seen.append((message["type"], list(module_of(app, "x").log)))

        await app(make_scope("GET", "/x", []), receive, send)

    asyncio.run(run())
    assert seen == [("http.response.start", []), ("http.response.body", [])]


def test_fact_90_a_failure_afterwards_does_not_reach_the_client(site: Site) -> None:
    app = site(
        {
            "x": "from fastapi import BackgroundTasks\nasync def GET(t: BackgroundTasks):\n    t.add_task(lambda: 1 / 0)\n    return 1"
        }
    )
    answer = ask(app, "GET", "/x")
    assert (answer.status, answer.body, answer.complete) == (200, b"1", True)


STREAMS = """
import asyncio
from collections.abc import AsyncIterator, Iterator
from fastapi import Depends, Request
from fastapi.responses import EventSourceResponse, StreamingResponse
from routegen import operation

closed = []

async def progressing():
    try:
        while True:
            yield b"x"
            await asyncio.sleep(0.005)
    finally:
        closed.append("progressing")

async def stalled():
    try:
        yield b"x"
        await asyncio.sleep(60)
    finally:
        closed.append("stalled")

async def silent():
    try:
        await asyncio.sleep(60)
        yield b"x"
    finally:
        closed.append("silent")

async def failing():
    try:
        yield b"a"
        yield b"b"
        raise RuntimeError("midway")
    finally:
        closed.append("failing")

async def GET(kind: str{extra}):
    return StreamingResponse(globals()[kind]())
"""


@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
@pytest.mark.parametrize("kind", ["progressing", "stalled", "silent"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_fact_79_a_client_that_leaves_closes_the_generator(
    site: Site, kind: str, extra: str, method: str
) -> None:
    app = site({"x": STREAMS.format(extra=extra)})

    async def run() -> None:
        await asyncio.wait_for(answer_to(app, method, f"/x?kind={kind}", leave_after=0.05), 2.5)
        await asyncio.sleep(0.01)

    asyncio.run(run())
    assert module_of(app, "x").closed == ([kind] if method == "GET" else [])  # HEAD never starts it


@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
def test_fact_78_a_stream_that_fails_midway_is_cut(site: Site, extra: str) -> None:
    app = site({"x": STREAMS.format(extra=extra)})
    answer = ask(app, "GET", "/x?kind=failing")
    assert (answer.status, answer.body, answer.complete) == (200, b"ab", False)
    with pytest.raises(RuntimeError, match="midway"):
        ask(app, "GET", "/x?kind=failing", raises=True)


@pytest.mark.parametrize("extra", ["", ", d: int = Depends(lambda: 1)"], ids=["direct", "dependency"])
def test_fact_77_head_of_a_stream_ends_at_once(site: Site, extra: str) -> None:
    app = site({"x": STREAMS.format(extra=extra)})
    answer = asyncio.run(asyncio.wait_for(answer_to(app, "HEAD", "/x?kind=progressing"), 2))
    assert (answer.status, answer.body, answer.complete) == (200, b"", True)


def test_fact_76_chunks_arrive_one_by_one(site: Site) -> None:
    app = site(
        {
            "x": "import asyncio\nfrom fastapi.responses import StreamingResponse\nasync def GET():\n    async def g():\n        for n in range(3):\n            yield str(n)\n            await asyncio.sleep(0)\n    return StreamingResponse(g())"
        }
    )
    assert [c for c in ask(app, "GET", "/x").chunks if c] == [b"0", b"1", b"2"]


GENERATORS = """
from collections.abc import AsyncIterator, Iterator
from fastapi import Response
from fastapi.responses import EventSourceResponse, StreamingResponse
from pydantic import BaseModel
from routegen import operation

closed = []

class Item(BaseModel):
    n: int

async def GET() -> AsyncIterator[Item]:
    try:
        for n in range(3):
            yield {"n": n}
    finally:
        closed.append("GET")

def POST() -> Iterator[Item]:
    yield Item(n=1)

@operation(response_class=EventSourceResponse)
async def PUT() -> AsyncIterator[Item]:
    yield Item(n=1)
    yield Item(n=2)

@operation(response_class=StreamingResponse)
async def PATCH():
    yield "a"
    yield "b"
"""


def test_generators_are_fastapis_streams(site: Site) -> None:
    app = site({"x": GENERATORS})
    lines = ask(app, "GET", "/x")
    assert (lines.header("content-type"), lines.text) == ("application/jsonl", '{"n":0}\n{"n":1}\n{"n":2}\n')
    assert ask(app, "POST", "/x").text == '{"n":1}\n'
    events = ask(app, "PUT", "/x")
    assert (events.header("content-type") or "").startswith("text/event-stream")
    assert events.text == 'data: {"n":1}\n\ndata: {"n":2}\n\n'
    assert ask(app, "PATCH", "/x").text == "ab"


def test_head_of_a_generator(site: Site) -> None:
    app = site({"x": GENERATORS})
    answer = asyncio.run(asyncio.wait_for(answer_to(app, "HEAD", "/x"), 2))
    assert (answer.status, answer.body, answer.header("content-type")) == (200, b"", "application/jsonl")


def test_an_answer_without_content_has_no_type(site: Site) -> None:
    app = site(
        {"x": "from routegen import operation\n@operation(status_code=204)\nasync def POST() -> None: ..."}
    )
    answer = ask(app, "POST", "/x")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("content-type") is None
