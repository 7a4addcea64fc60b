"""What `main.py` adds to the application works beside the tree: FastAPI with all it has."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from routegen import create_app
from routegen.server.app import RouteApp
from tests.server.asgi import ask, build, write
from tests.server.conftest import Site

TREE = {
    "api/hello": "async def GET(): return 'tree'",
    "[slug]": "async def GET(slug: str): return ['slug', slug]",
}


def test_lifespan_and_request_state(site: Site) -> None:
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        log.append("start")
        yield {"db": "connected"}
        log.append("stop")

    app = site(
        {"x": "from fastapi import Request\nasync def GET(request: Request): return request.state.db"},
        lifespan=lifespan,
    )
    with TestClient(app) as client:
        assert client.get("/x").json() == "connected"
        assert client.get("/x").json() == "connected"
    assert log == ["start", "stop"]


def test_app_state_and_url_for(site: Site) -> None:
    app = site(
        {
            "x": "from fastapi import Request\nasync def GET(request: Request): return [request.app.state.n, str(request.url_for('own'))]"
        }
    )
    app.state.n = 5

    @app.get("/own")
    async def own() -> int:
        return 1

    assert ask(app, "GET", "/x", headers={"host": "h"}).json() == [5, "http://h/own"]


def test_middleware_sees_every_request(site: Site) -> None:
    app = site(TREE)

    @app.middleware("http")
    async def mark(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-mark"] = request.url.path
        return response

    for method, target in [
        ("GET", "/api/hello"),
        ("HEAD", "/api/hello"),
        ("PUT", "/api/hello"),
        ("GET", "/nope/x"),
        ("OPTIONS", "/x"),
    ]:
        assert ask(app, method, target).header("x-mark") == target


def test_middleware_added_after_the_first_request_is_refused(site: Site) -> None:
    """As in FastAPI: it would be ignored otherwise."""
    app = site(TREE)
    assert ask(app, "GET", "/api/hello").status == 200
    with pytest.raises(RuntimeError, match="after an application has started"):
        app.add_middleware(GZipMiddleware)


def test_cors_answers_the_preflight(site: Site) -> None:
    app = site({"x": "async def POST(): return 1"})
    app.add_middleware(CORSMiddleware, allow_origins=["https://a.example"], allow_methods=["POST"])
    headers = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = ask(app, "OPTIONS", "/x", headers=headers)
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, "https://a.example")
    assert ask(app, "POST", "/x", headers={"origin": "https://a.example"}).header(
        "access-control-allow-origin"
    )


def test_own_routes_routers_and_mounts(site: Site) -> None:
    app = site(TREE)
    router, inner = APIRouter(prefix="/admin"), APIRouter()

    @app.get("/own")
    async def own() -> str:
        return "own"

    @app.get("/own/{id}")
    async def own_id(id: int) -> int:
        return id

    @router.get("/users")
    async def users() -> str:
        return "admin"

    @inner.get("/deep")
    async def deep() -> str:
        return "deep"

    router.include_router(inner, prefix="/inner")
    app.include_router(router)
    sub = FastAPI()

    @sub.get("/here")
    async def here() -> str:
        return "sub"

    @sub.get("/slash/")
    async def slash() -> str:
        return "slash"

    app.mount("/sub", sub)
    for target, body in [
        ("/own", "own"),
        ("/own/5", 5),
        ("/admin/users", "admin"),
        ("/admin/inner/deep", "deep"),
        ("/sub/here", "sub"),
        ("/sub/slash/", "slash"),
        ("/api/hello", "tree"),
        ("/other", ["slug", "other"]),
    ]:
        answer = ask(app, "GET", target)
        assert (answer.status, answer.json()) == (200, body), target
    assert ask(app, "GET", "/sub/nope").json() == {"detail": "Not Found"}
    assert ask(app, "GET", "/own/").status in (307, 308), "main.py's routes keep Starlette's redirect"
    assert ask(app, "GET", "/sub/slash").status == 307
    assert ask(app, "GET", "/nope/x/").status == 404


def test_precedence(site: Site) -> None:
    app = site(
        {
            "static": "async def GET(): return 'tree'",
            "users/[id]": "async def GET(id: str): return 'tree'",
            "[slug]": "async def GET(slug: str): return 'tree'",
            "rest/[...all]": "async def GET(all: list[str]): return 'tree'",
        }
    )

    @app.get("/{anything}")
    async def anything(anything: str) -> str:
        return "main"

    @app.get("/users/me")
    async def me() -> str:
        return "main"

    @app.get("/fixed")
    async def fixed() -> str:
        return "main"

    included = APIRouter()

    @included.get("/included")
    async def inside() -> str:
        return "main"

    @included.get("/wrapped/x")
    async def wrapped() -> str:
        return "main"

    app.include_router(included)
    for target, who in [
        ("/static", "tree"),
        ("/docs", "docs"),
        ("/openapi.json", "docs"),
        ("/fixed", "main"),
        ("/included", "main"),
        ("/wrapped/x", "main"),
        ("/users/me", "main"),
        ("/users/7", "tree"),
        ("/other", "tree"),
        ("/rest/a/b", "tree"),
    ]:
        answer = ask(app, "GET", target)
        assert answer.status == 200, target
        assert answer.text == f'"{who}"' or (who == "docs" and "openapi" in answer.text), target


@pytest.mark.parametrize("catch_all", ["[[...all]]", "[...all]"])
def test_main_pys_own_root_beats_a_catch_all(site: Site, catch_all: str) -> None:
    app = site({catch_all: "async def GET(all: list[str]): return 'tree'"})

    @app.get("/")
    async def root() -> str:
        return "main"

    assert ask(app, "GET", "/").json() == "main"
    assert ask(app, "GET", "/x").json() == "tree"


def test_mounted_below_another_application(site: Site) -> None:
    outer = FastAPI()
    outer.mount("/base", site({**TREE, "users/[id]": "async def GET(id: str): return id"}))
    assert ask(outer, "GET", "/base/api/hello").json() == "tree"
    assert ask(outer, "GET", "/base/users/a%2Fb").json() == "a/b"
    assert ask(outer, "GET", "/base/api/hello/").header("location") == "/base/api/hello"
    assert ask(outer, "GET", "/api/hello").status == 404


def test_dependencies_of_the_application(site: Site) -> None:
    def key(x_key: Annotated[str | None, Header()] = None) -> None:
        if x_key != "open":
            raise HTTPException(401)

    app = site(TREE, dependencies=[Depends(key)])
    assert ask(app, "GET", "/api/hello").status == 401
    assert ask(app, "GET", "/api/hello", headers={"x-key": "open"}).status == 200


def test_dependency_overrides(site: Site) -> None:
    app = site(
        {
            "app/_db.py": "def session(): return 'real'",
            "x": "from fastapi import Depends\nfrom .._db import session\nasync def GET(s=Depends(session)): return s",
        }
    )
    assert ask(app, "GET", "/x").json() == "real"
    entry = next(iter(app.table))
    session = entry.operations[0].dependant.dependencies[0].call
    assert session is not None
    app.dependency_overrides[session] = lambda: "fake"
    assert ask(app, "GET", "/x").json() == "fake"


def test_fastapis_options_are_passed_on(site: Site) -> None:
    app = site(TREE, title="Shop", docs_url="/help", redoc_url=None, version="2")
    assert app.openapi()["info"] == {"title": "Shop", "version": "2"}
    assert ask(app, "GET", "/help").text.strip().startswith("<!DOCTYPE html>")
    assert ask(app, "GET", "/docs").json() == ["slug", "docs"]


@pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")
def test_root_path_of_the_application(site: Site) -> None:
    app = site(TREE, root_path="/v1")
    assert ask(app, "GET", "/v1/api/hello").json() == ask(app, "GET", "/api/hello").json() == "tree"
    assert ask(app, "GET", "/v1/api/hello/").header("location") == "/v1/api/hello"


def test_the_file_that_calls_gives_the_project(tmp_path: Any) -> None:
    write(
        tmp_path,
        {"x": "async def GET(): return 1", "main.py": "from routegen import create_app\napp = create_app()"},
    )
    namespace: dict[str, Any] = {"__file__": str(tmp_path / "main.py"), "__name__": "main"}
    exec((tmp_path / "main.py").read_text(), namespace)
    assert ask(namespace["app"], "GET", "/x").json() == 1


def test_dotenv_is_read_and_does_not_replace(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        {".env": "", "x": "import os\nasync def GET(): return [os.environ['RG_A'], os.environ['RG_B']]"},
    )
    (tmp_path / ".env").write_text("RG_A=file\nRG_B=file\n")
    monkeypatch.setenv("RG_A", "set")
    monkeypatch.setenv("RG_B", "")
    monkeypatch.delenv("RG_B")
    assert ask(create_app(tmp_path), "GET", "/x").json() == ["set", "file"]


def test_two_projects_in_one_process(tmp_path: Any) -> None:
    apps: list[RouteApp] = []
    for name in ("one", "two"):
        apps.append(
            build(
                tmp_path / name,
                {
                    "x": f"from ._h import n\nfrom .._g import m\nasync def GET(): return ['{name}', n, m]",
                    "app/x/_h.py": f"n = '{name}'",
                    "app/_g.py": f"m = '{name}'",
                    "app/dependencies.py": f"from fastapi import Depends\nfrom starlette.requests import HTTPConnection\ndef g(c: HTTPConnection): c.scope['who'] = '{name}'\ndependencies = [Depends(g)]",
                },
            )
        )
    for app, name in zip(apps, ("one", "two"), strict=True):
        assert ask(app, "GET", "/x").json() == [name] * 3
    assert ask(apps[0], "GET", "/x").json() == ["one"] * 3


def test_the_openapi_document_makes_no_warnings(site: Site) -> None:
    app = site(TREE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "/api/hello" in app.openapi()["paths"]


def test_gzip(site: Site) -> None:
    app = site({"x": "async def GET(): return 'x' * 2000"})
    app.add_middleware(GZipMiddleware)
    assert ask(app, "GET", "/x", headers={"accept-encoding": "gzip"}).header("content-encoding") == "gzip"


def test_base_http_middleware_with_streams_and_head(site: Site) -> None:
    app = site(
        {
            "x": "from fastapi.responses import StreamingResponse\nasync def GET(): return StreamingResponse(iter('ab'))"
        }
    )

    async def pass_on(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_on)
    assert ask(app, "GET", "/x").text == "ab"
    assert ask(app, "HEAD", "/x").status == 200


@pytest.mark.parametrize("accept", ["", "application/json", "text/html"])
def test_an_unknown_path_is_answered_alike_with_and_without_the_stack(site: Site, accept: str) -> None:
    """404 takes the short way where main.py cannot have an answer; the answer is the same."""
    headers = {"accept": accept} if accept else {}
    short = ask(site({"x": "async def GET(): return 1"}), "GET", "/nope", headers=headers)
    app = site({"x": "async def GET(): return 1"})

    @app.get("/{anything}/at/all")
    async def anything(anything: str) -> str:
        return anything

    full = ask(app, "GET", "/nope", headers=headers)
    assert (short.status, short.headers, short.body) == (full.status, full.headers, full.body)
    assert short.status == 404
    assert ask(app, "GET", "/a/at/all").status == 200


def test_an_own_answer_to_404_and_a_frontend_are_asked(site: Site, tmp_path: Path) -> None:
    app = site({"x": "async def GET(): return 1"})

    @app.exception_handler(404)
    async def mine(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("mine", 404)

    assert ask(app, "GET", "/nope").body == b"mine"
    (tmp_path / "index.html").write_text("front")
    app = site({"x": "async def GET(): return 1"})
    app.frontend("/", directory=str(tmp_path), fallback="index.html")
    assert ask(app, "GET", "/nope", headers={"accept": "text/html"}).body == b"front"
    assert ask(app, "GET", "/x").body == b"1"
