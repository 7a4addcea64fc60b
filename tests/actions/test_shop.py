"""The sample project in a real browser, JavaScript off and on: from the empty shelf to the order, and nothing twice."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import CHROMIUM, Page, browser
from tests.sample import COMMITTED
from tests.serve.live import Serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[str]:
    root = tmp_path / "shop"
    shutil.copytree(COMMITTED, root, ignore=shutil.ignore_patterns("data", ".env", "cache", "__pycache__"))
    serving = Serving(root)
    yield f"http://127.0.0.1:{serving.port}"
    serving.stop()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.run(f"document.querySelector('#{name}').value = '{value}'")


def click(page: Page, selector: str, then: str) -> None:
    page.run(f"document.querySelector('{selector}').click()")
    page.wait_for(f"document.readyState === 'complete' && document.body?.innerText.includes('{then}')")


@pytest.mark.parametrize("javascript", [False, True])
def test_a_guest_orders(shop: str, javascript: bool) -> None:
    with browser() as page:
        page.javascript(javascript)
        page.open(shop)
        assert "The shelf is empty" in page.text()
        click(page, "form button", "Fountain pen")
        assert "The shelf is empty" not in page.text()

        click(page, ".cards a", "3 in stock")
        place = page.run("location.href")
        page.run("window.same = true")
        fill(page, name="Ada", email="ada@example.com", amount="4")
        click(page, "main button", "We have only 3")
        assert page.run("document.querySelector('#name').value") == "Ada"
        assert page.run("document.querySelector('#amount').getAttribute('aria-invalid')") == "true"
        assert page.run("window.same === true") is javascript, "with JavaScript the page stays"

        fill(page, amount="2")
        click(page, "main button", "Your order is written down")
        assert page.run("location.pathname") == "/thanks"
        page.open(place)
        assert "1 in stock" in page.text()


@pytest.mark.parametrize("javascript", [False, True])
def test_the_account_sends_strangers_to_the_sign_in_form(shop: str, javascript: bool) -> None:
    with browser() as page:
        page.javascript(javascript)
        page.open(f"{shop}/account")
        assert page.run("location.pathname") == "/sign-in"
        fill(page, email="nobody@example.com", password="wrong")
        click(page, "main button", "Wrong e-mail address or password")
        assert page.run("document.querySelector('#password').value") == ""
