"""`WEBSOCKET` handlers: accepted, refused, guarded, typed; over HTTP they are 426."""

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.server.asgi import ask
from tests.server.conftest import Site

ROOM = """
from fastapi import Depends, HTTPException, WebSocket, WebSocketException
from routegen import Redirect

def refuse(): {refusal}

async def WEBSOCKET(websocket: WebSocket, id: int, q: str = "none"{guard}):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"{{id}} {{q}} {{text}}")
"""


def room(refusal: str = "pass", guard: str = "") -> str:
    return ROOM.format(refusal=refusal, guard=guard)


def test_accepted_with_typed_parameters(site: Site) -> None:
    client = TestClient(site({"rooms/[id]": room()}))
    with client.websocket_connect("/rooms/7?q=a") as websocket:
        websocket.send_text("hi")
        assert websocket.receive_text() == "7 a hi"


def test_a_parameter_that_does_not_fit_is_refused(site: Site) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        TestClient(site({"rooms/[id]": room()})).websocket_connect("/rooms/x"),
    ):
        pass


@pytest.mark.parametrize(
    ("refusal", "status"), [("raise HTTPException(401, 'No key')", 401), ("raise Redirect('/login')", 307)]
)
def test_a_dependency_refuses_with_the_envelope(site: Site, refusal: str, status: int) -> None:
    client = TestClient(site({"rooms/[id]": room(refusal, ", d=Depends(refuse)")}))
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/rooms/7"):
        pass
    assert caught.value.status_code == status
    if status == 401:
        assert caught.value.json() == {"error": "No key"}


def test_a_dependency_refuses_with_a_close_code(site: Site) -> None:
    client = TestClient(site({"rooms/[id]": room("raise WebSocketException(1008)", ", d=Depends(refuse)")}))
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/rooms/7"):
        pass
    assert caught.value.code == 1008


@pytest.mark.parametrize("path", ["/nowhere", "/http", "/rooms", "/rooms/7/8", "/rooms/%zz", "/rooms/.."])
def test_no_websocket_there(site: Site, path: str) -> None:
    app = site({"rooms/[id]": room(), "http": "async def GET(): return 1"})
    with (
        pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
        TestClient(app).websocket_connect(path),
    ):
        pass


def test_over_http_it_is_426(site: Site) -> None:
    app = site(
        {
            "rooms/[id]": room(),
            "both": "from fastapi import WebSocket\nasync def WEBSOCKET(w: WebSocket): ...\nasync def GET(): return 1",
        }
    )
    answer = ask(app, "GET", "/rooms/7")
    assert (answer.status, answer.header("upgrade"), list(answer.json())) == (426, "websocket", ["error"])
    assert ask(app, "GET", "/both").status == 200
    assert ask(app, "POST", "/both").status == 405


def test_a_catch_all(site: Site) -> None:
    source = "from fastapi import WebSocket\nasync def WEBSOCKET(websocket: WebSocket, path: list[str]):\n    await websocket.accept()\n    await websocket.send_json(path)\n    await websocket.close()"
    with TestClient(site({"ws/[...path]": source})).websocket_connect("/ws/a%2Fb/c") as websocket:
        assert websocket.receive_json() == ["a/b", "c"]


def test_beside_main_pys_own(site: Site) -> None:
    from fastapi import WebSocket

    app = site({"rooms/[id]": room()})

    @app.websocket("/own")
    async def own(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("own")
        await websocket.close()

    with TestClient(app).websocket_connect("/own") as websocket:
        assert websocket.receive_text() == "own"
