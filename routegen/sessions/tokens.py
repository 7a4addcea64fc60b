"""Makes the secrets that callers carry, the hashes that the database keeps of them, and text that it can keep."""

import hashlib
import re
import secrets
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """A new secret of 256 random bits as 43 characters of base64url (ASVS 5.0, 7.2.3 asks for 128 bits)."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a text has the form of a secret; anything else is not worth a look into the database."""
    return _TOKEN.fullmatch(text) is not None


def digest(token: str) -> str:
    """What the database keeps: the SHA-256 in hexadecimal. Of 256 random bits nothing slower is needed, and a
    database that leaks gives no session away. Rows are found by it, so no comparison tells a secret by its time."""
    return hashlib.sha256(token.encode()).hexdigest()


def printable(text: str, longest: int) -> str:
    """Text from outside as a database can keep it: without control characters (PostgreSQL takes no NUL) and lone
    surrogates, cut at `longest` characters."""
    return "".join(c for c in text[:longest] if c.isprintable())
