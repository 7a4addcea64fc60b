"""Fixtures of the tests of pages and actions: an application of a few files, and a browser that keeps to itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from fastapi.testclient import TestClient

from routegen.server.app import RouteApp, create_app

OWN = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of our own page."""

CONTACT_PAGE = """
{% set title = "Contact" %}
<h1>{{ title }}</h1>
{{ form(contact) }}
<input {{ field("email") }}>
<p id="email-error">{{ field("email").error }}</p>
<textarea name="message">{{ field("message").value }}</textarea>
<p>{{ field("message").error }}</p>
<b>{{ form.error }}</b>
</form>
"""

CONTACT_ACTIONS = """
from pydantic import BaseModel, Field
from routegen.actions import Invalid, action, redirect

calls = []

class Contact(BaseModel):
    email: str
    message: str = Field(min_length=3)

@action
async def contact(form: Contact):
    calls.append(form)
    if form.email == "taken@example.com":
        raise Invalid(email="already taken")
    return redirect("/thanks")

async def helper(form: Contact):
    calls.append("helper")
"""

CONTACT = {"app/contact/page.html": CONTACT_PAGE, "app/contact/actions.py": CONTACT_ACTIONS}


class Site:
    """A project on disk, its application, and a client that follows nothing."""

    def __init__(self, root: Path, **options: Any) -> None:
        self.root = root
        root_path = options.pop("root_path", "")
        app = create_app(root, **options)
        assert isinstance(app, RouteApp)
        self.app = app
        self.client = TestClient(
            app, root_path=root_path, follow_redirects=False, raise_server_exceptions=False
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=_dashed(headers))

    def post(self, path: str, data: Any = None, *, own: bool = True, **more: Any) -> Any:
        """Post a form; keyword arguments in capitals are headers (`Accept=…`)."""
        headers = {key: value for key, value in more.items() if key[0].isupper()}
        rest = {key: value for key, value in more.items() if key not in headers}
        given = {**(OWN if own else {}), **_dashed(headers)}
        if not data and "files" not in rest:
            given.setdefault("Content-Type", "application/x-www-form-urlencoded")
        return self.client.post(path, data=data, headers=given, **rest)

    def module(self, file: str) -> Any:
        """The loaded `actions.py` at this place."""
        return self.app.loader.share(self.root / file)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in {"pyproject.toml": "[tool.routegen]\n", **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
    return root


def _dashed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


Make = Callable[..., Site]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has set decides nothing here."""
    for name in ("SESSION_SECRET", "ALLOWED_ORIGINS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds a site of `{path: text}`."""

    def build(files: Mapping[str, str], **options: Any) -> Site:
        return Site(write(tmp_path / "shop", files), **options)

    return build


@pytest.fixture
def contact(make: Make) -> Site:
    """A site with a contact form."""
    return make(CONTACT)


def action(body: str, page: str = "<p>page</p>{{ state }}") -> dict[str, str]:
    """A page at `/` with the actions of `body`; what actions need is imported."""
    head = dedent("""
        from typing import Annotated, Any, Literal
        from fastapi import BackgroundTasks, Cookie, Depends, File, Form, Header, HTTPException, Request, Response
        from fastapi import UploadFile
        from pydantic import BaseModel, EmailStr, SecretStr, model_validator
        from starlette.datastructures import FormData
        from routegen import Redirect, respond
        from routegen.actions import Invalid, action, redirect

        seen = []
    """)
    return {"app/page.html": page, "app/actions.py": head.replace("EmailStr, ", "") + dedent(body)}
