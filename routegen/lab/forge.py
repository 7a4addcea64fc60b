"""Makes the deliveries of a chaos run: genuine ones, some twice, and forged ones that must not get in; in any order."""

import json
import random
import uuid
from dataclasses import dataclass, replace
from time import time
from typing import Any, cast

from routegen.lab import events
from routegen.lab.send import Line
from routegen.webhooks import Outgoing, Rejected, Verified, encode, verify
from routegen.webhooks.incoming import Incoming
from routegen.webhooks.pairs import new_keys

GENUINE = "genuine"
_PAST_TOLERANCE = 60


@dataclass(frozen=True, slots=True)
class Shot:
    """One delivery to be made after `delay` seconds. `id` is what its event is de-duplicated by."""

    kind: str
    event: str
    id: str
    key: str
    request: Outgoing
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Volley:
    """All deliveries of a run in their order, and the kinds of forgery that the provider's scheme cannot tell."""

    shots: tuple[Shot, ...]
    untellable: tuple[str, ...]

    @property
    def ids(self) -> set[str]:
        """The ids of the genuine events."""
        return {shot.id for shot in self.shots if shot.kind == GENUINE}


def volley(line: Line, *, count: int, duplicates: float, seed: int) -> Volley:
    """Make the deliveries: `count` genuine events, a share of them twice, and a fifth as many of each forgery."""
    rng = random.Random(seed)
    names = events.ordinary(line.scheme) or list(line.scheme.events)
    genuine = [_genuine(line, names[number % len(names)]) for number in range(count)]
    again = rng.sample(genuine, round(len(genuine) * min(duplicates, 1)))
    repeated = [replace(shot, request=_again(line, shot)) for shot in again]
    forged: list[Shot] = []
    untellable: list[str] = []
    for kind in ("tampered", "stale", "future", "wrong key", "unsigned"):
        made = [_forged(line, kind, rng.choice(genuine)) for _ in range(max(1, count // 5))]
        if any(shot is None or _verifies(line, shot) for shot in made):
            untellable.append(kind)
        else:
            forged += [shot for shot in made if shot is not None]
    shots = [*genuine, *repeated, *forged]
    rng.shuffle(shots)
    return Volley(tuple(replace(shot, delay=rng.uniform(0, 0.02)) for shot in shots), tuple(untellable))


def _genuine(line: Line, event: str) -> Shot:
    payload = events.renew(line.scheme, events.sample(line.scheme, event))
    key = str(uuid.uuid4())
    request = line.sign(encode(line.scheme, payload), event, key)
    verified = _verified(line, request)
    return Shot(GENUINE, event, verified.id if verified else key, key, request)


def _again(line: Line, shot: Shot) -> Outgoing:
    """The second attempt of a provider: the same event, signed a moment later."""
    return line.sign(shot.request.body, shot.event, shot.key, now=time() + 1)


def payloads(volley: Volley, *, forged: bool) -> set[str]:
    """The events in the genuine or the forged deliveries, each as an inbox keeps it."""
    found: set[str] = set()
    for shot in volley.shots:
        if (shot.kind != GENUINE) is forged:
            payload = Incoming(shot.request.headers, shot.request.body, None, shot.request.method).payload
            items = cast("list[Any]", payload) if isinstance(payload, list) else [payload]
            found |= {json.dumps(item) for item in items}
    return found


def _forged(line: Line, kind: str, shot: Shot) -> Shot | None:
    """A delivery that must not be believed; None where the scheme has nothing to break."""
    request = shot.request
    signature = line.scheme.signatures[0]
    if kind == "tampered":
        return replace(shot, kind=kind, request=replace(request, body=_tampered(request.body)))
    if kind == "wrong key":
        other = replace(line, secret=new_keys(line.scheme).signing)
        return replace(shot, kind=kind, request=other.sign(request.body, shot.event, shot.key))
    if kind == "unsigned":
        headers = {name: v for name, v in request.headers.items() if name.lower() != signature.header.lower()}
        return (
            replace(shot, kind=kind, request=replace(request, headers=headers)) if signature.header else None
        )
    if signature.tolerance is None:
        return None
    away = signature.tolerance + _PAST_TOLERANCE
    now = time() + (away if kind == "future" else -away)
    return replace(shot, kind=kind, request=line.sign(request.body, shot.event, shot.key, now=now))


def _tampered(body: bytes) -> bytes:
    """The body with one letter or digit in its middle changed, which leaves JSON what it is."""
    for place in range(len(body) // 2, len(body)):
        if body[place : place + 1].isalnum():
            other = b"b" if body[place : place + 1].isalpha() else b"7"
            other = (
                other if body[place : place + 1] != other else other.translate(bytes.maketrans(b"b7", b"c8"))
            )
            return body[:place] + other + body[place + 1 :]
    return body + b" "


def _verified(line: Line, request: Outgoing) -> Verified | Rejected:
    return verify(
        line.scheme,
        headers=request.headers,
        body=request.body,
        secrets=line.verifying or line.secret,
        url=line.signed_url,
        method=request.method,
    )


def _verifies(line: Line, shot: Shot) -> bool:
    """Whether even the right verifier lets this one in: then it is no forgery for this provider."""
    return bool(_verified(line, shot.request))
