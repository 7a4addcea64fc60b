"""Turns a delivery that only asks whether somebody is there into the answer that the provider expects."""

import hmac
import json
from dataclasses import replace
from typing import Any

from routegen.webhooks.incoming import at, text_of
from routegen.webhooks.keys import Secrets, key_of, usable
from routegen.webhooks.registry import find
from routegen.webhooks.result import Answer, Verified
from routegen.webhooks.scheme import Handshake, Scheme
from routegen.webhooks.template import Token, parse


def handshake(
    provider: str | Scheme, verified: Verified | None, *, secrets: Secrets = None, method: str = "POST"
) -> Answer | None:
    """The answer to a handshake, or None when this is an ordinary delivery.

    Args:
        provider: a name, an alias or a scheme.
        verified: the delivery. None for a request that was not verified: then only those that providers send
            unsigned are answered (Intercom's HEAD), and they give nothing away.
        secrets: as for `verify`; the one that fitted answers Zoom's challenge.
        method: the request's method.
    """
    scheme = find(provider) if isinstance(provider, str) else provider
    for shake in scheme.handshakes:
        if shake.method:
            if shake.method == method and verified is None:
                return Answer(shake.status)
        elif verified is not None and shake.type == verified.type:
            return _answer(shake, scheme, verified, secrets)
    return None


def _answer(shake: Handshake, scheme: Scheme, verified: Verified, secrets: Secrets) -> Answer:
    if shake.json is None:
        return replace(verified.answer, status=shake.status)
    content = {name: _filled(value, scheme, verified, secrets) for name, value in shake.json.items()}
    return Answer(shake.status, json.dumps(content).encode())


def _filled(value: object, scheme: Scheme, verified: Verified, secrets: Secrets) -> Any:
    """A member of the answer: a template of text, or a value as it is."""
    if not isinstance(value, str):
        return value

    def resolve(token: Token) -> bytes | None:
        found = text_of(at(verified.payload, token.argument))
        if token.kind == "hmac" and found is not None:
            return _keyed(found, scheme, verified, secrets)
        return found if token.kind == "json" else None

    return (parse(value).render(resolve) or b"").decode("utf-8", "replace")


def _keyed(text: bytes, scheme: Scheme, verified: Verified, secrets: Secrets) -> bytes | None:
    """Hex HMAC-SHA256 of a text with the secret that the delivery was signed with."""
    given = dict(usable(secrets)).get(verified.secret_index)
    signature = next((s for s in scheme.signatures if s.name == verified.signature), None)
    key = key_of(signature, given) if signature is not None and given is not None else None
    return hmac.digest(key, text, "sha256").hex().encode() if key is not None else None


def accepted(provider: str | Scheme) -> Answer:
    """The answer that tells the provider to count a delivery as delivered: always the status it takes."""
    scheme = find(provider) if isinstance(provider, str) else provider
    return scheme.delivery.accepted
