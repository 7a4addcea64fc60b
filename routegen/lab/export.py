"""Writes a kept delivery as a test: the captured body, signed at the time of the test."""

import re
from urllib.parse import urlsplit

from routegen.lab.store import Kept
from routegen.webhooks import Scheme

_TEMPLATE = '''\
"""A delivery of {title}, as it was captured: {event}."""

import pytest
from fastapi.testclient import TestClient
from routegen import webhooks
from routegen.webhooks.pairs import new_keys

URL = {path}
BODY = (
{body}
)


def test_the_captured_delivery_is_received(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = new_keys({provider})
    monkeypatch.setenv({variable}, keys.verifying)
{registered}    sent = webhooks.compose(
        {provider},
        body=BODY,
        secret=keys.signing,
        event={event_text},
        id={key},
        url=f"http://testserver{{URL}}",
    )
    answer = client.post(URL, content=sent.body, headers=sent.headers)
    assert {low} <= answer.status_code <= {high}
'''


def as_pytest(kept: Kept, scheme: Scheme, variable: str | None = None) -> str:
    """The text of a test file; it stands on the fixture `client` of a project's `tests/conftest.py`."""
    parts = urlsplit(kept.url)
    low, high = scheme.delivery.success
    registered = f"    monkeypatch.delenv({_quoted(scheme.url_variable)}, raising=False)\n"
    return _TEMPLATE.format(
        title=scheme.title,
        event=re.sub(r'[\\"\n\r]', "", kept.event),
        path=_quoted(parts.path + (f"?{parts.query}" if parts.query else "")),
        body="\n".join(f"    {_bytes_literal(line)}" for line in _lines(kept.body)),
        provider=_quoted(kept.provider),
        variable=_quoted(variable or next(iter(scheme.variables), "")),
        registered=registered if scheme.url_variable else "",
        event_text=_quoted(kept.event),
        key=_quoted(kept.key),
        low=low,
        high=high,
    )


def _lines(body: bytes, width: int = 80) -> list[bytes]:
    return [body[start : start + width] for start in range(0, len(body), width)] or [b""]


def _bytes_literal(text: bytes) -> str:
    """A bytes literal as formatters write it: in double quotes, unless those stand in the text."""
    literal = repr(text)
    return f'b"{literal[2:-1]}"' if literal[1] == "'" and '"' not in literal else literal


def _quoted(text: str) -> str:
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in literal else literal
