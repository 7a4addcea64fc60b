"""Computes and compares signatures, over bytes and in constant time."""

import base64
import hashlib
import hmac
from typing import Final

from routegen.webhooks.scheme import Encoding, Signature

SYMMETRIC: Final = frozenset({"hmac-sha256", "hmac-sha1", "sha256", "token"})
_HASHES: Final = {"hmac-sha256": "sha256", "hmac-sha1": "sha1"}


def expected(signature: Signature, key: bytes, message: bytes) -> bytes:
    """The signature that the holder of a shared secret sends, encoded as it is sent."""
    if signature.algorithm == "token":
        return key
    if signature.algorithm == "sha256":  # the secret is part of the message (HubSpot v1, v2)
        return encode(hashlib.sha256(message).digest(), signature.encoding)
    return encode(hmac.digest(key, message, _HASHES[signature.algorithm]), signature.encoding)


def equal(left: bytes, right: bytes) -> bool:
    """Whether two byte strings are the same; the time it takes tells nothing, not even about their length."""
    return hmac.compare_digest(hashlib.sha256(left).digest(), hashlib.sha256(right).digest())


def encode(digest: bytes, encoding: Encoding) -> bytes:
    """Lower-case hex, standard base64 with padding, or the bytes themselves."""
    if encoding == "hex":
        return digest.hex().encode()
    return base64.b64encode(digest) if encoding == "base64" else digest


def decode(text: bytes, encoding: Encoding) -> bytes | None:
    """The inverse of `encode`, or None for any other spelling of the same bytes."""
    try:
        digest = bytes.fromhex(text.decode("ascii")) if encoding == "hex" else base64.b64decode(text)
    except ValueError:
        return None
    return digest if encode(digest, encoding) == text else None
