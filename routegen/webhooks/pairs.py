"""Makes keys to try a provider with: what its sender would sign with, and what a receiver verifies with."""

import base64
import secrets
from typing import NamedTuple

from routegen.webhooks import asymmetric
from routegen.webhooks.registry import find
from routegen.webhooks.scheme import Scheme, Signature


class Keys(NamedTuple):
    """What is signed with, and what is verified with: the same secret, unless the provider has a key pair."""

    signing: str
    verifying: str


def new_keys(provider: str | Scheme) -> Keys:
    """Fresh random keys of the form that the provider has: for tests, and for trying a handler.

    Raises:
        RoutegenError: the provider signs with a private key, and `cryptography` is not installed.
    """
    scheme = find(provider) if isinstance(provider, str) else provider
    signature = next((s for s in scheme.signatures if not s.legacy), scheme.signatures[0])
    if signature.key == "public":
        return _pair(signature)
    secret = base64.b64encode(secrets.token_bytes(24)).decode()
    return Keys(signature.key_prefix + secret, signature.key_prefix + secret)


def _pair(signature: Signature) -> Keys:
    asymmetric.require()
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    if signature.algorithm == "ecdsa-p256":
        curve = ec.generate_private_key(ec.SECP256R1())
        pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        der = curve.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Keys(pem, base64.b64encode(der).decode())
    private = ed25519.Ed25519PrivateKey.generate()
    seed, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    if not signature.key_prefix:
        return Keys(seed.hex(), public.hex())
    label = signature.key_prefix.replace("pk_", "sk_")
    return Keys(
        label + base64.b64encode(seed).decode(), signature.key_prefix + base64.b64encode(public).decode()
    )
