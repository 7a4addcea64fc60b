"""Methods: what a `route.py` exports decides what a path answers (facts 1-12 of Next.js's behaviour)."""

import threading

import pytest

from tests.server.asgi import ask
from tests.server.conftest import Site

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")

ECHO = """
from fastapi import Request

async def answer(request: Request):
    return request.method

{}
"""


@pytest.mark.parametrize("verb", VERBS)
def test_fact_1_every_exported_method_is_called(site: Site, verb: str) -> None:
    app = site({"x": "\n".join(f"async def {v}(): return '{v}'" for v in VERBS)})
    assert ask(app, verb, "/x").json() == verb


@pytest.mark.parametrize("verb", VERBS)
def test_fact_2_one_function_under_several_names(site: Site, verb: str) -> None:
    app = site({"x": ECHO.format("GET = POST = PUT = answer\nPATCH = DELETE = GET")})
    assert ask(app, verb, "/x").json() == verb


def test_fact_2_reexported_from_another_module(site: Site) -> None:
    app = site(
        {
            "app/_shared.py": "async def handler(): return 'shared'",
            "a": "from .._shared import handler as GET",
            "b/[id]": "from ..._shared import handler as GET, handler as POST",
        }
    )
    assert [ask(app, *line).json() for line in (("GET", "/a"), ("GET", "/b/1"), ("POST", "/b/1"))] == [
        "shared"
    ] * 3


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def GET(): return threading.current_thread().name", id="no parameters"),
        pytest.param(
            "from fastapi import Request\ndef GET(request: Request): return threading.current_thread().name",
            id="request",
        ),
        pytest.param(
            "from fastapi import Depends\ndef GET(x=Depends(lambda: 1)): return threading.current_thread().name",
            id="Depends",
        ),
    ],
)
def test_fact_3_sync_handlers_run_in_the_thread_pool(site: Site, source: str) -> None:
    app = site({"x": f"import threading\n{source}"})
    assert ask(app, "GET", "/x").json() != threading.main_thread().name


def test_fact_4_head_runs_get_and_sends_its_headers_without_the_body(site: Site) -> None:
    app = site(
        {
            "x": """
            from fastapi import Request, Response
            async def GET(request: Request):
                return Response(request.method, headers={"X-Own": "1"})
            """,
            "d": "async def GET(): return {'a': 1}",
        }
    )
    answer = ask(app, "HEAD", "/x")
    assert (answer.status, answer.body, answer.header("x-own"), answer.header("content-length")) == (
        200,
        b"",
        "1",
        "4",
    )
    plain = ask(app, "HEAD", "/d")
    assert (plain.status, plain.body, plain.header("content-length")) == (200, b"", "7")


ALLOW = [
    pytest.param("GET", "HEAD", 200, None, id="fact 4: HEAD comes from GET"),
    pytest.param("GET HEAD", "HEAD", 299, None, id="fact 5: own HEAD wins"),
    pytest.param("POST", "HEAD", 405, "OPTIONS, POST", id="fact 6: no HEAD without GET"),
    pytest.param("GET", "OPTIONS", 204, "GET, HEAD, OPTIONS", id="fact 7: GET"),
    pytest.param("POST", "OPTIONS", 204, "OPTIONS, POST", id="fact 7: POST only"),
    pytest.param("PUT GET DELETE", "OPTIONS", 204, "DELETE, GET, HEAD, OPTIONS, PUT", id="fact 7: sorted"),
    pytest.param("HEAD", "OPTIONS", 204, "HEAD, OPTIONS", id="fact 7: own HEAD only"),
    pytest.param("GET OPTIONS", "OPTIONS", 299, None, id="fact 8: own OPTIONS wins, no Allow added"),
    pytest.param("GET OPTIONS", "POST", 405, "GET, HEAD, OPTIONS", id="fact 9: own OPTIONS counts"),
    pytest.param("GET", "POST", 405, "GET, HEAD, OPTIONS", id="fact 9: 405 with Allow"),
    pytest.param("GET POST", "PATCH", 405, "GET, HEAD, OPTIONS, POST", id="fact 9: complete"),
    pytest.param("GET", "PROPFIND", 405, "GET, HEAD, OPTIONS", id="fact 10: unknown method"),
    pytest.param("GET", "QUERY", 405, "GET, HEAD, OPTIONS", id="fact 10: QUERY"),
    pytest.param("GET", "TRACE", 405, "GET, HEAD, OPTIONS", id="fact 10: TRACE"),
    pytest.param("GET", "get", 405, "GET, HEAD, OPTIONS", id="fact 10: methods are case-sensitive"),
    pytest.param("", "GET", 405, "OPTIONS", id="no handlers at all"),
    pytest.param("", "OPTIONS", 204, "OPTIONS", id="no handlers: OPTIONS"),
]


@pytest.mark.parametrize("plain", [True, False], ids=["direct", "with dependencies"])
@pytest.mark.parametrize(("exported", "method", "status", "allow"), ALLOW)
def test_allow(site: Site, exported: str, method: str, status: int, allow: str | None, plain: bool) -> None:
    parameter = "" if plain else "response: Response, x: int = Depends(lambda: 1)"
    source = ["from fastapi import Depends, Response"]
    for verb in exported.split():
        code = 299 if verb in ("HEAD", "OPTIONS") else 200
        source.append(f"async def {verb}({parameter}): return Response(status_code={code})")
    answer = ask(site({"x": "\n".join(source)}), method, "/x")
    assert (answer.status, answer.header("allow")) == (status, allow)
    assert len(answer.all("allow")) <= 1
    if method == "OPTIONS":
        assert not answer.body


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        pytest.param("GET", "/users/me", 405, id="fact 12: the static file has no GET"),
        pytest.param("POST", "/users/me", 200, id="fact 12: its own method"),
        pytest.param("GET", "/users/you", 200, id="fact 12: another path is dynamic"),
        pytest.param("GET", "/users/me/posts", 200, id="deeper paths go on"),
    ],
)
def test_fact_12_path_first_then_method(site: Site, method: str, target: str, status: int) -> None:
    app = site(
        {
            "users/me": "async def POST(): return 'me'",
            "users/[id]": "async def GET(id: str): return id",
            "users/[id]/posts": "async def GET(id: str): return id",
        }
    )
    assert ask(app, method, target).status == status


def test_lower_case_handlers_answer_405(site: Site) -> None:
    assert ask(site({"x": "async def get(): return 1"}), "GET", "/x").status == 405


def test_handlers_that_are_no_plain_functions(site: Site) -> None:
    app = site(
        {
            "x": """
            import functools
            from fastapi import Request

            class Answer:
                async def __call__(self, q: int = 0) -> dict:
                    return {"q": q}

            def loud(function):
                @functools.wraps(function)
                async def wrapper(*args, **kwargs):
                    return (await function(*args, **kwargs)).upper()
                return wrapper

            @loud
            async def POST(name: str): return name

            async def many(extra: int, name: str): return name * extra

            GET = Answer()
            PUT = functools.partial(many, 2)

            class Handlers:
                async def delete(self, q: int): return q

            DELETE = Handlers().delete
            """
        }
    )
    assert ask(app, "GET", "/x?q=3").json() == {"q": 3}
    assert ask(app, "POST", "/x?name=ann").json() == "ANN"
    assert ask(app, "PUT", "/x?name=ab").json() == "abab"
    assert ask(app, "DELETE", "/x?q=4").json() == 4


def test_a_method_that_is_no_function_stops_start_up(site: Site) -> None:
    app = site({"x": "GET = 5"})
    with pytest.raises(Exception, match=r"`GET` in `.*route\.py` is no function but `int`"):
        app.start()


@pytest.mark.parametrize("takes", ["", "tasks: BackgroundTasks", "response: Response", "path: list[str]"])
def test_decorated_and_callable_handlers_with_injected_parameters(site: Site, takes: str) -> None:
    """The wrapper says whether there is something to await, not what it wraps."""
    given = takes.partition(":")[0]
    source = f"""
    import asyncio, functools
    from fastapi import BackgroundTasks, Response

    class Answer:
        async def __call__(self, {takes}): return 1

    def awaited(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs): return await asyncio.to_thread(function, *args, **kwargs)
        return wrapper

    def passed_on(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs): return function(*args, **kwargs)
        return wrapper

    GET = Answer()
    @awaited
    def POST({takes}): return 2
    @passed_on
    async def PUT({takes}): return 3
    DELETE = functools.partial(Answer.__call__, None)
    """
    assert given or not takes
    app = site({"x/[...path]": source})
    assert [ask(app, m, "/x/a").json() for m in ("GET", "POST", "PUT", "DELETE")] == [1, 2, 3, 1]
