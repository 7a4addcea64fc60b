"""A real browser sends a file from a form and from `/docs`, and its `EventSource` misses nothing over a restart."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from routegen.streams import Broadcast
from tests.browser import CHROMIUM, Page, browser
from tests.streams.node import modules
from tests.streams.test_broadcast import REDIS, reachable
from tests.uploads.test_resumable import Server

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

CHOOSE = """(() => {
    const file = new File(["hello from a browser"], "grüße \\u{1F600}.txt", { type: "text/plain" })
    const chosen = new DataTransfer()
    chosen.items.add(file)
    const input = document.querySelector("input[type=file]")
    input.files = chosen.files
    input.dispatchEvent(new Event("change", { bubbles: true }))
})()"""


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as page:
        yield page


def stored(folder: Path) -> tuple[str, bytes]:
    """The client's name and the content of the one file that was taken."""
    [record] = [json.loads(path.read_text()) for path in folder.rglob("*.json")]
    [file] = [path for path in folder.rglob("*.txt") if path.parent.name == "files"]
    return record["filename"], file.read_bytes()


def test_a_form_sends_a_file(page: Page, tmp_path: Path) -> None:
    server = Server(tmp_path / "kept", "browser_app", CHANNEL="x", CHANNEL_URL="memory:")
    try:
        page.open(f"http://127.0.0.1:{server.port}/")
        page.run(CHOOSE)
        page.run("document.querySelector('button').click()")
        page.wait_for("document.body.innerText.includes('sha256')")
    finally:
        server.kill()
    assert stored(tmp_path / "kept") == ("grüße 😀.txt", b"hello from a browser")


def test_the_documentation_sends_a_file(page: Page, tmp_path: Path) -> None:
    scripts = f"{modules()}/swagger-ui-dist"
    server = Server(tmp_path / "kept", "browser_app", CHANNEL="x", CHANNEL_URL="memory:", SWAGGER=scripts)
    try:
        page.open(f"http://127.0.0.1:{server.port}/docs")
        page.wait_for("!!document.querySelector('.opblock-post')")
        page.run("document.querySelector('.opblock-post .opblock-summary-control').click()")
        page.wait_for("!!document.querySelector('.try-out__btn')")
        page.run("document.querySelector('.try-out__btn').click()")
        page.wait_for("!!document.querySelector('input[type=file]')")
        page.run(CHOOSE)
        page.wait_for("!!document.querySelector('.execute')")
        page.run("document.querySelector('.execute').click()")
        page.wait_for("document.querySelector('.live-responses-table')?.innerText.includes('grüße')")
    finally:
        server.kill()
    assert stored(tmp_path / "kept") == ("grüße 😀.txt", b"hello from a browser")


@pytest.mark.skipif(not reachable(REDIS), reason=f"nobody answers at {REDIS}")
def test_an_event_source_goes_on_after_a_restart(page: Page, tmp_path: Path) -> None:
    name = f"test-{uuid.uuid4().hex}"
    server = Server(tmp_path / "kept", "browser_app", CHANNEL=name, CHANNEL_URL=REDIS)

    async def publish(*texts: str) -> None:
        for text in texts:
            await Broadcast(name, REDIS).publish(text)

    try:
        page.open(f"http://127.0.0.1:{server.port}/")
        page.run(
            "void (window.got = [], window.opened = 0, window.source = new EventSource('/events'),"
            "source.onopen = () => opened++, source.onmessage = (event) => got.push(event.data))"
        )
        while not page.run("got.length"):  # the answer has begun before the subscription has
            asyncio.run(publish("begin"))
        asyncio.run(publish("one", "two"))
        page.wait_for("got.includes('two')")
        server.kill()
        asyncio.run(publish("three"))
        server.start()
        page.wait_for("opened === 2")
        asyncio.run(publish("four"))
        page.wait_for("got.includes('four')")
        assert (
            page.run("JSON.stringify(got.filter(text => text !== 'begin'))") == '["one","two","three","four"]'
        )
    finally:
        server.kill()
