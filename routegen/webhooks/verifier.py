"""Turns a request and secrets into a verified delivery or a rejection, by the provider's table; it is total."""

import re
import time
from collections.abc import Iterator
from typing import Any, Final, cast

from routegen.webhooks import asymmetric, digests
from routegen.webhooks.incoming import Headers, Incoming, at, name_of, text_of
from routegen.webhooks.keys import Secrets, key_of, usable
from routegen.webhooks.registry import find
from routegen.webhooks.result import Event, Rejected, Verified
from routegen.webhooks.scheme import Scheme, Signature
from routegen.webhooks.template import Template, Token
from routegen.webhooks.urls import spellings

_MOST_ENTRIES: Final = 16
"""Signatures in one header that are looked at; providers send two or three while a secret is rotated."""

_CLOCKS: Final = {1: re.compile(rb"[0-9]{10}"), 1000: re.compile(rb"[0-9]{13}")}
"""Seconds have 10 digits from 2001 to 2286. Exactly so many, so that none can move between the clock and the body."""

_CHANGING: Final = ("url", "decoded-url", "params")


def verify(
    provider: str | Scheme,
    *,
    headers: Headers,
    body: bytes,
    secrets: Secrets,
    now: float | None = None,
    url: str | None = None,
    method: str = "POST",
) -> Verified | Rejected:
    """Whether a delivery was signed by the provider, lately, with one of the secrets.

    Args:
        provider: a name or alias (`stripe`, `svix`, `hubspot:v1` for one way to sign alone), or a scheme.
        headers: a mapping or pairs, in any case. A header that the scheme reads and that came twice is refused.
        body: the raw bytes as they came in; nothing else will verify.
        secrets: one or several; blank ones never verify. Public keys where the provider signs with a private one.
        now: seconds since 1970 to judge the age by, the clock's when not given.
        url: the URL that the provider called, for those that sign it (Twilio, Square, HubSpot).
        method: the request's method, for those that sign it (HubSpot).

    Raises:
        RoutegenError: there is no such provider, or `cryptography` is not installed. Never because of the
            delivery: whatever was sent gives an answer.
    """
    scheme = find(provider) if isinstance(provider, str) else provider
    given = usable(secrets)
    if not given:
        return Rejected("no secret is set, so nothing can be verified", "no-secret")
    incoming = Incoming(headers, body, url, method)
    clock = time.time() if now is None else now
    rejections: list[Rejected] = []
    for signature in scheme.signatures:
        if signature.legacy:
            continue
        attempt = _Attempt(signature, incoming, given, clock)
        outcome = attempt.outcome()
        if isinstance(outcome, int):
            return _verified(scheme, attempt, outcome)
        rejections.append(outcome)
    telling = [rejected for rejected in rejections if rejected.code != "no-signature"]
    return (telling or rejections or [Rejected("this provider signs in old ways only", "no-signature")])[0]


class _Attempt:
    """One signature of a scheme, tried on one delivery."""

    def __init__(
        self, signature: Signature, incoming: Incoming, secrets: tuple[tuple[int, bytes], ...], now: float
    ) -> None:
        self.signature = signature
        self.incoming = incoming
        self.secrets = secrets
        self.now = now
        self._read = False
        self._text: bytes | None = None

    def outcome(self) -> int | Rejected:
        """The place of the secret that fits, or why none does."""
        signature = self.signature
        for name in signature.send:
            if self.incoming.repeats(name):
                return Rejected(f"`{name}` was sent more than once", "repeated-header")
        sent = self._sent()
        if sent is None:
            return Rejected(f"{signature.place} is missing", "no-signature")
        given = self._entries(sent)
        if not given:
            return Rejected(f"{signature.place} holds no signature of a known form", "malformed")
        if (
            signature.timestamp is not None
            and signature.signed.mentions("timestamp")
            and self._clock() is None
        ):
            return Rejected("the timestamp is missing or malformed", "no-timestamp")
        if self.incoming.url is None and signature.signed.mentions(*_CHANGING):
            return Rejected("the URL is signed and was not given", "no-url")
        index = self._fitting(given)
        if index is None:
            return Rejected("the signature does not fit the body and a secret", "mismatch")
        too_far = self._too_far()
        return index if too_far is None else too_far

    def _sent(self) -> bytes | None:
        if self.signature.header:
            return self.incoming.header(self.signature.header)
        return text_of(at(self.incoming.payload, self.signature.body))

    def _entries(self, sent: bytes) -> list[bytes]:
        """The signatures in the header that have the prefix of this scheme."""
        split, prefix = self.signature.split.encode(), self.signature.prefix.encode()
        entries = sent.split(split, _MOST_ENTRIES)[:_MOST_ENTRIES] if split else [sent]
        return [e[len(prefix) :] for e in entries if e.startswith(prefix) and len(e) > len(prefix)]

    def _clock(self) -> bytes | None:
        """The provider's timestamp as it was sent, if it is one."""
        timestamp = self.signature.timestamp
        if timestamp is not None and not self._read:
            self._read = True
            text = timestamp.render(self._value)
            if text is not None and _CLOCKS[self.signature.unit].fullmatch(text):
                self._text = text
        return self._text

    def _fitting(self, given: list[bytes]) -> int | None:
        """The place of the first secret that one of the signatures was made with."""
        for index, secret in self.secrets:
            key = key_of(self.signature, secret)
            if key is None:
                continue
            for message in self._messages(key):
                if self._fits(key, message, given):
                    return index
        return None

    def _fits(self, key: bytes, message: bytes, given: list[bytes]) -> bool:
        """Whether one of the signatures is that of the message; a shared secret is applied once for them all."""
        signature = self.signature
        if signature.algorithm in digests.SYMMETRIC:
            wanted = digests.expected(signature, key, message)
            return any(digests.equal(wanted, one) for one in given)
        decoded = (digests.decode(one, signature.encoding) for one in given)
        return any(asymmetric.verify(signature.algorithm, key, message, one) for one in decoded if one)

    def _messages(self, key: bytes) -> Iterator[bytes]:
        """What may have been signed: one message, or one for each spelling of the URL."""
        url = self.incoming.url
        urls = spellings(url) if url is not None and self.signature.port_free else (url,)
        for spelling in urls:
            message = self.signature.signed.render(lambda token, u=spelling: self._value(token, u, key))
            if message is not None:
                yield message

    def _value(self, token: Token, url: str | None = None, key: bytes | None = None) -> bytes | None:
        if token.kind == "timestamp":
            return self._clock()
        if token.kind == "secret":
            return key
        if token.kind == "entry":
            return self._labelled(token.argument.encode())
        return self.incoming.value(token, url)

    def _labelled(self, label: bytes) -> bytes | None:
        """The value of the only entry that starts with `label`, such as `t=`."""
        sent = self.incoming.header(self.signature.header) or b""
        found = [e for e in sent.split(self.signature.split.encode()) if e.startswith(label)]
        return found[0][len(label) :] if len(found) == 1 else None

    def _too_far(self) -> Rejected | None:
        """Why the timestamp is not of now; None when it is, or when the provider sets no tolerance."""
        tolerance = self.signature.tolerance
        if tolerance is None:
            return None
        text = self._clock()
        if text is None:
            return Rejected("the timestamp is missing or malformed", "no-timestamp")
        age = self.now - int(text) / self.signature.unit
        if age > tolerance:
            return Rejected(f"it was signed more than {tolerance} seconds ago", "too-old")
        if age < -tolerance:
            return Rejected(f"it was signed more than {tolerance} seconds in the future", "in-future")
        return None

    def timestamp(self) -> float | None:
        """The provider's timestamp in seconds."""
        text = self._clock()
        return int(text) / self.signature.unit if text is not None else None


def claimed(scheme: Scheme, headers: Headers, body: bytes) -> tuple[str, str]:
    """What a delivery says of itself, whether it verifies or not: its event type, and the id that its headers tell."""
    incoming = Incoming(headers, body, None, "POST")
    sent = (name for s in scheme.signatures for name, value in s.send.items() if value.text == "{id}")
    key = next((found for name in sent if (found := incoming.header(name))), b"")
    return _type_of(_events(scheme, incoming)), name_of(key) or ""


def _verified(scheme: Scheme, attempt: _Attempt, secret_index: int) -> Verified:
    incoming = attempt.incoming
    events = _events(scheme, incoming)
    return Verified(
        provider=scheme.name,
        id=events[0].id if len(events) == 1 else incoming.digest,
        type=_type_of(events),
        timestamp=attempt.timestamp(),
        payload=incoming.payload,
        events=events,
        body=incoming.body,
        signature=attempt.signature.name,
        secret_index=secret_index,
        answer=scheme.delivery.accepted,
    )


def _type_of(events: tuple[Event, ...]) -> str:
    types = {event.type for event in events}
    return types.pop() if len(types) == 1 else "batch"


def _events(scheme: Scheme, incoming: Incoming) -> tuple[Event, ...]:
    payload = incoming.payload
    if scheme.batch and isinstance(payload, list):
        items = enumerate(cast("list[Any]", payload))
        return tuple(_event(scheme, incoming, item, f"#{place}") for place, item in items)
    return (_event(scheme, incoming, payload),)


def _event(scheme: Scheme, incoming: Incoming, item: Any, place: str = "") -> Event:
    found = _first(scheme.ids, incoming, item) or incoming.digest + place
    return Event(found, _first(scheme.types, incoming, item) or "", item)


def _first(templates: tuple[Template, ...], incoming: Incoming, item: Any) -> str | None:
    """The first of the templates that has a value in this event, or in the headers it came with."""

    def value(token: Token) -> bytes | None:
        if token.kind == "json":
            return text_of(at(item, token.argument))
        return incoming.header(token.argument) if token.kind == "header" else None

    return next((name for t in templates if (name := name_of(t.render(value)))), None)
