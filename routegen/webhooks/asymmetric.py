"""Signs and verifies with key pairs (Ed25519, ECDSA P-256); the one place that needs `cryptography`."""

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from routegen.errors import RoutegenError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def require() -> None:
    """Make sure that `cryptography` is there.

    Raises:
        RoutegenError: it is not; the hint names the extra.
    """
    try:
        import cryptography  # noqa: F401 # pyright: ignore[reportUnusedImport]
    except ImportError:
        raise RoutegenError(
            "signatures with public keys need the package `cryptography`",
            hint='pip install "routegen[crypto]"',
        ) from None


def verify(algorithm: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` was made with the private half of `public_key`.

    Args:
        algorithm: `ed25519` or `ecdsa-p256` (with SHA-256, the signature as DER).
        public_key: hex, base64 (raw or DER) or PEM. One that cannot be read verifies nothing.

    Raises:
        RoutegenError: `cryptography` is not installed.
    """
    require()
    from cryptography.exceptions import InvalidSignature

    key = _public(algorithm, public_key)
    if key is None:
        return False
    try:
        _check(key, message, signature)
    except InvalidSignature:
        return False
    return True


def sign(algorithm: str, private_key: bytes, message: bytes) -> bytes:
    """The signature over `message`.

    Args:
        algorithm: `ed25519` or `ecdsa-p256`.
        private_key: PEM, or for Ed25519 the seed of 32 bytes (or seed and public key, 64) as hex or base64.

    Raises:
        RoutegenError: `cryptography` is not installed, or the key cannot be read.
    """
    require()
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey

    key = _private(algorithm, private_key)
    if key is None:
        raise RoutegenError(f"the private key is none for `{algorithm}`", hint="give it as PEM")
    if isinstance(key, EllipticCurvePrivateKey):
        return key.sign(message, ECDSA(hashes.SHA256()))
    return key.sign(message)


def _check(key: Any, message: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey

    if isinstance(key, EllipticCurvePublicKey):
        key.verify(signature, message, ECDSA(hashes.SHA256()))
    else:
        key.verify(signature, message)


@lru_cache(maxsize=64)
def _public(algorithm: str, text: bytes) -> "Ed25519PublicKey | EllipticCurvePublicKey | None":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    data = _decoded(text)
    try:
        if algorithm == "ed25519" and data is not None and len(data) == 32:
            return Ed25519PublicKey.from_public_bytes(data)
        key = load_pem_public_key(text) if data is None else load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return _fitting(algorithm, key)


def _private(algorithm: str, text: bytes) -> "Ed25519PrivateKey | EllipticCurvePrivateKey | None":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    data = _decoded(text)
    try:
        if algorithm == "ed25519" and data is not None and len(data) in (32, 64):
            return Ed25519PrivateKey.from_private_bytes(data[:32])
        key = load_pem_private_key(text, None) if data is None else load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return _fitting(algorithm, key)


def _fitting(algorithm: str, key: Any) -> Any:
    """The key, if it is one for the algorithm: a key of another kind would verify by other rules."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if algorithm == "ed25519":
        return key if isinstance(key, (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey)) else None
    is_ec = isinstance(key, (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey))
    return key if is_ec and key.curve.name == "secp256r1" else None


def _decoded(text: bytes) -> bytes | None:
    """The bytes that hex or base64 stands for, or None for PEM and anything else."""
    text = text.strip()
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        pass
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
