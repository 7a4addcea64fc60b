"""The dev pages in a real browser: the error appears where it happened, and heals by itself after a save."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import CHROMIUM, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def test_the_error_page_heals_by_itself_after_a_save(serve: Any, project: Path) -> None:
    route = project / "app/api/hello/route.py"
    route.write_text("async def GET():\n    greeting = {}\n    return greeting['name']  # no such key\n")
    serving = serve()
    with browser() as page:
        page.open(f"http://127.0.0.1:{serving.port}/api/hello")
        text = page.text()
        assert "KeyError" in text
        assert "return greeting['name']  # no such key" in text
        route.write_text("async def GET():\n    return 'healed'\n")
        page.wait_for("document.body.innerText.includes('healed')")


def test_a_syntax_error_while_the_page_is_open_shows_and_heals(serve: Any, project: Path) -> None:
    route = project / "app/api/hello/route.py"
    serving = serve()
    assert serving.ask("/api/hello")[0] == 200
    route.write_text("async def GET():\n    return [\n")
    serving.expect("SyntaxError")
    with browser() as page:
        page.open(f"http://127.0.0.1:{serving.port}/api/hello")
        assert "'[' was never closed" in page.text()
        route.write_text("async def GET():\n    return 'closed'\n")
        page.wait_for("document.body.innerText.includes('closed')")


def test_the_404_page_lists_the_routes_and_notices_a_new_one(serve: Any, project: Path) -> None:
    serving = serve()
    with browser() as page:
        page.open(f"http://127.0.0.1:{serving.port}/api/helo")
        assert "/api/hello" in page.text()
        (project / "app/api/helo").mkdir()
        (project / "app/api/helo/route.py").write_text("async def GET():\n    return 'found'\n")
        page.wait_for("document.body.innerText.includes('found')")
