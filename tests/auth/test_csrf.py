"""The origin check as a table: what browsers send, what attackers send, and what the setting lets through."""

from typing import Any

import pytest
from fastapi import HTTPException

from routegen import csrf

HOST = "shop.example"


def scope(
    *headers: tuple[str, str],
    method: str = "POST",
    kind: str = "http",
    scheme: str = "https",
    host: str = HOST,
) -> dict[str, Any]:
    raw = [(b"host", host.encode()), *((n.lower().encode(), v.encode("latin-1")) for n, v in headers)]
    return {"type": kind, "method": method, "scheme": scheme, "headers": raw}


def site(value: str) -> tuple[str, str]:
    return ("Sec-Fetch-Site", value)


def origin(value: str) -> tuple[str, str]:
    return ("Origin", value)


PASSES: dict[str, Any] = {
    "same origin by fetch metadata": scope(site("same-origin")),
    "started by the user": scope(site("none")),
    "a proxy renamed the host, the browser knows better": scope(
        site("same-origin"), origin("https://shop.example"), host="127.0.0.1:8000"
    ),
    "an old browser's origin": scope(origin("https://shop.example")),
    "another letter case": scope(origin("https://SHOP.example"), host="Shop.Example"),
    "the host with its default port": scope(origin("https://shop.example"), host="shop.example:443"),
    "the host with port 80 over http": scope(
        origin("http://shop.example"), host="shop.example:80", scheme="http"
    ),
    "a port": scope(origin("http://localhost:8000"), host="localhost:8000", scheme="http"),
    "an IPv6 host": scope(origin("http://[::1]:8000"), host="[::1]:8000", scheme="http"),
    "TLS ends at a proxy": scope(origin("https://shop.example"), scheme="http"),
    "GET from anywhere": scope(site("cross-site"), method="GET"),
    "HEAD from anywhere": scope(site("cross-site"), method="HEAD"),
    "OPTIONS from anywhere": scope(site("cross-site"), method="OPTIONS"),
    "a WebSocket of an own page": scope(origin("https://shop.example"), kind="websocket", scheme="wss"),
}

REFUSED: dict[str, Any] = {
    "nothing is said": scope(),
    "cross-site": scope(site("cross-site")),
    "another subdomain": scope(site("same-site")),
    "cross-site with an origin that fits": scope(site("cross-site"), origin("https://shop.example")),
    "a word that is none": scope(site("same-origin ish")),
    "empty": scope(site("")),
    "another letter case is no browser's": scope(site("Same-Origin")),
    "twice": scope(site("same-origin"), site("cross-site")),
    "twice in one": scope(site("same-origin, cross-site")),
    "twice the same": scope(site("same-origin"), site("same-origin")),
    "a foreign origin": scope(origin("https://evil.example")),
    "a foreign origin beside same-site": scope(site("same-site"), origin("https://evil.shop.example")),
    "null": scope(origin("null")),
    "an empty origin": scope(origin("")),
    "a suffix": scope(origin("https://shop.example.evil.example")),
    "a prefix": scope(origin("https://evilshop.example")),
    "a subdomain": scope(origin("https://api.shop.example")),
    "the host as user": scope(origin("https://shop.example@evil.example")),
    "a path": scope(origin("https://shop.example/")),
    "no scheme": scope(origin("shop.example")),
    "another scheme": scope(origin("ftp://shop.example")),
    "http beside https": scope(origin("http://shop.example")),
    "another port": scope(origin("https://shop.example:8443")),
    "a trailing dot": scope(origin("https://shop.example.")),
    "a line break": scope(origin("https://shop.example\n")),
    "not ASCII": scope(origin("https://shop.exampl\xe9")),
    "two origins": scope(origin("https://shop.example"), origin("https://evil.example")),
    "two origins in one": scope(origin("https://shop.example https://evil.example")),
    "the forwarded host": scope(origin("https://evil.example"), ("X-Forwarded-Host", "evil.example")),
    "two hosts": scope(origin("https://evil.example"), ("Host", "evil.example")),
    "no host": {**scope(), "headers": [(b"origin", b"https://shop.example")]},
    "a WebSocket of another site": scope(origin("https://evil.example"), kind="websocket", method="GET"),
    "a WebSocket that says nothing": scope(kind="websocket"),
    "a method nobody knows": scope(site("cross-site"), method="BREW"),
    "a method in lower case": scope(site("cross-site"), method="get"),
}


@pytest.mark.parametrize("name", PASSES)
def test_own_pages_pass(name: str) -> None:
    assert csrf.refusal(PASSES[name]) is None


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused(name: str) -> None:
    assert csrf.refusal(REFUSED[name]) is not None


@pytest.mark.parametrize("strict", [True, False])
def test_what_says_nothing_passes_only_where_no_cookie_is_involved(strict: bool) -> None:
    assert (csrf.refusal(scope(), strict=strict) is None) is not strict
    assert csrf.refusal(scope(site("cross-site")), strict=strict) is not None
    assert csrf.refusal(scope(origin("https://evil.example")), strict=strict) is not None


def test_the_sentence_names_the_values_and_the_setting() -> None:
    long = "https://evil.example/" + "x" * 500
    with pytest.raises(HTTPException) as raised:
        csrf.require_own_page(scope(site("cross-site"), origin(long)))
    assert raised.value.status_code == 403
    for part in ("`cross-site`", "`https://evil.example/", f"`{HOST}`", "allowed_origins", "ALLOWED_ORIGINS"):
        assert part in raised.value.detail
    assert len(raised.value.detail) < 500


def test_the_sentence_holds_nothing_that_steers_a_terminal_or_a_log() -> None:
    sentence = csrf.refusal(scope(origin("https://evil\x1b[31m\r\n\x85`")))
    assert sentence is not None and sentence.isascii() and sentence.isprintable()
    assert "`https://evil?[31m????`" in sentence


@pytest.mark.parametrize(
    ("entry", "host", "covered"),
    [
        ("partner.example", "partner.example", True),
        ("PARTNER.example", "partner.example", True),
        ("partner.example", "a.partner.example", False),
        ("partner.example:8443", "partner.example:8443", True),
        ("partner.example:8443", "partner.example", False),
        ("partner.example", "partner.example:8443", False),
        ("*.partner.example", "a.partner.example", True),
        ("*.partner.example", "a.b.partner.example", False),
        ("*.partner.example", "partner.example", False),
        ("*.partner.example", ".partner.example", False),
        ("*.partner.example", "evilpartner.example", False),
        ("*.partner.example:8443", "a.partner.example:8443", True),
        ("*.partner.example", "a.partner.example:8443", False),
        ("**.partner.example", "a.partner.example", True),
        ("**.partner.example", "a.b.partner.example", True),
        ("**.partner.example", "partner.example", False),
        ("**.partner.example", "a..partner.example", False),
        ("*", "partner.example", False),
        ("**", "partner.example", False),
        ("*.", "a.", False),
        ("a*.partner.example", "ab.partner.example", False),
        ("a.*.example", "a.b.example", False),
        ("**.*.example", "a.b.example", False),
        ("partner.example:*", "partner.example:1", False),
        ("https://partner.example", "partner.example", False),
        ("", "", False),
    ],
)
def test_an_entry_covers_what_it_says(entry: str, host: str, covered: bool) -> None:
    assert csrf.allows(entry, host) is covered


@pytest.mark.parametrize("value", ["cross-site", "same-site", None])
def test_a_listed_host_may_call(value: str | None) -> None:
    headers = [origin("https://app.partner.example:443")] + ([site(value)] if value else [])
    assert csrf.refusal(scope(*headers), ["*.partner.example"]) is None
    assert csrf.refusal(scope(*headers), ["partner.example"]) is not None


def test_the_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOWED_ORIGINS", raising=False)
    assert csrf.allowed_origins() == ()
    monkeypatch.setenv("ALLOWED_ORIGINS", " App.Example, **.preview.example:8443 ,")
    assert csrf.allowed_origins() == ("app.example", "**.preview.example:8443")


@pytest.mark.parametrize(
    "entry", ["*", "**", "https://a.example", "a.*.example", "a.example:*", "a.example/", "ä.example"]
)
def test_an_entry_that_could_never_match_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="ALLOWED_ORIGINS"):
        csrf.allowed_origins(f"b.example,{entry}")
