"""Every published signature verifies, and every spoilt one does not: rows with their source and licence in the file."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from routegen import webhooks

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "vectors.json").read_text("utf-8"))
NAMES = {
    "hubspot-v1": "hubspot:v1",
    "hubspot-v2": "hubspot:v2",
    "svix-v1": "svix",
    "standardwebhooks": "standard",
}
PUBLISHED = [row for row in ROWS if row["provider"] != "paypal"]
"""PayPal needs a certificate from an address in the request and is left out."""


def secret(row: dict[str, Any]) -> str:
    """The row's secret, or its public key, if need be made of the private seed."""
    if "private_seed_b64" not in row:
        return row.get("secret") or row["public_key"]
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = base64.b64decode(row["private_seed_b64"])
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return "whpk_" + base64.b64encode(public).decode()


def verify(row: dict[str, Any], **changes: Any) -> webhooks.Verified | webhooks.Rejected:
    given = {
        "headers": row["headers"],
        "body": row["body"].encode(),
        "secrets": secret(row),
        "now": row.get("now"),
        "url": row.get("url"),
        "method": row.get("method", "POST"),
    }
    named = NAMES.get(row["scheme"]) or NAMES.get(row["provider"], row["provider"])
    return webhooks.verify(named, **(given | changes))


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["id"])
def test_a_published_vector(row: dict[str, Any]) -> None:
    outcome = verify(row)
    assert bool(outcome) is (row["expect"] == "accept"), outcome
    if outcome:
        assert outcome.id
        assert outcome.body == row["body"].encode()


@pytest.mark.parametrize("row", [r for r in PUBLISHED if r["expect"] == "accept"], ids=lambda row: row["id"])
def test_a_vector_spoilt_is_refused(row: dict[str, Any]) -> None:
    assert not verify(row, secrets="")
    assert not verify(row, secrets=[b"another", "whsec_YW5vdGhlciBzZWNyZXQ="])
    if row["scheme"] not in ("mailgun-body", "gitlab-token"):  # these do not cover the body
        assert not verify(row, body=row["body"].encode() + b"x=1")


def test_all_vectors_are_here() -> None:
    assert len(PUBLISHED) == 62
    assert sum(row["expect"] == "accept" for row in PUBLISHED) == 37


def test_zoom_is_answered_as_documented() -> None:
    row = next(row for row in ROWS if row["id"] == "zoom-url-validation")
    verified = verify(row)
    assert verified
    answer = webhooks.handshake("zoom", verified, secrets=row["secret"])
    assert answer is not None and answer.status == 200
    assert json.loads(answer.body) == row["expect_response"]
