"""Turns secrets, as people paste them, into keys; one that is blank or of another form is no key."""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Final, cast

from routegen.webhooks.scheme import Signature

Secrets = str | bytes | Iterable[str | bytes] | None
"""One secret, or several while they are rotated; public keys where the provider signs with a private one."""

_LABELS: Final = (b"whsec_", b"whpk_", b"whsk_")
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_PUBLIC: Final = re.compile(rb"whpk_|whsk_|-----BEGIN ")


def usable(secrets: Secrets) -> tuple[tuple[int, bytes], ...]:
    """The secrets that are not blank, each with its place in the list. A bare label (`whsec_`) is blank too."""
    if isinstance(secrets, (str, bytes)):
        secrets = (secrets,)
    numbered = enumerate(cast("Iterable[object]", secrets or ()))
    return tuple((i, found) for i, secret in numbered if (found := _bytes(secret)))


def _bytes(secret: object) -> bytes:
    if isinstance(secret, str):
        secret = secret.encode("utf-8", "surrogatepass")
    if not isinstance(secret, bytes):
        return b""
    bare = secret.strip()
    for label in _LABELS:
        bare = bare.removeprefix(label)
    return secret if bare.strip(b" \t\r\n\f\v\0") else b""


def key_of(signature: Signature, secret: bytes) -> bytes | None:
    """The key that a secret is for this signature, or None when it is none.

    A public key is never taken as the secret of an HMAC: everybody knows it.
    """
    if signature.key == "public":
        bare = secret.removeprefix(signature.key_prefix.encode())
        return bare if not signature.key_prefix or len(bare) < len(secret) else None
    if _PUBLIC.match(secret):
        return None
    if signature.key == "text":
        return secret
    return decode_base64(secret.strip().removeprefix(signature.key_prefix.encode()))


def decode_base64(text: bytes) -> bytes | None:
    """The bytes of base64 of either alphabet, with or without padding; None when it is none or for nothing."""
    bare = text.rstrip(b"=").translate(_URL_SAFE)
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True) or None
    except binascii.Error:
        return None
