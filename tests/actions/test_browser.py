"""A contact form in a real browser, JavaScript off and on: error, correction, success, reload, back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.conftest import write
from tests.browser import CHROMIUM, Page, browser
from tests.serve.live import MAIN, Serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

POLICY = """

@app.middleware("http")
async def strict(request, call_next):
    response = await call_next(request)
    response.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; connect-src 'self'"
    return response
"""

FILES = {
    "main.py": MAIN + POLICY,
    "app/layout.html": """<!doctype html><html lang="en"><title>{{ title or "Shop" }}</title>{{ forms_script() }}
        <body><nav><a href="/contact">Contact</a></nav>{{ children }}</body></html>""",
    "app/contact/page.html": """{% set title = "Contact us" %}
        <h1>Contact</h1><p id="sent">{{ sent }} sent</p>
        {{ form(contact) }}
        <input type="text" {{ field("email") }}><p id="email-error">{{ field("email").error }}</p>
        <input type="password" name="password" id="password">
        <textarea name="message" id="message">{{ field("message").value }}</textarea>
        <p id="message-error">{{ field("message").error }}</p>
        <button>Send</button></form>
        {{ form(note) }}<button id="note">Note</button></form>""",
    "app/contact/page.py": "from lib.box import box\nasync def load(): return {'sent': len(box)}\n",
    "app/contact/actions.py": """
        from pydantic import BaseModel, Field
        from lib.box import box
        from routegen.actions import Invalid, action, redirect

        class Contact(BaseModel):
            email: str
            message: str = Field(min_length=3)
            password: str = ""

        @action
        async def contact(form: Contact):
            if form.email == "taken@example.com":
                raise Invalid(email="already taken")
            box.append(form.message)
            return redirect("/thanks")

        @action
        async def note():
            box.append("note")
    """,
    "app/thanks/page.html": "<h1>Thank you</h1>",
    "lib/__init__.py": "",
    "lib/box.py": "box: list[str] = []\n",
}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    found = Serving(write(tmp_path / "shop", FILES))
    yield found
    found.stop()
    assert found.process.stdout is not None
    found.process.stdout.close()


def fill(page: Page, name: str, value: str) -> None:
    page.run(f"document.querySelector('#{name}').value = '{value}'")


def send(page: Page, button: str = "button") -> None:
    page.run(f"document.querySelector('{button}').click()")


def value(page: Page, name: str) -> str:
    return str(page.run(f"document.querySelector('#{name}').value"))


@pytest.mark.parametrize("javascript", [False, True])
def test_the_contact_form(serving: Serving, javascript: bool) -> None:
    url = f"http://127.0.0.1:{serving.port}"
    with browser() as page:
        page.javascript(javascript)
        page.open(f"{url}/contact")
        page.run("window.same = true")
        fill(page, "email", "taken@example.com")
        fill(page, "password", "hunter2")
        fill(page, "message", "hello")
        send(page)

        page.wait_for("document.body.innerText.includes('already taken')")
        assert value(page, "email") == "taken@example.com"
        assert value(page, "message") == "hello"
        assert value(page, "password") == ""
        assert page.run("document.querySelector('#email').getAttribute('aria-invalid')") == "true"
        assert page.run("window.same === true") is javascript, "with JavaScript the page stays"
        if javascript:
            assert page.run("document.activeElement.id") == "email"
            assert page.run("location.href") == f"{url}/contact"

        fill(page, "email", "ada@example.com")
        fill(page, "message", "x")
        send(page)
        page.wait_for("document.querySelector('#message-error')?.innerText.includes('at least 3')")
        assert "already taken" not in page.text()

        fill(page, "message", "hello again")
        send(page)
        page.wait_for("document.body.innerText.includes('Thank you')")
        assert page.run("location.pathname") == "/thanks"

        page.call("Page.reload")
        page.wait_for("document.readyState === 'complete' && document.body.innerText.includes('Thank you')")
        page.open(f"{url}/contact")
        assert "1 sent" in page.text()

        send(page, "#note")
        page.wait_for("document.querySelector('#sent')?.innerText === '2 sent'")
        assert page.run("location.href") == f"{url}/contact"
        assert page.run("document.title") == "Contact us"
        page.call("Page.reload")
        page.wait_for("document.readyState === 'complete' && document.querySelector('#sent') !== null")
        assert "2 sent" in page.text(), "a reload sends nothing again"

        page.run("history.back()")
        page.wait_for("document.readyState === 'complete' && location.pathname !== '/nowhere'")
        page.open(f"{url}/contact")
        assert "2 sent" in page.text(), "going back sends nothing again"


def test_another_site_cannot_post_the_form(serving: Serving) -> None:
    with browser() as page:
        page.open(f"http://127.0.0.1:{serving.port}/contact")
        page.open(
            "data:text/html,<form method=post action='http://127.0.0.1:"
            f"{serving.port}/contact?/note'><button>x</button></form>"
        )
        send(page)
        page.wait_for("document.body.innerText.includes('allowed_origins')")
        page.open(f"http://127.0.0.1:{serving.port}/contact")
        assert "0 sent" in page.text()
