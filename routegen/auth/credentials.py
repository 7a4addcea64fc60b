"""Reads the credentials of a request from its headers, never from its URL or its body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from routegen.auth.principal import Method
from routegen.sessions.cookie import read_cookie

_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")
"""RFC 6750 2.1. The scheme is case-insensitive (RFC 9110 11.1), the secret is not."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller has shown, and how. Its text form holds no secret."""

    method: Method
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.method})"


def credentials(scope: Scope) -> Iterator[Credential]:
    """The credentials of a request in the order in which they count: session cookie, bearer, API key.

    A header that comes twice counts as none: two readers could each take another one.
    """
    if (token := read_cookie(scope)) is not None:
        yield Credential("session", token)
    if (match := _BEARER.fullmatch(_only(scope, b"authorization"))) is not None:
        yield Credential("bearer", match[1])
    if key := _only(scope, b"x-api-key"):
        yield Credential("api key", key)


def _only(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return values[0].decode("latin-1").strip(" \t") if len(values) == 1 else ""
