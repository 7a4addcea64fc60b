"""Turns a raw request into the values a template can name; whatever is missing or malformed is None, never an error."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from routegen.webhooks.template import Token
from routegen.webhooks.urls import decoded, twilio_parameters

Headers = Mapping[str, str] | Iterable[tuple[bytes, bytes]] | Iterable[tuple[str, str]]
"""A mapping (Starlette's too), or pairs as ASGI has them in `scope["headers"]`."""

FORM: Final = b"application/x-www-form-urlencoded"
LONGEST_HEADER: Final = 8192
"""Bytes of a header value that are looked at; 16 KiB is what servers take for all headers together."""

MOST_FIELDS: Final = 1000
_MISSING: Final = object()
_SIGNED_HEADER: Final = re.compile(rb"[A-Za-z0-9_~:=+/@-]{1,256}")
_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")


def raw(text: str | bytes) -> bytes:
    """A header value as the bytes it came in: servers decode them as Latin-1 (RFC 9110, 5.5)."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _key(name: str) -> bytes:
    """A header's name as it stands in a table, from which all names that are asked for come."""
    return name.lower().encode()


def bytes_of(headers: Headers) -> dict[bytes, list[bytes]]:
    """All values of each header, by lower-case name."""
    found: dict[bytes, list[bytes]] = {}
    pairs = cast(
        "Iterable[tuple[Any, Any]]",
        cast("Mapping[str, str]", headers).items() if isinstance(headers, Mapping) else headers,
    )
    for name, value in pairs:
        found.setdefault(raw(name).lower(), []).append(raw(value))
    return found


def parse_json(body: bytes) -> Any:
    """The JSON value that `body` is, or None. NaN and infinities are no JSON (RFC 8259, 6)."""
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def parse_form(body: bytes) -> list[tuple[str, str]] | None:
    """The fields of a urlencoded body in order, or None when it is not UTF-8 or has more than 1,000."""
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        return None


def at(value: Any, path: str) -> Any:
    """The value at a dotted path of JSON objects, or None."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, Any]", value).get(key)
    return value


def text_of(value: Any) -> bytes | None:
    """A JSON scalar as text: strings as they are, numbers and booleans as JSON writes them, else None."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, (bool, int, float)):
        return json.dumps(value).encode()
    return None


def name_of(value: bytes | None) -> str | None:
    """An id or a type that can be stored anywhere: up to 255 visible ASCII characters, else None."""
    text = value.decode("ascii", "replace") if value else ""
    return text if _NAME.fullmatch(text) else None


class Incoming:
    """A request as it came in, and the values in it."""

    def __init__(self, headers: Headers, body: bytes, url: str | None, method: str) -> None:
        self.headers = bytes_of(headers)
        self.body = body
        self.url = url
        self.method = method
        self._payload: Any = _MISSING

    def header(self, name: str) -> bytes | None:
        """The value of a header that was sent exactly once; longer ones than 8 KiB count as missing."""
        values = self.headers.get(_key(name), ())
        return values[0] if len(values) == 1 and len(values[0]) <= LONGEST_HEADER else None

    def repeats(self, name: str) -> bool:
        """Whether a header was sent more than once: nobody can tell which of them the handler will read."""
        return len(self.headers.get(_key(name), ())) > 1

    @property
    def is_form(self) -> bool:
        """Whether the content type says that the body is a urlencoded form."""
        return (self.header("content-type") or b"").partition(b";")[0].strip().lower() == FORM

    @property
    def payload(self) -> Any:
        """The body as JSON, as the fields of a form (the last of a name), or None."""
        if self._payload is _MISSING:
            self._payload = (
                dict(parse_form(self.body) or ()) or None if self.is_form else parse_json(self.body)
            )
        return self._payload

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of the body: an id for deliveries that have none."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    def value(self, token: Token, url: str | None = None) -> bytes | None:
        """The bytes that a token stands for in what is signed."""
        match token.kind:
            case "body":
                return self.body
            case "header":
                found = self.header(token.argument)
                return found if found is not None and _SIGNED_HEADER.fullmatch(found) else None
            case "json":
                return text_of(at(self.payload, token.argument))
            case "method":
                return raw(self.method)
            case "url" | "decoded-url" | "params" if url is not None:
                return self._from_url(token.kind, url)
            case _:
                return None

    def _from_url(self, kind: str, url: str) -> bytes | None:
        if kind == "params":
            return twilio_parameters(url, self.body, parse_form(self.body) if self.is_form else None)
        return (decoded(url) if kind == "decoded-url" else url).encode("utf-8", "replace")
