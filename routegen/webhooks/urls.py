"""Turns a URL into the spellings of it that providers sign."""

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import parse_qs

_ESCAPES: Final = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""The escapes that HubSpot signs decoded, and no others (developers.hubspot.com, "Validating requests", v3)."""

_ESCAPE: Final = re.compile("|".join(_ESCAPES), re.IGNORECASE)
_PORT: Final = re.compile(r"^(https?)://([^/?#]*?)(:\d+)?(?=[/?#]|$)")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def decoded(url: str) -> str:
    """The URL as HubSpot signs it."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0].upper()], url)


def spellings(url: str) -> tuple[str, ...]:
    """The URL without its port, and with it (the default one when it has none).

    Twilio signs either, and its own validators try both (twilio-python, `RequestValidator.validate`).
    """
    match = _PORT.match(url)
    if match is None:
        return (url,)
    scheme, host, port = match[1], match[2], match[3]
    rest = url[match.end() :]
    return tuple(f"{scheme}://{host}{p}{rest}" for p in ("", port or _DEFAULT_PORTS[scheme]))


def twilio_parameters(url: str, body: bytes, fields: list[tuple[str, str]] | None) -> bytes | None:
    """What Twilio signs after the URL: the form's fields, sorted, each name followed by each of its values.

    Of a body that is no form only the hash is signed, as `bodySHA256` in the URL; None when it does not fit, or
    when neither covers the body. A hash in the URL always counts, so that no content type switches it off.
    """
    try:
        declared = parse_qs(url.partition("?")[2], max_num_fields=1000).get("bodySHA256")
    except ValueError:
        return None
    if declared is not None:
        fits = hmac.compare_digest(
            hashlib.sha256(body).hexdigest().encode(), declared[0].encode("utf-8", "replace")
        )
        return b"" if fits else None
    if fields is not None:
        return "".join(name + value for name, value in sorted(set(fields))).encode("utf-8", "replace")
    return None if body else b""
