"""Signs what a page hands to its own forms, with a key that only this project has. Without a key it fails closed."""

import base64
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from routegen.errors import ProjectError

VARIABLE: Final = "SESSION_SECRET"
KEY_FILE: Final = ".routegen/cache/actions.key"
_SHORTEST: Final = 32  # characters; the output of `secrets.token_urlsafe(32)` has 43


def sign(root: Path, purpose: str, text: str) -> str:
    """`<signature>.<text>`: the text stays readable. `purpose` keeps what one form was given out of another.

    Raises:
        ProjectError: there is no key and none can be made.
    """
    return f"{_signature(root, purpose, text)}.{text}"


def verify(root: Path, purpose: str, signed: str) -> str | None:
    """The text that was signed for this purpose; None for any other."""
    signature, dot, text = signed.partition(".")
    expected = _signature(root, purpose, text)
    return text if dot and hmac.compare_digest(signature.encode(), expected.encode()) else None


def _signature(root: Path, purpose: str, text: str) -> str:
    message = f"{len(purpose)}:{purpose}{text}".encode("utf-8", "surrogatepass")
    digest = hmac.digest(_key(root), message, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _key(root: Path) -> bytes:
    """From `SESSION_SECRET`, else from a file that is made once; workers on one host share it."""
    secret = os.environ.get(VARIABLE, "")
    if not secret:
        return _key_file(root / KEY_FILE)
    if len(secret) < _SHORTEST:
        raise ProjectError(
            f"`{VARIABLE}` is too short to sign with: {len(secret)} characters of at least {_SHORTEST}",
            hint="set one from `python -c 'import secrets; print(secrets.token_urlsafe(32))'`",
        )
    return hmac.digest(secret.encode(), b"routegen actions", "sha256")


@lru_cache(16)
def _key_file(file: Path) -> bytes:
    try:
        key = _read(file) or _make(file)
    except OSError as error:
        raise ProjectError(
            f"no key to sign bound arguments with: `{file}` cannot be kept ({error.strerror})",
            hint=f"set `{VARIABLE}` to at least {_SHORTEST} random characters",
        ) from error
    if len(key) < _SHORTEST:
        raise ProjectError(f"`{file}` holds no key", hint="delete it; a new one is made")
    return key


def _make(file: Path) -> bytes:
    """Another process may make it in the same moment: a whole file is put in place, or the other's is taken."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(secrets.token_urlsafe(32).encode())
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(file) or b""


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
