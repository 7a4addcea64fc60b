"""Sends events of a provider to a handler, signed as the provider signs: new ones, kept ones, and handshakes."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from routegen import deliveries
from routegen.errors import UsageError
from routegen.lab import events
from routegen.lab.keys import environment
from routegen.lab.post import Answer, post
from routegen.lab.verdict import Verdict, judge
from routegen.webhooks import Outgoing, Scheme, compose, encode, handshake, verify
from routegen.webhooks.handshakes import Answer as Expected

_GRACE = 2.0
"""Seconds past the provider's deadline that an answer is waited for, so that a late one is seen to be late."""


@dataclass(frozen=True, slots=True)
class Line:
    """Everything that is the same for all deliveries of one command.

    `verifying` is what the handler verifies with, where that is not the `secret` itself.
    """

    root: Path
    scheme: Scheme
    secret: str
    url: str
    verifying: str = ""

    @property
    def signed_url(self) -> str:
        """The URL that is signed: as it is registered with the provider, else the one that is called."""
        registered = (
            environment(self.root).get(self.scheme.url_variable, "") if self.scheme.url_variable else ""
        )
        return registered or self.url

    @property
    def timeout(self) -> float:
        """How long an answer is waited for."""
        deadline = self.scheme.delivery.deadline
        return deadline + _GRACE if deadline is not None else 30.0

    def sign(self, body: bytes, event: str, key: str, *, now: float | None = None) -> Outgoing:
        """The request that the provider would send with this body."""
        return compose(
            self.scheme,
            body=body,
            secret=self.secret,
            url=self.signed_url,
            event=event or None,
            id=key or None,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery, the answer, and what the provider thinks of it; `number` is where it is kept."""

    event: str
    request: Outgoing
    answer: Answer
    verdict: Verdict
    number: int = 0


def send(line: Line, event: str, settings: Sequence[str] = ()) -> Sent:
    """Send one new event.

    Raises:
        UsageError: there is no such sample, or a setting makes no sense.
        RoutegenError: the secret is none for this provider.
    """
    payload = events.change(events.renew(line.scheme, events.sample(line.scheme, event)), settings)
    key = str(uuid.uuid4())
    return deliver(line, line.sign(encode(line.scheme, payload), event, key), event, key)


def replay(line: Line, kept: deliveries.Kept) -> Sent:
    """Send a kept delivery again, signed anew: the same id and body, with the time of now."""
    return deliver(line, line.sign(kept.body, kept.event, kept.key), kept.event, kept.key)


def deliver(line: Line, request: Outgoing, event: str, key: str) -> Sent:
    """Send a request, judge the answer, and keep both."""
    url = request.url if request.url is not None and request.url.startswith(line.url) else line.url
    now = time.time()
    answer = post(request, url, timeout=line.timeout)
    sent = Sent(event, request, answer, judge(line.scheme, answer))
    kept = deliveries.Kept(
        provider=line.scheme.name,
        event=event,
        key=key,
        method=request.method,
        url=url,
        headers=request.headers,
        body=request.body,
        at=now,
        status=answer.status,
        seconds=answer.seconds,
        answer=answer.body,
    )
    return replace(sent, number=deliveries.keep(line.root, kept))


def shake_hands(line: Line) -> list[Sent]:
    """Do every handshake of the provider, and compare the answers with what it expects.

    Raises:
        UsageError: this provider has no handshake.
    """
    if not line.scheme.handshakes:
        raise UsageError(
            f"{line.scheme.title} shakes no hands", hint=f"try `routegen webhook send {line.scheme.name} ...`"
        )
    return [_shake(line, shake.type, shake.method) for shake in line.scheme.handshakes]


def _shake(line: Line, event: str, method: str) -> Sent:
    if method:
        request = Outgoing(method, line.url, {}, b"")
        expected = handshake(line.scheme, None, method=method)
        return _compared(line, deliver(line, request, f"({method})", ""), expected)
    key = str(uuid.uuid4())
    payload: Any = events.sample(line.scheme, event)
    request = line.sign(encode(line.scheme, payload), event, key)
    verified = verify(
        line.scheme,
        headers=request.headers,
        body=request.body,
        secrets=line.verifying or line.secret,
        url=line.signed_url,
    )
    expected = handshake(line.scheme, verified or None, secrets=line.verifying or line.secret)
    return _compared(line, deliver(line, request, event, key), expected)


def _compared(line: Line, sent: Sent, expected: Expected | None) -> Sent:
    """The delivery, judged by what the provider expects to read in the answer as well."""
    if expected is None or sent.answer.status is None:
        return sent
    wanted = f"{expected.status} {expected.body.decode('utf-8', 'replace')}".strip()
    if sent.answer.status != expected.status or not _same(sent.answer.body, expected.body):
        return replace(sent, verdict=Verdict(False, f"{line.scheme.title} expects {wanted}"))
    return replace(sent, verdict=Verdict(True, f"{line.scheme.title} got what it expects"))


def _same(given: bytes, wanted: bytes) -> bool:
    """Whether two bodies are the same, as JSON where they are that."""
    import json

    try:
        return json.loads(given) == json.loads(wanted)
    except ValueError:
        return not wanted or given == wanted
