"""Hypothesis against every provider: no exception, nothing accepted.

200 deliveries a provider; `python benchmarks/malformed.py` does 10,000.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routegen import webhooks
from tests.webhooks import senders

PROVIDERS = webhooks.providers()

PIECES = st.sampled_from(
    [
        "v1=",
        "v0=",
        "v1,",
        "v1a,",
        "t=",
        "ts=",
        "h1=",
        "sha256=",
        "sha1=",
        ",",
        ";",
        " ",
        "=",
        ".",
        "1790000000",
        "1790000000000",
    ]
)
VALUE = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
    st.lists(
        st.one_of(PIECES, st.text("0123456789abcdef", max_size=64), st.text(max_size=4)), max_size=8
    ).map("".join),
)
BODY = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        ["", "[]", "{}", "[[", "null", "1e400", '{"id": {}}', '{"a": "\\ud800"}', "[" * 3000]
    ).map(str.encode),
    st.dictionaries(
        st.sampled_from(["signature", "event-data", "id", "type", "webhookTimestamp"]),
        st.dictionaries(
            st.sampled_from(["timestamp", "token", "signature"]),
            st.text(max_size=70) | st.integers(),
            max_size=3,
        )
        | st.text(max_size=12)
        | st.integers(),
        max_size=3,
    ).map(lambda value: webhooks.encode(webhooks.find("custom"), value)),
)


@st.composite
def deliveries(
    draw: Callable[..., Any], provider: str
) -> tuple[list[tuple[bytes, bytes]], bytes, str | None, str]:
    """A delivery of nonsense, or a right one with its signature, and perhaps more, spoilt."""
    sent = senders.deliver(provider)
    signature = webhooks.find(provider).signatures[0]
    headers = [(name, draw(VALUE) if draw(st.booleans()) else value) for name, value in sent.headers.items()]
    headers = [(name, draw(VALUE) if name == signature.header else value) for name, value in headers]
    if draw(st.booleans()):
        headers.append((draw(st.sampled_from([n for n, _ in headers])), draw(VALUE)))
    if draw(st.integers(0, 4)) == 0:
        headers = [header for header in headers if draw(st.booleans())]
    body = draw(BODY) if draw(st.booleans()) or signature.body else sent.body
    url = draw(st.one_of(st.just(sent.url), st.none(), st.text(max_size=30)))
    raw = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers]
    return raw, body, url, draw(st.sampled_from(["POST", "GET", "é", ""]))


def attack(provider: str, runs: int) -> int:
    """Verify up to so many malformed deliveries, each in both forms of headers. Returns how many there were.

    Raises:
        Exception: one was accepted, or broke the verifier; Hypothesis has made it as small as it goes.
    """
    count = 0

    @settings(
        max_examples=runs,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(deliveries(provider))
    def run(delivery: tuple[list[tuple[bytes, bytes]], bytes, str | None, str]) -> None:
        nonlocal count
        count += 1
        headers, body, url, method = delivery
        for given_headers in (headers, {n.decode(): v.decode("latin-1") for n, v in headers}):
            outcome = webhooks.verify(
                provider,
                headers=given_headers,
                body=body,
                secrets=["", senders.keys(provider)[1]],
                now=senders.NOW,
                url=url,
                method=method,
            )
            assert not outcome
            assert outcome.reason.isascii()

    run()
    return count


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_malformed_is_accepted_or_raises(provider: str) -> None:
    assert attack(provider, 200) >= 100


@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_flipped_bit_of_a_signature_is_refused(provider: str) -> None:
    sent = senders.deliver(provider)
    name = webhooks.find(provider).signatures[0].header
    if not name:
        return
    value = sent.headers[name].encode()
    for place in range(len(value)):
        for bit in (1, 32, 128):
            changed = value[:place] + bytes([value[place] ^ bit]) + value[place + 1 :]
            headers = sent.headers | {name: changed.decode("latin-1")}
            assert not senders.verify(provider, replace(sent, headers=headers)), changed
