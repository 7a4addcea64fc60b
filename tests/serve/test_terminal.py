"""What a person at a terminal sees: colours that are colours, and nothing that a client could smuggle in."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from tests.serve.live import PATIENCE, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this platform has no pseudo-terminals")


@pytest.mark.parametrize("no_color", [False, True])
def test_lines_are_coloured_on_a_terminal_only_and_control_characters_never_pass(
    project: Path, no_color: bool
) -> None:
    write(
        project,
        "app/api/[id]/route.py",
        "async def GET(id: str):\n    raise RuntimeError('red \\x1b[31m ' + id)\n",
    )
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}  # CI sets it
    environment: dict[str, str] = {**inherited, "TERM": "xterm", **({"NO_COLOR": "1"} if no_color else {})}
    command = [sys.executable, "-m", "routegen", "serve", "--port", "0"]
    child = pexpect.spawn(
        command[0],
        command[1:],
        cwd=str(project),
        env=environment,
        encoding="utf-8",
        timeout=PATIENCE,  # type: ignore[arg-type]
    )
    child.expect(r"http://127\.0\.0\.1:(\d+)")
    port = int(child.match.group(1))  # type: ignore[union-attr]
    child.expect("app/api/hello/route.py")
    _ask(port, "/api/hello")
    child.expect(r"api/hello/route\.py:1\S*\r\n")
    line = child.before.rpartition("\n")[2] + child.after  # type: ignore[operator]
    assert ("\x1b[32m" in line) is not no_color
    assert "\\x1b" not in line
    _ask(port, "/api/%1b%5B31mx")
    child.expect("RuntimeError")
    child.expect("library frames")
    shown = child.before  # type: ignore[assignment]
    assert "\\x1b[31m" in str(shown)
    assert not re.search(r"red \x1b", str(shown))
    child.kill(signal.SIGINT)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def _ask(port: int, path: str) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()
    time.sleep(0.1)
