"""Writes a kept delivery as a test: the captured body, its secrets masked, signed at the time of the test."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from routegen.deliveries import Kept, masked, masked_form
from routegen.webhooks import Scheme

_TEMPLATE = '''\
"""A delivery of {title}, as it was captured{masked}: {event}."""

{iterator}import pytest
from fastapi.testclient import TestClient
from routegen import webhooks
{throw_away}
URL = {path}
PROVIDER = {provider}
BODY = {body}

{own_database}
def test_the_captured_delivery_is_received(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = webhooks.new_keys(PROVIDER)
    monkeypatch.setenv({variable}, keys.verifying)
{registered}    sent = webhooks.compose(
        PROVIDER,
        body=BODY,
        secret=keys.signing,
        event={event_text},
        id={key},
        url=f"http://testserver{{URL}}",
    )
    answer = client.post(sent.url or URL, content=sent.body, headers=sent.headers)
    assert {low} <= answer.status_code <= {high}
'''
_OWN_DATABASE = """
@pytest.fixture(autouse=True)
def own_database() -> Iterator[None]:
    with throw_away(database):
        yield

"""
_BODY_HASH = re.compile(r"[?&]bodySHA256=[0-9a-fA-F]*")


def as_pytest(
    kept: Kept,
    scheme: Scheme,
    variable: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    has_database: bool = False,
) -> str:
    """The text of a test file; it stands on the fixture `client` of a project's `tests/conftest.py`.

    Args:
        variable: the environment variable that the handler reads its secret from, by default the provider's own.
        options: what the handler's own scheme is made of, where it has one.
        has_database: whether the project has one, so that the test gets one of its own.
    """
    path = _BODY_HASH.sub("", _path(kept.url))
    low, high = scheme.delivery.success
    registered = f"    monkeypatch.delenv({_quoted(scheme.url_variable)}, raising=False)\n"
    body = _without_secrets(kept.body)
    database = "from routegen.database.testing import throw_away\n\nfrom lib.db import database\n"
    return _TEMPLATE.format(
        title=scheme.title,
        masked=", without its secrets" if body != kept.body else "",
        event=re.sub(r'[\\"\n\r]', "", kept.event) or "of no known type",
        iterator="from collections.abc import Iterator\n\n" if has_database else "",
        throw_away=database if has_database else "",
        own_database=_OWN_DATABASE if has_database else "",
        path=_quoted(path),
        provider=_quoted(kept.provider) if options is None else _call(options),
        body=_literal(body),
        variable=_quoted(variable or next(iter(scheme.variables), "")),
        registered=registered if scheme.url_variable else "",
        event_text=_quoted(kept.event),
        key=_quoted(kept.key) if kept.key else "None",
        low=low,
        high=high,
    )


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _without_secrets(body: bytes) -> bytes:
    """The body; one with a secret in it is encoded anew. Numbers stay: no secret is one, and a count may be."""
    try:
        payload: Any = json.loads(body)
    except ValueError:
        text = masked_form(body)
        return text.encode() if "=***" in text else body
    hidden = masked(payload, texts_only=True)
    return body if hidden == payload else json.dumps(hidden, ensure_ascii=False).encode("utf-8", "replace")


def _call(options: Mapping[str, Any]) -> str:
    """`webhooks.custom(...)`, as formatters write it."""
    if not options:
        return "webhooks.custom()"
    rows = (f"    {name}={_quoted(v) if isinstance(v, str) else repr(v)},\n" for name, v in options.items())
    return f"webhooks.custom(\n{''.join(rows)})"


def _literal(body: bytes, width: int = 80) -> str:
    """A body as code, in lines of up to so many bytes."""
    lines = [body[start : start + width] for start in range(0, len(body), width)] or [b""]
    if len(lines) == 1:
        return _bytes_literal(body)
    rows = "\n".join(f"    {_bytes_literal(line)}" for line in lines)
    return f"(\n{rows}\n)"


def _bytes_literal(text: bytes) -> str:
    """A bytes literal as formatters write it: in double quotes, unless those stand in the text."""
    literal = repr(text)
    return f'b"{literal[2:-1]}"' if literal[1] == "'" and '"' not in literal else literal


def _quoted(text: str) -> str:
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in literal else literal
