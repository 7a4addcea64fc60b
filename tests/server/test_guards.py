"""`dependencies.py`: it guards everything below its folder, fails closed, and no handler can switch it off."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from routegen.errors import ProjectError
from tests.server.asgi import ask
from tests.server.conftest import Site

GUARD = """
from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

async def key(connection: HTTPConnection):
    if connection.headers.get("x-key") != "open":
        raise HTTPException(401, "No key")

dependencies = [Depends(key)]
"""
SOCKET = """
from fastapi import WebSocket
async def WEBSOCKET(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("in")
    await websocket.close()
"""
OPEN = {"x-key": "open"}
METHODS = "async def GET(): return 1\nPOST = PUT = DELETE = PATCH = GET\n"


@pytest.fixture(params=["production", "dev"])
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("target", ["/a", "/a/b", "/a/7", "/a/x/y", "/grouped"])
def test_everything_below_is_guarded(site: Site, method: str, target: str) -> None:
    app = site(
        {
            "app/a/dependencies.py": GUARD,
            "a": METHODS,
            "a/b": METHODS,
            "a/[id]": METHODS,
            "a/[id]/[...rest]": METHODS,
            "app/(g)/dependencies.py": GUARD,
            "(g)/grouped": METHODS,
            "free": METHODS,
        }
    )
    assert ask(app, method, target).status == 401
    assert ask(app, method, target, headers=OPEN).status == 200
    assert ask(app, method, "/free").status == 200


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_own_head_and_options_are_guarded(site: Site, method: str) -> None:
    app = site({"app/dependencies.py": GUARD, "x": f"async def {method}(): return 1"})
    assert ask(app, method, "/x").status == 401


def test_nested_guards_run_from_the_outside_in(site: Site) -> None:
    numbered = "from fastapi import Depends\nfrom starlette.requests import HTTPConnection\ndef g(c: HTTPConnection): c.scope.setdefault('order', []).append({})\ndependencies = [Depends(g)]"
    app = site(
        {
            "app/dependencies.py": numbered.format(1),
            "app/a/dependencies.py": numbered.format(2),
            "app/a/b/dependencies.py": numbered.format(3),
            "a/b": "from fastapi import Request\nasync def GET(request: Request): return request.scope['order']",
        }
    )
    assert ask(app, "GET", "/a/b").json() == [1, 2, 3]


def test_a_guard_that_yields_is_left_after_the_handler(site: Site) -> None:
    guard = """
    from fastapi import Depends
    from starlette.requests import HTTPConnection
    async def g(connection: HTTPConnection):
        connection.app.state.log = ["in"]
        yield
        connection.app.state.log.append("out")
    dependencies = [Depends(g)]
    """
    app = site(
        {
            "app/dependencies.py": guard,
            "x": "from fastapi import Request\nasync def GET(request: Request): return request.app.state.log",
        }
    )
    assert ask(app, "GET", "/x").json() == ["in"]
    assert app.state.log == ["in", "out"]


def test_websockets_are_guarded(site: Site) -> None:
    client = TestClient(site({"app/dependencies.py": GUARD, "ws": SOCKET}))
    with client.websocket_connect("/ws", headers=OPEN) as websocket:
        assert websocket.receive_text() == "in"
    with pytest.raises(Exception) as caught, client.websocket_connect("/ws"):
        pass
    assert isinstance(caught.value, WebSocketDisconnect) or getattr(caught.value, "status_code", None) == 401


BROKEN = [
    pytest.param("dependencies.py", "raise RuntimeError('boom')", id="it raises"),
    pytest.param("dependencies.py", "def (", id="a syntax error"),
    pytest.param("dependencies.py", "", id="empty"),
    pytest.param("dependencies.py", "dependencies = []", id="an empty list"),
    pytest.param("dependencies.py", "dependencies = None", id="None"),
    pytest.param("dependencies.py", "dependency = [1]", id="another name"),
    pytest.param("dependencies.py", "dependencies = [print]", id="a bare function"),
    pytest.param("dependencies.py", "from fastapi import Depends\ndependencies = Depends(print)", id="no list"),
    pytest.param("dependencies.py", "from fastapi import Depends\ndependencies = [Depends()]", id="Depends without a function"),
    pytest.param("dependencies.py", "from fastapi import Depends, Request\ndef g(r: Request): ...\ndependencies = [Depends(g)]", id="it takes a Request"),
    pytest.param("dependencies.py", "from fastapi import Depends, WebSocket\ndef g(r: WebSocket): ...\ndependencies = [Depends(g)]", id="it takes a WebSocket"),
    pytest.param("dependencies.py", "from fastapi import Depends, Request\ndef h(r: Request): ...\ndef g(x=Depends(h)): ...\ndependencies = [Depends(g)]", id="its own dependency takes a Request"),
    pytest.param("dependencies.py", "import sys\nsys.exit()", id="it exits"),
    pytest.param("dependency.py", GUARD, id="near miss: dependency.py"),
    pytest.param("Dependencies.py", GUARD, id="near miss: Dependencies.py"),
    pytest.param("DEPENDENCIES.PY", GUARD, id="near miss: DEPENDENCIES.PY"),
    pytest.param("dependancies.py", GUARD, id="near miss: dependancies.py"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source"), BROKEN)
def test_it_fails_closed(site: Site, name: str, source: str) -> None:
    tree = {"a": METHODS + SOCKET, "a/[id]/b": METHODS, "free": METHODS}
    app = site(tree)
    (app.project.app_dir / "a" / name).write_text(source)
    with pytest.raises(ProjectError):
        app.start()
    app.dev = True
    for target in ("/a", "/a/7/b"):
        for method in ("GET", "POST", "HEAD"):
            assert ask(app, method, target, headers=OPEN).status == 500
    assert ask(app, "GET", "/free").status == 200
    with pytest.raises(WebSocketDisconnect), TestClient(app).websocket_connect("/a", headers=OPEN):
        pass


ATTACKS = {
    "an empty list": "dependencies = []",
    "the operation's option": "from routegen import operation\nGET = operation(dependencies=[])(GET)",
    "the note itself": "GET.__routegen_operation__ = {'dependencies': []}",
    "a route class": "GET.__routegen_operation__ = {'route_class_override': None, 'dependencies': None}",
    "a signature": "import inspect\nGET.__signature__ = inspect.Signature()",
    "a wrapped function": "async def free(): return 1\nGET.__wrapped__ = free",
    "module attributes": "dependency_overrides = {}\nguards = ()\n__all__ = []\nEXPOSE = 'public'\n__package__ = 'elsewhere'",
    "another module name": "__name__ = 'main'\n__file__ = '/elsewhere/route.py'",
    "a guard beside it": "from fastapi import Depends\ndef key(): ...\ndependencies = [Depends(key)]",
    "a class": "class GET:\n    dependencies = []\n    def __new__(cls): return {'a': 1}",
    "a __getattr__": "def __getattr__(name): return []",
    "own OPTIONS and HEAD": "HEAD = OPTIONS = GET",
    "an APIRouter": "from fastapi import APIRouter\nrouter = APIRouter(dependencies=[])\nGET = router.get('/x')(GET)",
    "a Security scope": "from fastapi import Security\nasync def GET(x=Security(lambda: 1, scopes=['admin'])): return 1",
    "a default of its own": "from starlette.requests import HTTPConnection\nasync def GET(connection: HTTPConnection): return 1",
    "the same parameter name": "async def GET(key: str = 'open'): return 1",
    "dependency_overrides by request": "from fastapi import Request\nasync def GET(request: Request): request.app.dependency_overrides = {}",
    "callbacks": "from routegen import operation\nGET = operation(include_in_schema=False, openapi_extra={'security': []})(GET)",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_in_a_handler_module_switches_it_off(site: Site, name: str) -> None:
    app = site(
        {
            "app/a/dependencies.py": GUARD,
            "a/x": f"async def GET(): return 1\n{ATTACKS[name]}",
            "free": "async def GET(): return 1",
        }
    )
    app.dev = True
    for method in ("GET", "HEAD"):
        assert ask(app, method, "/a/x").status in (401, 500)
    assert ask(app, "GET", "/a/x", headers=OPEN).status in (200, 500)


@pytest.mark.parametrize(
    "target",
    [
        "/a/x/",
        "//a/x",
        "/a//x",
        "/%61/x",
        "/a/%78",
        "/A/x",
        "/a/./x",
        "/free/../a/x",
        "a/x",
        "xa/x",
        "/a%2Fx",
        "/(a)/a/x",
        "/a/x%00",
        "/a/x;b",
        "/a\\x",
    ],
)
def test_no_spelling_of_the_path_slips_by(site: Site, target: str) -> None:
    app = site(
        {
            "app/a/dependencies.py": GUARD,
            "a/x": "async def GET(): return 'secret'",
            "a/[y]": "async def GET(): return 'secret'",
            "[...rest]": "async def GET(): return 'free'",
        }
    )
    answer = ask(app, "GET", target)
    assert b"secret" not in answer.body


def test_a_shared_handler_is_guarded_only_where_it_should_be(site: Site) -> None:
    app = site(
        {
            "app/a/dependencies.py": GUARD,
            "app/_shared.py": "async def handler(): return 1",
            "a/x": "from ..._shared import handler as GET",
            "b": "from .._shared import handler as GET",
        }
    )
    assert ask(app, "GET", "/b").status == 200
    assert ask(app, "GET", "/a/x").status == 401
    assert ask(app, "GET", "/b").status == 200


def test_dependency_overrides_work_for_tests(site: Site) -> None:
    app = site({"app/dependencies.py": GUARD, "x": "async def GET(): return 1"})
    app.start()
    guard: Any = app.guards_of(app.project.app_dir / "dependencies.py")[0]
    app.dependency_overrides[guard.dependency] = lambda: None
    assert ask(app, "GET", "/x").status == 200


def test_guards_are_in_the_schema(site: Site) -> None:
    guard = "from fastapi import Depends\nfrom fastapi.security import HTTPBearer\ndependencies = [Depends(lambda: 1)]"
    header = "from typing import Annotated\nfrom fastapi import Depends, Header\ndef g(x_key: Annotated[str, Header()]): ...\ndependencies = [Depends(g)]"
    app = site(
        {
            "app/a/dependencies.py": header,
            "a/x": "async def GET(): return 1",
            "app/b/dependencies.py": guard,
            "b/x": "async def GET(): return 1",
        }
    )
    assert [p["name"] for p in app.openapi()["paths"]["/a/x"]["get"]["parameters"]] == ["x-key"]
    assert ask(app, "GET", "/a/x").status == 422
