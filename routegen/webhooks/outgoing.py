"""Turns an event and a secret into the request that a provider would send: for tests, and for trying a handler."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlencode

from routegen.errors import RoutegenError, UsageError
from routegen.webhooks import asymmetric, digests
from routegen.webhooks.incoming import FORM, at, parse_form, parse_json, raw, text_of
from routegen.webhooks.keys import Secrets, key_of, usable
from routegen.webhooks.registry import find
from routegen.webhooks.scheme import Scheme, Signature
from routegen.webhooks.template import Template, Token
from routegen.webhooks.urls import decoded, twilio_parameters


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as a provider would send it."""

    method: str
    url: str | None
    headers: dict[str, str]
    body: bytes = field(repr=False)


def sign(
    provider: str | Scheme,
    *,
    body: bytes,
    secret: str | bytes,
    now: float | None = None,
    url: str | None = None,
    method: str = "POST",
    event: str | None = None,
    id: str | None = None,
) -> dict[str, str]:
    """The headers that a provider sends with `body`.

    Args:
        provider: a name, an alias, or one way to sign (`hubspot:v1`); or a scheme.
        secret: the shared secret; the private key where the provider signs with one.
        now: when it is signed, in seconds since 1970; the clock's when not given.
        url: the URL that is called, where it is signed.
        event: the event type, for the header that tells it; by default what the body says.
        id: the id, for the header that tells it; by default made of the body, so that the same body has the same.

    Raises:
        UsageError: this provider signs inside the body (Mailgun) or in the URL (Twilio's JSON): use `compose`.
        RoutegenError: the secret is none for this provider, or the URL is missing.
    """
    sent = compose(
        provider, body=body, secret=secret, now=now, url=url, method=method, event=event, id=id, stamp=False
    )
    return sent.headers


def compose(
    provider: str | Scheme,
    *,
    body: bytes | Mapping[str, Any] | list[Any],
    secret: str | bytes,
    now: float | None = None,
    url: str | None = None,
    method: str = "POST",
    event: str | None = None,
    id: str | None = None,
    stamp: bool = True,
) -> Outgoing:
    """The whole request that a provider sends: like `sign`, with the times and signatures that go into the body.

    Args:
        body: bytes, or a payload (such as one of `Scheme.events`) to be encoded as the provider does.
        stamp: whether times and signatures may be set in the body; without, bytes are sent as they are.

    Raises:
        UsageError: `stamp` is off and the provider signs nowhere else.
        RoutegenError: the secret is none for this provider, or the URL is missing.
    """
    scheme = find(provider) if isinstance(provider, str) else provider
    signature, key = _chosen(scheme, secret)
    encoded = body if isinstance(body, bytes) else encode(scheme, body)
    clock = time.time() if now is None else now
    letter = _Letter(scheme, signature, key, encoded, clock, url, method, event, id)
    if not stamp and signature.body:
        raise UsageError(
            f"`{scheme.name}` signs inside the body", hint="use `webhooks.compose`, which sets it"
        )
    return letter.sent(stamp=stamp)


def encode(scheme: Scheme, payload: Mapping[str, Any] | list[Any]) -> bytes:
    """A payload as the provider encodes it: compact JSON (one event of a batch in a list), or a urlencoded form."""
    if scheme.content_type.encode() == FORM and isinstance(payload, Mapping):
        return urlencode({name: str(value) for name, value in payload.items()}).encode()
    if scheme.batch and isinstance(payload, Mapping):
        payload = [payload]
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _chosen(scheme: Scheme, secret: Secrets) -> tuple[Signature, bytes]:
    """The first way to sign that the secret is a key for; a private key stands where a public one verifies."""
    for signature in scheme.signatures:
        for _, given in usable(secret):
            key = _private(signature, given) if signature.key == "public" else key_of(signature, given)
            if key is not None and not signature.legacy:
                return signature, key
    raise RoutegenError(f"the secret is none that `{scheme.name}` signs with", hint=f"see {scheme.docs}")


def _private(signature: Signature, given: bytes) -> bytes | None:
    """A private key: `whsk_…` where public ones are `whpk_…` (Standard Webhooks), else any."""
    if not signature.key_prefix:
        return given
    label = signature.key_prefix.replace("pk_", "sk_").encode()
    return given.removeprefix(label) if given.startswith(label) else None


@dataclass(frozen=True, slots=True)
class _Letter:
    """A request in the making."""

    scheme: Scheme
    signature: Signature
    key: bytes
    body: bytes
    now: float
    url: str | None
    method: str
    event: str | None
    id: str | None

    def sent(self, *, stamp: bool) -> Outgoing:
        letter = self._addressed(stamp=stamp)
        if stamp and letter.signature.stamp:
            letter = letter._stamped(signed=False)
        message = letter.signature.signed.render(letter._value)
        if message is None:
            raise RoutegenError(
                f"`{self.scheme.name}` signs `{letter.signature.signed.text}`, and a part of it is missing",
                hint="give the `url`, or a body with what is signed",
            )
        text = letter._signature(message)
        if stamp and letter.signature.body:
            letter = letter._stamped(signed=True, text=text)
        return Outgoing(letter.method, letter.url, letter._headers(text), letter.body)

    def _addressed(self, *, stamp: bool) -> "_Letter":
        """With the hash of a body that is no form in the URL, as Twilio does."""
        if not self.signature.signed.mentions("params") or self.url is None or "bodySHA256=" in self.url:
            return self
        if not self.body or self._is_form():
            return self
        if not stamp:
            raise UsageError(
                f"`{self.scheme.name}` signs this body in the URL", hint="use `webhooks.compose`"
            )
        mark = "&" if "?" in self.url else "?"
        return replace(self, url=f"{self.url}{mark}bodySHA256={hashlib.sha256(self.body).hexdigest()}")

    def _stamped(self, *, signed: bool, text: bytes = b"") -> "_Letter":
        """With the values of `stamp` set in the body: those that need the signature, or those that do not."""
        payload = parse_json(self.body)
        if not isinstance(payload, dict):
            raise RoutegenError(
                f"`{self.scheme.name}` sends JSON objects, the body is none", hint="give an object"
            )
        for path, template in self.signature.stamp.items():
            if template.mentions("signature") is signed:
                value = template.render(
                    lambda token: text if token.kind == "signature" else self._value(token)
                )
                _set(cast("dict[str, Any]", payload), path, (value or b"").decode())
        return replace(self, body=encode(self.scheme, cast("dict[str, Any]", payload)))

    def _signature(self, message: bytes) -> bytes:
        if self.signature.algorithm in digests.SYMMETRIC:
            return digests.expected(self.signature, self.key, message)
        signed = asymmetric.sign(self.signature.algorithm, self.key, message)
        return digests.encode(signed, self.signature.encoding)

    def _headers(self, text: bytes) -> dict[str, str]:
        found = {
            "Content-Type": "application/x-www-form-urlencoded" if self._is_form() else "application/json"
        }
        for name, template in self.signature.send.items():
            value = template.render(lambda token: text if token.kind == "signature" else self._value(token))
            if value is not None:
                found[name] = value.decode("latin-1")
        return found

    def _is_form(self) -> bool:
        """Whether the body is sent as a form: the provider sends forms, and it is no JSON object or list."""
        is_json = isinstance(parse_json(self.body), (dict, list))
        return self.scheme.content_type.encode() == FORM and not is_json

    def _value(self, token: Token) -> bytes | None:
        match token.kind:
            case "body":
                return self.body
            case "timestamp":
                return str(int(self.now * self.signature.unit)).encode()
            case "id":
                return self._id().encode()
            case "type":
                return self.event.encode() if self.event else self._first(self.scheme.types)
            case "secret":
                return self.key
            case "method":
                return raw(self.method)
            case "header":
                return self._header(token.argument)
            case "json":
                return text_of(at(self._first_item(), token.argument))
            case "url" | "decoded-url" | "params" if self.url is not None:
                return self._of_url(token.kind, self.url)
            case _:
                return None

    def _of_url(self, kind: str, url: str) -> bytes | None:
        if kind == "params":
            return twilio_parameters(url, self.body, parse_form(self.body) if self._is_form() else None)
        return (decoded(url) if kind == "decoded-url" else url).encode("utf-8", "replace")

    def _header(self, name: str) -> bytes | None:
        template = self.signature.send.get(name)
        return template.render(self._value) if template is not None else None

    def _id(self) -> str:
        if self.id is not None:
            return self.id
        return str(uuid.UUID(bytes=hashlib.sha256(self.body).digest()[:16], version=4))

    def _first(self, templates: tuple[Template, ...]) -> bytes | None:
        """What the body says: headers are what is being made."""
        inside = [t for t in templates if not t.mentions("header")]
        return next((value for t in inside if (value := t.render(self._value)) is not None), None)

    def _first_item(self) -> Any:
        payload: Any = dict(parse_form(self.body) or ()) if self._is_form() else parse_json(self.body)
        if self.scheme.batch and isinstance(payload, list) and payload:
            return cast("list[Any]", payload)[0]
        return cast("Any", payload)


def _set(payload: dict[str, Any], path: str, text: str) -> None:
    """Set the value at a dotted path; digits become a number where a number stood."""
    *above, last = path.split(".")
    for key in above:
        inner = payload.setdefault(key, {})
        payload = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
    payload[last] = int(text) if isinstance(payload.get(last), int) and text.isdigit() else text
