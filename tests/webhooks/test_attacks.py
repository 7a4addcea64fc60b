"""What an attacker would try: each attempt is rejected with a reason, none raises, none tells a secret."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from routegen import webhooks
from tests.webhooks import senders
from tests.webhooks.senders import NOW, SECRET, deliver, keys, verify

WAYS = senders.WAYS
TIMED = [w for w in WAYS if webhooks.find(w).signatures[0].tolerance]


def code(outcome: webhooks.Verified | webhooks.Rejected) -> str:
    assert not outcome, "accepted"
    for secret in (SECRET, senders.STANDARD):
        assert secret not in outcome.reason
    return outcome.code


def header_of(way: str) -> str:
    return webhooks.find(way).signatures[0].header


def sent_header(way: str) -> tuple[webhooks.Outgoing, str]:
    sent = deliver(way)
    return sent, sent.headers[header_of(way)]


HEADERS = [way for way in WAYS if header_of(way)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "secrets", ["", b"", " \t\n", "\0", [], [""], ["", b" "], None, "whsec_", "whpk_", [None, 7]]
)
def test_nothing_verifies_without_a_secret(way: str, secrets: object) -> None:
    sent = deliver(way)
    outcome = webhooks.verify(
        way,
        headers=sent.headers,
        body=sent.body,
        secrets=secrets,  # pyright: ignore[reportArgumentType]
        url=sent.url,
        now=NOW,
    )
    assert code(outcome) == "no-secret"


@pytest.mark.parametrize("provider", ["stripe", "slack", "github", "shopify", "zoom"])
def test_a_signature_made_with_an_empty_key_is_refused(provider: str) -> None:
    sent = deliver(provider)
    signed = hmac.new(b"", sent.body, hashlib.sha256).hexdigest()
    headers = sent.headers | {header_of(provider): f"sha256={signed}"}
    assert not verify(provider, replace(sent, headers=headers), secrets=["", b""])


@pytest.mark.parametrize("way", WAYS)
def test_the_second_of_two_secrets_fits_and_is_named(way: str) -> None:
    outcome = verify(way, deliver(way), secrets=["another secret", keys(way)[1]])
    assert outcome and outcome.secret_index == 1


def test_a_public_key_is_no_secret_of_an_hmac() -> None:
    """The confusion of algorithms that JWT libraries had: everybody knows the public key."""
    public = keys("standard:v1a")[1]
    for forged in (public, public.removeprefix("whpk_")):
        signing = webhooks.find("standard:v1")
        sent = webhooks.compose(signing, body={"type": "x"}, secret=f"whsec_{forged[-43:]}=", now=NOW)
        assert not verify("standard", sent, secrets=public)
    body = b"{}"
    mac = base64.b64encode(hmac.digest(public.encode(), b"m.1790000000.{}", "sha256")).decode()
    headers = {"webhook-id": "m", "webhook-timestamp": "1790000000", "webhook-signature": f"v1,{mac}"}
    assert not webhooks.verify("standard", headers=headers, body=body, secrets=public, now=NOW)


@pytest.mark.parametrize("way", HEADERS)
def test_a_missing_header(way: str) -> None:
    sent, _ = sent_header(way)
    headers = {name: value for name, value in sent.headers.items() if name != header_of(way)}
    assert code(verify(way, replace(sent, headers=headers))) == "no-signature"


def _variants(value: str) -> dict[str, str]:
    prefix, mark, last = value.rpartition("=") if value.rstrip("=") == value else ("", "", value)
    return {
        "empty": "",
        "cut": value[:-1],
        "cut in half": value[: len(value) // 2],
        "longer": value + "0",
        "twice": value + value,
        "upper case": prefix + mark + last.upper() if last.upper() != last else value + "A",
        "first character": chr(ord(value[0]) ^ 1) + value[1:],
        "last character": value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1],
        "space before": " " + value,
        "space after": value + " ",
        "quotes": f'"{value}"',
        "NUL": value + "\0",
        "NUL inside": value[:8] + "\0" + value[8:],
        "NUL alone": "\0",
        "é": value + "é",
        "é alone": "é",
        "snowman": "☃",
        "surrogate": "\udcff",
        "no padding": value.rstrip("=") + "~",
        "url safe": value.replace("+", "-").replace("/", "_") + "-",
        "line end": value + "\r\n",
        "full-width digits": value.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}) + "\uff11",
        "huge": "a" * 200_000,
        "huge and right": value + "," * 9000,
        "many": ",".join(["v1=aa"] * 5000),
        "prefixes": "v1=,v0=,sha256=,t=,h1=",
    }


@pytest.mark.parametrize("way", HEADERS)
def test_a_spoilt_signature(way: str) -> None:
    sent, value = sent_header(way)
    split = webhooks.find(way).signatures[0].split
    for name, changed in _variants(value).items():
        if (split and name == "twice") or (split == " " and name in ("space before", "space after")):
            continue  # a right entry beside a wrong one
        headers = sent.headers | {header_of(way): changed}
        assert not verify(way, replace(sent, headers=headers)), name


@pytest.mark.parametrize("way", HEADERS)
def test_raw_bytes_in_headers(way: str) -> None:
    sent, value = sent_header(way)
    rest = [(n.encode(), v.encode()) for n, v in sent.headers.items() if n != header_of(way)]
    name = header_of(way).encode()
    for raw in (value.encode() + b"\xff", b"\xff\xfe\x00", b"", bytes(range(256)), b"\xe2\x98\x83" * 500):
        outcome = webhooks.verify(
            way, headers=[*rest, (name, raw)], body=sent.body, secrets=keys(way)[1], now=NOW, url=sent.url
        )
        assert not outcome


@pytest.mark.parametrize("way", HEADERS)
def test_a_header_sent_twice_is_refused(way: str) -> None:
    sent, value = sent_header(way)
    for name in webhooks.find(way).signatures[0].send:
        pairs = [(n.encode(), v.encode()) for n, v in sent.headers.items()]
        for extra in (value.encode(), b"x", b""):
            for order in ([*pairs, (name.lower().encode(), extra)], [(name.encode(), extra), *pairs]):
                outcome = webhooks.verify(
                    way, headers=order, body=sent.body, secrets=keys(way)[1], now=NOW, url=sent.url
                )
                assert code(outcome) == "repeated-header"


@pytest.mark.parametrize(("provider", "header", "before", "after"), [
    ("stripe", "Stripe-Signature", "v1=00,", ",v1=00,v0=11"),
    ("paddle", "Paddle-Signature", "h1=00;", ";h1=00"),
    ("standard", "webhook-signature", "v1,AAAA v1a,AAAA ", " v2,AAAA v1,AAAA"),
])  # fmt: skip
def test_entries_beside_the_right_one_do_no_harm(provider: str, header: str, before: str, after: str) -> None:
    sent = deliver(provider)
    value = sent.headers[header]
    for changed in (before + value, value + after, before + value + after):
        assert verify(provider, replace(sent, headers=sent.headers | {header: changed})), changed


@pytest.mark.parametrize(("provider", "header", "changed"), [
    ("stripe", "Stripe-Signature", "t=1790000000,{}"),
    ("paddle", "Paddle-Signature", "{};ts=1790000000"),
])  # fmt: skip
def test_two_timestamps_are_none(provider: str, header: str, changed: str) -> None:
    sent = deliver(provider)
    headers = sent.headers | {header: changed.format(sent.headers[header])}
    assert code(verify(provider, replace(sent, headers=headers))) == "no-timestamp"


@pytest.mark.parametrize("way", TIMED)
def test_the_age_counts_both_ways(way: str) -> None:
    sent = deliver(way)
    tolerance = webhooks.find(way).signatures[0].tolerance or 0
    for off in (tolerance, -tolerance, 0):
        assert verify(way, sent, now=NOW + off)
    assert code(verify(way, sent, now=NOW + tolerance + 1)) == "too-old"
    assert code(verify(way, sent, now=NOW - tolerance - 1)) == "in-future"
    for clock in (0.0, -1e300, 1e300, float("inf"), float("-inf")):
        assert not verify(way, sent, now=clock)


BAD_TIMES = [
    *(
        "",
        " ",
        "0",
        "-1",
        "-1790000000",
        "+1790000000",
        "1790000000.0",
        "1_790_000_000",
        "1e9",
        "0x6ab1",
        "NaN",
        "inf",
    ),
    *("1790000000 ", " 1790000000", "01790000000", "179000000", "17900000000", "9" * 400, "9" * 5000),
    *("１７９０００００００", "١٧٩٠٠٠٠٠٠٠", "1790000000\0", "yesterday", "é", "2026-09-21T00:00:00Z"),  # noqa: RUF001
]


@pytest.mark.parametrize("provider", ["slack", "zoom", "standard", "discord", "hubspot", "sendgrid"])
@pytest.mark.parametrize("text", BAD_TIMES, ids=ascii)
def test_a_timestamp_that_is_none(provider: str, text: str) -> None:
    sent = deliver(provider)
    signature = webhooks.find(provider).signatures[0]
    name = signature.timestamp.text[len("{header:") : -1] if signature.timestamp else ""
    outcome = verify(provider, replace(sent, headers=sent.headers | {name: text}))
    assert code(outcome) == "no-timestamp"


@pytest.mark.parametrize(
    "text", ["1790000000", "1790000000000.0", '"1790000000000"x', "null", "true", "[]", "1e400"]
)
def test_a_timestamp_in_the_signed_body_that_is_none(text: str) -> None:
    body = b'{"type": "Issue", "action": "create", "webhookTimestamp": %s}' % text.encode()
    headers = webhooks.sign("linear", body=body, secret=SECRET, now=NOW)
    outcome = webhooks.verify("linear", headers=headers, body=body, secrets=SECRET, now=NOW)
    assert code(outcome) == "no-timestamp"


def test_an_unsigned_timestamp_is_not_believed() -> None:
    """Linear sends one in a header too; only the one in the body is signed."""
    sent = deliver("linear", now=NOW - 3600)
    fresh = sent.headers | {"Linear-Timestamp": str(int(NOW * 1000))}
    assert code(verify("linear", replace(sent, headers=fresh))) == "too-old"


@pytest.mark.parametrize("id", ["msg_1.1790000000", "", " ", "a b", "é", "x" * 300, "\0"])
def test_a_signed_id_with_a_dot_cannot_move_the_border(id: str) -> None:
    body = b'{"type": "x"}'
    signed = f"{id}.1790000000.".encode("latin-1") + body
    mac = base64.b64encode(hmac.digest(base64.b64decode(senders.STANDARD[6:]), signed, "sha256")).decode()
    headers = {"webhook-id": id, "webhook-timestamp": "1790000000", "webhook-signature": f"v1,{mac}"}
    assert not webhooks.verify("standard", headers=headers, body=body, secrets=senders.STANDARD, now=NOW)


def test_no_digit_moves_between_timestamp_and_token() -> None:
    """Mailgun signs both without anything between them."""
    body = {"signature": {"token": "5abc", "timestamp": "1790000000"}, "event-data": {"event": "opened"}}
    message = b"17900000005abc"
    body["signature"]["signature"] = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
    scheme = webhooks.find("mailgun")
    verified = {"headers": {}, "secrets": SECRET, "now": NOW}
    assert webhooks.verify("mailgun", body=webhooks.encode(scheme, body), **verified)
    body["signature"] |= {"token": "abc", "timestamp": "17900000005"}
    assert not webhooks.verify("mailgun", body=webhooks.encode(scheme, body), **verified)


BODIES = [
    *(
        b"",
        b"\0",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"a":',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"NaN",
        b"1" * 5000,
    ),
    *(
        b'{"id": "\\ud800", "type": "\\ud800"}',
        b'{"id": {}, "type": []}',
        b"\xef\xbb\xbf{}",
        b'{"id": 1e999}',
    ),
    *(b"a=%ff&b=%", b"&" * 2000, b"=&=&=", b"a=1;b=2", '{"id": "é"}'.encode("utf-16")),
]


@pytest.mark.parametrize("way", [w for w in WAYS if w not in ("mailgun:body", "linear:hex")])
def test_any_signed_body_verifies_or_not_and_has_an_id(way: str) -> None:
    """Whoever holds the secret may send nonsense: it must not break the receiver either."""
    for body in BODIES:
        if way == "twilio:sha1":
            sent = (
                webhooks.compose(way, body=body, secret=SECRET, now=NOW, url=senders.URL)
                if body in GOOD
                else None
            )
        else:
            sent = webhooks.compose(way, body=body, secret=keys(way)[0], now=NOW, url=senders.URL)
        if sent is None:
            continue
        outcome = verify(way, sent)
        assert outcome, body[:20]
        assert outcome.id.isascii() and outcome.id.isprintable() and outcome.id
        assert outcome.type.isascii()


GOOD = (b"", b"{}", b"[]", b"a=1;b=2")


@pytest.mark.parametrize("provider", webhooks.providers())
def test_any_body_without_a_signature_is_refused(provider: str) -> None:
    sent = deliver(provider)
    for body in BODIES:
        assert not webhooks.verify(
            provider, headers={}, body=body, secrets=keys(provider)[1], now=NOW, url=senders.URL
        )
        if provider != "gitlab":
            assert not verify(provider, replace(sent, body=body))


@pytest.mark.parametrize("provider", ["twilio", "square", "hubspot"])
def test_a_signed_url_is_needed_and_must_be_right(provider: str) -> None:
    sent = deliver(provider)
    assert code(verify(provider, replace(sent, url=None))) == "no-url"
    for url in (
        "",
        "x",
        "https://shop.example.com",
        senders.URL + "&c=1",
        "\udcff",
        "http://[::1",
        "https://\0/",
    ):
        assert code(verify(provider, replace(sent, url=url))) == "mismatch"


@pytest.mark.parametrize(
    "key", ["", "x", "00" * 32, "zz" * 32, "A" * 44, "-----BEGIN PUBLIC KEY-----", "é", "00" * 31]
)
@pytest.mark.parametrize("way", ["discord", "sendgrid", "standard:v1a"])
def test_a_public_key_that_is_none_verifies_nothing(way: str, key: str) -> None:
    assert not verify(way, deliver(way), secrets=[key])
    assert not verify(way, deliver(way), secrets=[f"whpk_{key}"])


def test_a_key_of_another_kind_verifies_nothing() -> None:
    """An RSA or P-384 key in place of a P-256 one would verify by other rules."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    other = ec.derive_private_key(99, ec.SECP384R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert not verify("sendgrid", deliver("sendgrid"), secrets=pem)
    assert not verify("discord", deliver("discord"), secrets=pem)
    assert not verify("discord", deliver("discord"), secrets=keys("sendgrid")[1])


def test_the_comparison_is_one_of_bytes_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((left, right))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    for way in HEADERS:
        compared.clear()
        assert verify(way, deliver(way))
        if webhooks.find(way).signatures[0].key != "public":
            assert compared
        assert all(isinstance(l, bytes) and isinstance(r, bytes) and len(l) == len(r) for l, r in compared)  # noqa: E741
