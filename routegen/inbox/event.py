"""What is kept of an event, as frozen values: one for effects, one for people."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["pending", "done", "dead"]


class GiveUp(Exception):
    """Raised by an effect that will never succeed: the event is set aside at once, with this reason."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose effects are to be run.

    Attributes:
        provider: who sent it.
        id: the provider's id of it, the same at every delivery.
        type: its type, such as `checkout.session.completed`.
        payload: the event as the provider sent it, parsed.
        account: whose event it is, where one handler receives for several.
        received_at: when it came in first, in seconds since 1970.
        attempt: 1 the first time.
    """

    provider: str
    id: str
    type: str
    payload: Any = field(repr=False)
    account: str = ""
    received_at: float = 0.0
    attempt: int = 1

    @property
    def key(self) -> str:
        """The idempotency key for effects outside of the database: the same at every attempt."""
        return ":".join(part for part in (self.provider, self.account, self.id) if part)


@dataclass(frozen=True, slots=True)
class Row:
    """An event as the inbox keeps it.

    Attributes:
        number: of the row.
        state: `pending` until its effects are done, or given up.
        attempts: how often its effects were begun.
        due_at: when they are run next; while they run, when another worker may take over.
        claim: the mark of the worker that runs them now.
        error: why the last attempt failed.
    """

    number: int
    provider: str
    account: str
    event_id: str
    type: str
    text: str = field(repr=False)
    state: State
    attempts: int
    received_at: float
    due_at: float
    claim: str | None
    done_at: float | None
    error: str | None

    @property
    def event(self) -> Event:
        """What effects are given of it."""
        payload = json.loads(self.text)
        return Event(
            self.provider, self.event_id, self.type, payload, self.account, self.received_at, self.attempts
        )
