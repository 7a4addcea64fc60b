"""Turns arguments that would make a broken HTTP message into an error at the place where they are written."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # a tab is allowed (RFC 9110 5.5)
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_WITHOUT_BODY = frozenset({204, 205, 304})  # RFC 9110 15.3.5, 15.3.6, 15.4.5


def check_status(status_code: int, lowest: int = 200, highest: int = 599) -> int:
    """The status as a plain number.

    Raises:
        ValueError: outside the range; 1xx are interim messages (RFC 9110 15.2), never an answer.
    """
    if not lowest <= status_code <= highest:
        raise ValueError(f"status {int(status_code)} is not one of {lowest} to {highest}")
    return int(status_code)


def check_status_with_body(status_code: int, lowest: int = 200) -> int:
    """Like `check_status`, for an answer that carries a body: 204, 205 and 304 must not (RFC 9110 15)."""
    if status_code in _WITHOUT_BODY:
        raise ValueError(f"an answer with status {int(status_code)} has no body")
    return check_status(status_code, lowest)


def check_url(url: str) -> str:
    """The URL of a redirect as given.

    Raises:
        ValueError: it is empty or holds a control character, which could end the header line (CR, LF).
    """
    if not url:
        raise ValueError("a redirect needs a URL")
    if _CONTROLS.search(url):
        raise ValueError(f"a control character in the URL of a redirect: {url!r}")
    return url


def check_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """The extra headers of an answer, as a new dictionary.

    Raises:
        ValueError: a name that is no token, a value with CR, LF, another control character or a character
            outside Latin-1 (RFC 9110 5.5), or a header that frames the message and so belongs to the server.
    """
    checked = dict(headers or {})
    for name, value in checked.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"`{name!r}` is not the name of a header")
        if name.lower() in _FRAMING:
            raise ValueError(f"`{name}` is computed from the body and cannot be set")
        if _NOT_IN_A_VALUE.search(value):
            raise ValueError(f"a control character in the value of the header `{name}`: {value!r}")
        value.encode("latin-1")  # UnicodeEncodeError is a ValueError
    return checked
