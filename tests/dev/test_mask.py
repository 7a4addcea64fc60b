"""Secrets in what a request carries become dots, whatever it is called."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routegen.server.dev.document import escape
from routegen.server.dev.facts import RequestFacts
from routegen.server.dev.mask import DOTS, mask
from routegen.server.dev.text import cut, paint, size, visible

LONG = "4f9d8a7b6c5e4d3c2b1a09f8e7d6c5b4"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("authorization", "Bearer abc.def", f"Bearer {DOTS}"),
        ("Authorization", "Basic dTpw", f"Basic {DOTS}"),
        ("Proxy-Authorization", "Basic dTpw", f"Basic {DOTS}"),
        ("authorization", "hunter2 is my password", DOTS),
        ("authorization", "", ""),
        ("cookie", "sid=1; theme=dark", f"sid={DOTS}; theme={DOTS}"),
        ("Cookie", "lonely", DOTS),
        ("set-cookie", "sid=1; Path=/; HttpOnly", f"sid={DOTS}"),
        ("x-api-key", "k", DOTS),
        ("X-CSRF-Token", "k", DOTS),
        ("stripe-signature", "t=1,v1=abc", DOTS),
        ("password", "p", DOTS),
        ("newPassword", "p", DOTS),
        ("client_secret", "p", DOTS),
        ("sessionId", "p", DOTS),
        ("oauth_verifier", "p", DOTS),
        ("access_token", "p", DOTS),
        ("sec-websocket-key", "p", DOTS),
        ("q", f"sk_live_{LONG}", DOTS),
        ("q", f"whsec_{LONG}", DOTS),
        ("q", f"rg_live_{LONG}", DOTS),
        ("q", f"ghp_{LONG}", DOTS),
        ("q", f"xoxb-{LONG}", DOTS),
        ("q", f"use sk_test_{LONG} here", f"use {DOTS} here"),
        ("q", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", DOTS),
        ("referer", "http://localhost/reset?token=abc&x=1", f"http://localhost/reset?token={DOTS}&x=1"),
        ("referer", "http://ann:pw@localhost/", f"http://{DOTS}@localhost/"),
        ("next", "/login%3Fapi_key%3Dabc", f"/login%3Fapi_key%3D{DOTS}"),
        ("accept", "text/html;q=0.9", "text/html;q=0.9"),
        ("content-type", "multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        ("q", "sk_", "sk_"),
        ("id", "42", "42"),
        ("q", LONG, LONG),
        ("user-agent", "Mozilla/5.0 (X11; Linux)", "Mozilla/5.0 (X11; Linux)"),
    ],
)
def test_mask(name: str, value: str, shown: str) -> None:
    assert mask(name, value) == shown


anything = st.text(st.characters(exclude_categories=()), max_size=60)


@given(anything, anything)
def test_nothing_breaks_it(name: str, value: str) -> None:
    assert isinstance(mask(name, value), str)
    assert (
        mask("x-secret-" + name, value) in ("", DOTS)
        or "cookie" in name.lower()
        or "authorization" in name.lower()
    )
    html = escape(value)
    html.encode()
    assert not set('<>"\0\x1b') & set(html)
    assert all(
        line.isprintable() or "\t" in line or "\u200d" in line or "\u200c" in line or line for line in [html]
    )
    visible(value).encode()


@given(st.binary(max_size=60), st.binary(max_size=60), anything)
def test_the_facts_of_any_scope_can_be_shown(name: bytes, value: bytes, path: str) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": value,
        "query_string": value,
        "headers": [(name, value), (b"cookie", value)],
        "path_params": {"id": path, "token": path, "rest": [path, 1], "n": 3},
    }
    facts = RequestFacts.of(scope)
    json.dumps(facts.as_json()).encode()


def test_secrets_do_not_come_through_the_side_door() -> None:
    facts = RequestFacts.of(
        {
            "method": "GET",
            "path": "/reset/top secret",
            "raw_path": b"/reset/top%20secret?x=1",
            "query_string": b"api_key=hidden1&tag=a&tag=b",
            "headers": [
                (b"cookie", b"sid=hidden2; csrftoken=hidden3"),
                (b"authorization", b"Bearer hidden4"),
            ],
            "path_params": {"token": "top secret"},
        }
    )
    shown = json.dumps(facts.as_json())
    assert "hidden" not in shown and "top" not in shown
    assert facts.masked().path == f"/reset/{DOTS}"
    assert facts.masked().query == (("api_key", DOTS), ("tag", "a"), ("tag", "b"))
    assert facts.masked().cookies == (("sid", DOTS), ("csrftoken", DOTS))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x00\x9b\x7f", "\\x00\\x9b\\x7f"),
        ("\u202euser", "\\u202euser"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("[id] café 日本語 👩\u200d💻", "[id] café 日本語 👩\u200d💻"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_small_text() -> None:
    assert [size(n) for n in (0, 999, 1000, 45_123, 999_949, 999_951, 12_000_000, 5 * 10**12)] == [
        *("0 B", "999 B", "1.0 kB", "45.1 kB", "999.9 kB", "1.0 MB", "12.0 MB", "5000.0 GB"),
    ]
    assert (cut("abcdef", 4), cut("abcd", 4), cut("ab", 0)) == ("abc…", "abcd", "…")
    assert paint("x", "31", color=False) == "x"
    assert paint("x", "1", "31", color=True) == "\x1b[1;31mx\x1b[0m"
