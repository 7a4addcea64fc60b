"""Runs a volley against a handler, with a server that may be killed meanwhile, and gives the verdict."""

import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from routegen.lab.forge import GENUINE, Shot, Volley, payloads
from routegen.lab.post import post
from routegen.lab.send import Line
from routegen.lab.server import OwnServer
from routegen.lab.verdict import judge

if TYPE_CHECKING:
    from routegen.lab.ledger import Entry, Ledger

_PAUSE = 0.2


@dataclass(slots=True)
class Outcome:
    """What came of a run. `lost`, `twice` and `kept` are None where nothing keeps account of events.

    `unanswered` are genuine events that were never acknowledged; `accepted` counts forged deliveries that were, by
    kind, and `kept` those that an inbox has, whatever was answered; `broke` counts answers of 500 and above to forged
    ones. `reasons` says why events were lost. `twice` counts the marks that are committed together with what effects
    write with their session; `again` are the events whose effects were begun more than once, so that what those do
    outside of it (mail, another session) may have happened again.
    """

    events: int = 0
    deliveries: int = 0
    kills: int = 0
    unanswered: list[str] = field(default_factory=list[str])
    late: int = 0
    forged: Counter[str] = field(default_factory=Counter[str])
    accepted: Counter[str] = field(default_factory=Counter[str])
    broke: int = 0
    lost: int | None = None
    twice: int | None = None
    kept: int | None = None
    again: int = 0
    reasons: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0
    out_of_time: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing was lost, nothing applied twice, and nothing forged let in."""
        return not (
            self.unanswered
            or self.late
            or self.accepted
            or self.broke
            or self.lost
            or self.twice
            or self.kept
            or self.out_of_time
        )


def run(
    line: Line,
    volley: Volley,
    *,
    jobs: int = 8,
    limit: float = 60.0,
    server: OwnServer | None = None,
    kills: int = 0,
    ledger: "Ledger | None" = None,
) -> Outcome:
    """Make all deliveries of a volley, `jobs` at once, within `limit` seconds.

    With `server` it is killed `kills` times on the way and started again; genuine deliveries are then tried until
    they are acknowledged, as providers do. With a `ledger` the effects of what was acknowledged are waited for.
    """
    match = _Match(line, volley, time.monotonic() + limit, server, kills)
    started = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(match.shoot, volley.shots))
    outcome = match.outcome
    outcome.events = len(volley.ids)
    outcome.unanswered = sorted(volley.ids - match.acknowledged)
    if ledger is not None:
        _audit(outcome, volley, match.acknowledged, ledger.settled(match.acknowledged, match.end))
    outcome.seconds = time.monotonic() - started
    return outcome


def _audit(
    outcome: Outcome, volley: Volley, acknowledged: Collection[str], entries: "Collection[Entry]"
) -> None:
    """Judge by what the inbox has of the run."""
    from routegen.lab.ledger import applied, reasons

    times = applied(entries)
    lost = [id for id in acknowledged if not times[id]]
    outcome.lost, outcome.reasons = len(lost), reasons(entries, lost)
    outcome.again = sum(entry.state == "done" and entry.attempts > 1 for entry in entries)
    outcome.twice = sum(1 for number in times.values() if number > 1)
    genuine, forged = payloads(volley, forged=False), payloads(volley, forged=True)
    outcome.kept = sum(1 for entry in entries if entry.payload in forged - genuine)


class _Match:
    """The state that the senders share."""

    def __init__(self, line: Line, volley: Volley, end: float, server: OwnServer | None, kills: int) -> None:
        self.line = line
        self.end = end
        self.server = server
        self.outcome = Outcome()
        self.acknowledged: set[str] = set()
        total = len(volley.shots)
        self._kill_at = (
            {round(total * (place + 1) / (kills + 1)) for place in range(kills)} if server else set[int]()
        )
        self._done = 0
        self._lock = Lock()

    def shoot(self, shot: Shot) -> None:
        """Make one delivery, again and again where that is what the provider would do."""
        time.sleep(shot.delay)
        while time.monotonic() < self.end:
            if self._answered(shot):
                break
            time.sleep(_PAUSE)
        else:
            self.outcome.out_of_time = True
        with self._lock:
            self._done += 1
            if self.server is not None and self._done in self._kill_at:
                self.server.kill()
                self.outcome.kills += 1
                self.server.start()

    def _answered(self, shot: Shot) -> bool:
        """Make one attempt. Tells whether it was the last."""
        url = shot.request.url if (shot.request.url or "").startswith(self.line.url) else self.line.url
        answer = post(shot.request, url or self.line.url, timeout=self.line.timeout)
        verdict = judge(self.line.scheme, answer)
        with self._lock:
            self.outcome.deliveries += 1
            if shot.kind == GENUINE:
                return self._genuine(shot, answer.status, verdict.delivered)
            if answer.status is None and self.server is not None:
                return False  # the server is being started again
            self.outcome.forged[shot.kind] += 1
            if answer.status is not None and self.line.scheme.delivery.takes(answer.status):
                self.outcome.accepted[shot.kind] += 1
            self.outcome.broke += (answer.status or 0) >= 500
            return True

    def _genuine(self, shot: Shot, status: int | None, delivered: bool) -> bool:
        if delivered:
            self.acknowledged.add(shot.id)
        elif status is not None and self.line.scheme.delivery.takes(status):
            self.outcome.late += 1
        return delivered or self.server is None
