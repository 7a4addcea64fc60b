"""`routegen serve` as a user starts it: a real process, real sockets, real edits."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.serve.live import MAIN, PATIENCE, write

HELLO = "async def GET():\n    return {!r}\n"
STREAM = """
import asyncio
from routegen import respond

async def GET():
    async def ticks():
        while True:
            yield "tick"
            await asyncio.sleep(0.05)
    return respond.events(ticks())
"""


def eventually(check: Callable[[], bool], limit: float = PATIENCE) -> None:
    deadline = time.monotonic() + limit
    while not check():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_banner_request_line_and_edit(serve: Any, project: Path) -> None:
    serving = serve()
    assert any("routegen serves a shop [é]" in line for line in serving.lines)
    serving.expect(r"GET +/api/hello +app/api/hello/route\.py")
    assert serving.ask("/api/hello") == (200, '"one"')
    serving.expect(r"GET 200 /api/hello .* ms +app/api/hello/route\.py:1")
    write(project, "app/api/hello/route.py", HELLO.format("two"))
    assert serving.ask("/api/hello") == (200, '"two"')
    serving.expect(r"^~ /api/hello")


def test_a_new_folder_with_a_file_in_it_is_served_and_reported(serve: Any, project: Path) -> None:
    serving = serve()
    write(project, "app/api/deep/[id]/route.py", "async def GET(id: int):\n    return id\n")
    serving.expect(r"^\+ /api/deep/\[id\]")
    assert serving.ask("/api/deep/7") == (200, "7")
    (project / "app/api/deep").rename(project / "app/api/moved")
    serving.expect(r"^\+ /api/moved/\[id\]")
    serving.expect(r"^- /api/deep/\[id\]")
    assert (serving.ask("/api/deep/7")[0], serving.ask("/api/moved/7")[0]) == (404, 200)


def test_a_folder_beside_app_that_comes_later_is_watched(serve: Any, project: Path) -> None:
    serving = serve()
    write(project, "lib/price.py", "price = 1\n")
    write(
        project, "app/api/price/route.py", "from lib.price import price\nasync def GET():\n    return price\n"
    )
    serving.expect(r"^\+ /api/price")
    assert serving.ask("/api/price") == (200, "1")
    write(project, "lib/price.py", "price = 2\n")
    serving.expect(r"^~ /api/price")
    assert serving.ask("/api/price") == (200, "2")


def test_a_broken_save_is_shown_in_the_terminal_and_in_the_answer(serve: Any, project: Path) -> None:
    serving = serve()
    assert serving.ask("/api/hello")[0] == 200
    write(project, "app/api/hello/route.py", "async def GET():\n    return [\n")
    serving.expect(r"SyntaxError")
    status, body = serving.ask("/api/hello")
    assert (status, "SyntaxError" in json.loads(body)["error"]) == (500, True)
    status, page = serving.ask("/api/hello", Accept="text/html")
    assert (status, "<!doctype html>" in page.lower(), "__routegen/version" in page) == (500, True, True)
    write(project, "app/api/hello/route.py", HELLO.format("healed"))
    serving.expect(r"^~ /api/hello")
    assert serving.ask("/api/hello") == (200, '"healed"')


def test_a_project_with_a_broken_route_starts_and_serves_the_others(serve: Any, project: Path) -> None:
    write(project, "app/api/broken/route.py", "def GET(:\n")
    write(project, "app/api/[id]/route.py", "async def GET(id): ...\n")
    write(project, "app/api/[slug]/x/route.py", "async def GET(slug): ...\n")
    serving = serve()
    assert [serving.ask(f"/api/{name}")[0] for name in ("hello", "broken", "7")] == [200, 500, 500]
    serving.expect("dynamic names at one level")


def test_dev_pages_are_for_this_machine_only(serve: Any, project: Path) -> None:
    write(project, "app/api/boom/route.py", "async def GET():\n    raise RuntimeError('inside')\n")
    serving = serve()
    assert "inside" in serving.ask("/api/boom")[1]
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-For": "203.0.113.1"}):
        status, body = serving.ask("/api/boom", **headers)
        assert (status, json.loads(body)) == (500, {"error": "Internal Server Error"})
        assert serving.ask("/__routegen/version", **headers)[0] == 404


def test_an_unknown_path_names_the_nearest_routes(serve: Any) -> None:
    serving = serve()
    status, body = serving.ask("/api/helo")
    assert (status, json.loads(body)["nearest"][0]["path"]) == (404, "/api/hello")
    assert "/api/hello" in serving.ask("/api/helo", Accept="text/html")[1]


def test_what_needs_a_new_process_gets_one_without_a_failed_request(serve: Any, project: Path) -> None:
    serving = serve()
    failed: list[object] = []
    stop = threading.Event()

    def client() -> None:
        while not stop.is_set():
            try:
                status, _ = serving.ask("/api/hello")
                failed.extend([status] if status != 200 else [])
            except OSError as error:
                failed.append(error)
            time.sleep(0.01)

    thread = threading.Thread(target=client)
    thread.start()
    try:
        for number in range(2):
            extra = f"\n\n@app.get('/extra')\nasync def extra():\n    return {number}\n"
            write(project, "main.py", MAIN + extra)
            serving.expect(r"starting a new process")
            serving.expect(r"new process in service")
            eventually(lambda number=number: serving.ask("/extra") == (200, str(number)))
        write(project, "app/api/hello/route.py", HELLO.format("after"))
        eventually(lambda: serving.ask("/api/hello") == (200, '"after"'))
        assert failed == []
    finally:
        stop.set()
        thread.join()
    assert serving.stop() < 3


def test_a_variable_of_env_is_new_in_the_new_process(serve: Any, project: Path) -> None:
    write(project, ".env", "ROUTEGEN_TEST_MOOD=one\nROUTEGEN_TEST_LEFT=here\n")
    write(
        project,
        "app/api/mood/route.py",
        "import os\nasync def GET():\n    return [os.environ.get(f'ROUTEGEN_TEST_{name}') for name in ('MOOD', 'LEFT')]\n",
    )
    serving = serve()
    assert serving.ask("/api/mood") == (200, '["one","here"]')
    for word in ("two", "three"):
        write(project, ".env", f"ROUTEGEN_TEST_MOOD={word}\n")
        serving.expect(r"new process in service")
        assert serving.ask("/api/mood") == (200, f'["{word}",null]')


def test_what_is_new_does_not_become_old_again(serve: Any, project: Path) -> None:
    serving = serve()
    text = MAIN + "\n\n@app.get('/extra')\nasync def extra():\n    return {}\n"
    write(project, "main.py", text.format(0))
    eventually(lambda: serving.ask("/extra") == (200, "0"))
    for number in range(1, 5):
        write(project, "main.py", text.format(number))
        eventually(lambda number=number: serving.ask("/extra") == (200, str(number)))
        assert {serving.ask("/extra") for _ in range(20)} == {(200, str(number))}


def test_a_connection_that_was_left_open_gets_the_new_process(serve: Any, project: Path) -> None:
    serving = serve()
    idle = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=PATIENCE)
    idle.request("GET", "/api/hello")
    assert idle.getresponse().read() == b'"one"'
    time.sleep(0.5)  # left, not between two requests
    write(project, "main.py", MAIN + "\n\n@app.get('/extra')\nasync def extra():\n    return 'new'\n")
    serving.expect(r"new process in service")
    time.sleep(0.1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):  # a browser asks once more then
        idle.request("GET", "/extra")
        idle.getresponse()
    idle.close()
    assert serving.ask("/extra") == (200, '"new"')


def test_a_main_py_that_fails_leaves_the_old_process_in_service(serve: Any, project: Path) -> None:
    serving = serve()
    write(project, "main.py", "boom\n")
    serving.expect(r"name 'boom' is not defined")
    serving.expect(r"the old one goes on")
    assert serving.ask("/api/hello") == (200, '"one"')
    write(project, "main.py", MAIN + "\n")
    serving.expect(r"new process in service")
    assert serving.ask("/api/hello") == (200, '"one"')


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_a_second_and_streams_get_a_farewell(
    serve: Any, project: Path, number: int
) -> None:
    write(project, "app/api/ticks/route.py", STREAM)
    serving = serve()
    sockets = [socket.create_connection(("127.0.0.1", serving.port), timeout=PATIENCE) for _ in range(100)]
    for sock in sockets:
        sock.sendall(b"GET /api/ticks HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for sock in sockets:
        while b"tick" not in sock.recv(65536):
            pass
    taken = serving.stop(number)
    endings = [b"".join(iter(lambda sock=sock: sock.recv(65536), b"")) for sock in sockets]
    for sock in sockets:
        sock.close()
    assert all(b"0\r\n\r\n" in ending for ending in endings)  # the last chunk: ended, not cut
    assert taken < 3  # a second on an idle machine; the benchmark has the figure
    assert serving.process.returncode == 0


def test_a_second_signal_ends_it_at_once(serve: Any, project: Path) -> None:
    write(project, "app/api/slow/route.py", "import time\ndef GET():\n    time.sleep(30)\n")
    serving = serve()
    sock = socket.create_connection(("127.0.0.1", serving.port))
    sock.sendall(b"GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(0.3)
    serving.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert serving.stop(signal.SIGINT) < 3
    sock.close()


def test_a_taken_port_gives_the_next_one_and_names_the_holder(serve: Any, project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        serving = serve("--port", str(port))
        assert serving.port > port
        assert any(
            f"port {port} is taken (held by" in line and str(os.getpid()) in line for line in serving.lines
        )
        strict = [sys.executable, "-m", "routegen", "serve", "--port", str(port), "--strict-port"]
        ended = subprocess.run(strict, cwd=project, capture_output=True, text=True, timeout=PATIENCE)
        assert (ended.returncode, ended.stderr.splitlines()[0]) == (
            1,
            f"error: port {port} on `127.0.0.1` is taken",
        )


def test_it_notes_where_it_is_while_it_runs(serve: Any, project: Path) -> None:
    serving = serve()
    noted = project / ".routegen/cache/server.json"
    assert json.loads(noted.read_text()) == {"url": f"http://127.0.0.1:{serving.port}"}
    serving.stop()
    assert not noted.exists()


def test_json_log(serve: Any) -> None:
    process = serve("--log", "json")
    event = json.loads(process.lines[-1])
    assert (event["event"], event["routes"]) == ("serving", ["/api/hello"])
    process.ask("/api/hello")
    line = process.expect(r'"status": ?200')
    assert json.loads(line.string)["path"] == "/api/hello"


def test_prod_refuses_to_start_and_lists_everything(project: Path) -> None:
    write(project, "app/api/broken/route.py", "def GET(:\n")
    write(project, "app/api/[id]/route.py", "async def GET(id): ...\n")
    write(project, "app/api/[slug]/route.py", "async def GET(slug): ...\n")
    command = [sys.executable, "-m", "routegen", "serve", "--prod", "--port", "0"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    for name in ("broken", "[id]", "[slug]"):
        assert name in ended.stderr
    assert "hint:" in ended.stderr


def test_prod_refuses_a_placeholder_secret(project: Path) -> None:
    write(project, ".env.example", "STRIPE_WEBHOOK_SECRET=\nAPI_TOKEN=change-me\nNAME=x\n")
    write(project, ".env", "API_TOKEN=change-me\n")
    command = [sys.executable, "-m", "routegen", "serve", "--prod", "--port", "0"]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert "`STRIPE_WEBHOOK_SECRET`, `API_TOKEN`" in ended.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_prod_answers_without_dev_pages_and_drains(project: Path, workers: str) -> None:
    write(project, "app/api/boom/route.py", "async def GET():\n    raise RuntimeError('inside')\n")
    write(project, "app/api/slow/route.py", "import time\ndef GET():\n    time.sleep(1)\n    return 'done'\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "routegen", "serve", "--prod", "--port", str(port), "--workers", workers]
    process = subprocess.Popen(command, cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def ask(path: str) -> tuple[int, str, str | None]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode(), answer.headers.get("server")
            except OSError:
                return 0, "", None
            finally:
                connection.close()

        eventually(lambda: ask("/api/hello")[0] == 200)
        assert ask("/api/hello") == (200, '"one"', None)
        assert ask("/api/boom") == (500, '{"error":"Internal Server Error"}', None)
        assert ask("/__routegen/version")[0] == 404
        answers: list[Any] = []
        slow = threading.Thread(target=lambda: answers.append(ask("/api/slow")))
        slow.start()
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        slow.join()
        assert answers == [(200, '"done"', None)]
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_prod_says_where_it_serves_and_a_killed_parent_leaves_no_worker(project: Path) -> None:
    command = [sys.executable, "-m", "routegen", "serve", "--prod", "--port", "0", "--workers", "2"]
    process = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    url = next(line for line in process.stderr if "Serving on" in line).split()[-1]
    for _ in range(2):
        assert any("startup complete" in line for line in process.stderr)
    assert urllib.request.urlopen(f"{url}/api/hello", timeout=PATIENCE).status == 200
    process.kill()
    process.communicate(timeout=PATIENCE)  # the pipe ends with the last worker


def test_a_project_of_symlinks_reloads_too(serve: Any, project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("app", "lib"):
        (project / name).mkdir(exist_ok=True)
        (project / name).rename(tmp_path / "elsewhere" / name)
        (project / name).symlink_to(tmp_path / "elsewhere" / name, target_is_directory=True)
    write(project, "lib/price.py", "price = 1\n")
    write(
        project, "app/api/price/route.py", "from lib.price import price\nasync def GET():\n    return price\n"
    )
    serving = serve()
    assert serving.ask("/api/price") == (200, "1")
    write(project, "lib/price.py", "price = 2\n")
    assert serving.ask("/api/price") == (200, "2")
    write(project, "app/api/late/route.py", HELLO.format("late"))
    serving.expect(r"^\+ /api/late")
    assert serving.ask("/api/late") == (200, '"late"')
