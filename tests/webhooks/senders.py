"""A sender for each provider: keys of the tests, and what the provider sends with one of its sample events."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from routegen import webhooks

NOW = 1790000000.0
URL = "https://shop.example.com/api/webhooks/x?a=1&b=%2F"
SECRET = "a secret of the tests"
STANDARD = "whsec_" + base64.b64encode(b"a secret of the tests, decoded").decode()


@cache
def keys(provider: str) -> tuple[str, str]:
    """What the sender signs with, and what the receiver verifies with."""
    scheme = webhooks.find(provider)
    match scheme.signatures[0].algorithm:
        case "ed25519":
            private = ed25519.Ed25519PrivateKey.from_private_bytes(b"seed of the tests".ljust(32, b"."))
            public = private.public_key().public_bytes_raw()
            if scheme.signatures[0].key_prefix:
                seed = base64.b64encode(private.private_bytes_raw()).decode()
                return f"whsk_{seed}", f"whpk_{base64.b64encode(public).decode()}"
            return private.private_bytes_raw().hex(), public.hex()
        case "ecdsa-p256":
            secret = ec.derive_private_key(12345, ec.SECP256R1())
            pem = secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            der = secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return pem, base64.b64encode(der).decode()
        case _:
            secret_of = STANDARD if scheme.signatures[0].key == "base64" else SECRET
            return secret_of, secret_of


def deliver(provider: str, event: str | None = None, *, now: float = NOW) -> webhooks.Outgoing:
    """What a provider sends, by default with the first of its sample events."""
    scheme = webhooks.find(provider)
    event = event or next(iter(scheme.events))
    private = keys(provider)[0]
    return webhooks.compose(
        provider, body=scheme.events[event], secret=private, now=now, url=URL, event=event
    )


def verify(
    provider: str, sent: webhooks.Outgoing, *, now: float = NOW, secrets: object = None
) -> webhooks.Verified | webhooks.Rejected:
    """What the receiver makes of it."""
    return webhooks.verify(
        provider,
        headers=sent.headers,
        body=sent.body,
        secrets=keys(provider)[1] if secrets is None else secrets,  # pyright: ignore[reportArgumentType]
        now=now,
        url=sent.url,
        method=sent.method,
    )


WAYS = [
    f"{name}:{signature.name}"
    for name in webhooks.providers()
    for signature in webhooks.find(name).signatures
]
"""Every way to sign of every provider."""
