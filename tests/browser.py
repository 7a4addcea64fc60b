"""A headless Chromium, spoken to over its DevTools protocol: what tests need of a real browser and no more."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 20.0

_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1200,900",
]


class Page:
    """One tab. Every call waits for its answer."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._count = 0
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One DevTools command; events that come meanwhile are dropped."""
        self._count += 1
        self._connection.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=PATIENCE))
            if message.get("id") == self._count:
                assert "error" not in message, message["error"]
                return message["result"]

    def open(self, url: str) -> None:
        """Go to a URL and wait until the document is there."""
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Until the expression is true; the page may reload meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
            if value := answer["result"].get("value"):
                return value
            time.sleep(0.05)
        raise AssertionError(f"`{script}` did not become true; the page reads:\n{self.text()}")

    def text(self) -> str:
        """What a person reads."""
        return str(self.run("document.body ? document.body.innerText : ''"))

    def screenshot(self, file: Path) -> None:
        """A picture of the window, as PNG."""
        import base64

        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def javascript(self, enabled: bool) -> None:
        """Switch the page's own scripts on or off, from the next page on."""
        self.call("Emulation.setScriptExecutionDisabled", value=not enabled)


@contextmanager
def browser() -> Iterator[Page]:
    """A browser with one tab and a profile of its own."""
    assert CHROMIUM is not None
    folder = tempfile.mkdtemp(prefix="routegen-chromium-")
    process = subprocess.Popen(
        [CHROMIUM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": folder},
    )
    try:
        port = _port(Path(folder) / "DevToolsActivePort")
        with connect(_target(port), max_size=None, open_timeout=PATIENCE) as connection:
            yield Page(connection)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _port(file: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if file.exists() and (lines := file.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


def _target(port: int) -> str:
    from urllib.request import urlopen

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
            for target in json.load(answer):
                if target["type"] == "page":
                    return str(target["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("Chromium has no tab")
