"""Turns what a request carries into what may be shown of it: secrets become dots."""

import re

DOTS = "••••••••"

_SECRET_NAME = re.compile(
    r"secret|token|key|passw|passphrase|pwd|signature|session|auth|csrf|xsrf|credential|cookie|jwt|otp",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(
    r"(?:sk_|pk_|rk_|whsec_|rg_live_|rg_test_|gh[pousr]_|github_pat_|glpat-|xox[a-z]?-?|AKIA|sk-)[A-Za-z0-9_\-+/=.]{8,}"
    r"|eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?"
)
_PAIR = re.compile(r"(?P<name>[\w.\-%\[\]]{1,64})(?P<sign>=|%3D)(?P<value>[^&;,\s#]+)", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/?#@\s]+(?=@)")
_SCHEME = re.compile(r"(Bearer|Basic|Digest|Token|Negotiate|ApiKey)\s+\S", re.IGNORECASE)


def mask(name: str, value: str) -> str:
    """The value of a header, cookie or parameter as it may be shown.

    A name that speaks of a secret hides the whole value (an `Authorization` keeps its scheme, a `Cookie` its
    names); elsewhere only what looks like a key goes: known prefixes, `token=…` inside a URL, a password before
    its `@`.
    """
    folded = name.lower()
    if folded == "cookie":
        return "; ".join(_masked_pair(part) for part in value.split(";"))
    if folded == "set-cookie":
        return _masked_pair(value.partition(";")[0])
    if _SECRET_NAME.search(name):
        scheme = _SCHEME.match(value) if "authorization" in folded else None
        return f"{scheme[1]} {DOTS}" if scheme else DOTS if value else ""
    return mask_text(value)


def mask_text(text: str) -> str:
    """Free text without what looks like a secret in it."""
    text = _LOGIN.sub(DOTS, _SECRET_VALUE.sub(DOTS, text))
    return _PAIR.sub(lambda pair: pair[0] if not _SECRET_NAME.search(pair["name"]) else _hidden(pair), text)


def _hidden(pair: "re.Match[str]") -> str:
    return f"{pair['name']}{pair['sign']}{DOTS}"


def _masked_pair(part: str) -> str:
    name, sign, _ = part.strip().partition("=")
    return f"{name}={DOTS}" if sign else DOTS
