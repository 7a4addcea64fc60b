"""What comes out: a verified delivery, a rejection with a reason that is safe to log, an answer to a handshake."""

from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal[
    "no-secret",
    "no-signature",
    "malformed",
    "repeated-header",
    "no-url",
    "no-timestamp",
    "mismatch",
    "too-old",
    "in-future",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as data."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a delivery: its de-duplication id, its type (empty when it says none) and its payload."""

    id: str
    type: str
    payload: Any = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery that was signed with one of the secrets.

    Attributes:
        provider: the provider's name.
        id: the same at every attempt and never empty: what to de-duplicate by. Where the provider sends none it
            is `sha256:` and the hash of the body. A batch has the id of its only event, or that hash.
        type: the event type; of a batch the type of all its events, or `batch`.
        timestamp: when it was signed, in seconds since 1970; None where the provider does not say.
        payload: the body as JSON or as form fields; None when it is neither.
        events: the one event, or those of a batch.
        body: the raw bytes.
        signature: the name of the way it was signed.
        secret_index: which of the secrets fitted (not 0: the sender has not rotated yet).
        answer: what makes the provider count it as delivered.
    """

    provider: str
    id: str
    type: str
    timestamp: float | None
    payload: Any = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)
    body: bytes = field(repr=False)
    signature: str = ""
    secret_index: int = 0
    answer: Answer = field(repr=False, default=Answer(200))

    def __bool__(self) -> Literal[True]:
        return True


@dataclass(frozen=True, slots=True)
class Rejected:
    """A delivery that must not be believed. `reason` holds nothing of the sender's, no secret and no signature."""

    reason: str
    code: Code

    def __bool__(self) -> Literal[False]:
        return False
