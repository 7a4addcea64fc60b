"""Reads from the inbox of a project what became of events: the account by which a chaos run is judged."""

# ruff: noqa: TID253 - only code that works on the database imports this module
import asyncio
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from routegen.database.url import VARIABLE, parse
from routegen.inbox.connections import Connections
from routegen.inbox.table import INBOX
from routegen.lab.keys import environment

_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the inbox keeps it."""

    id: str
    state: str
    attempts: int
    error: str
    payload: str


class Ledger:
    """The events of a provider that came in since it was opened, in the database that the project's server uses.

    Raises:
        BehindError: there is no such database, it does not answer, or it lacks the table of the inbox.
    """

    def __init__(self, root: Path, provider: str) -> None:
        named = environment(root).get(VARIABLE, "").strip()
        self._connections = Connections(root, parse(named, root) if named else None)
        self._provider = provider
        query = select(func.max(INBOX.c.id))
        self._before: int = asyncio.run(self._connections.read(lambda c: c.scalar(query))) or 0

    def settled(self, ids: Collection[str], end: float) -> list[Entry]:
        """What is kept once none of these events waits any more, or at `end` of the monotonic clock."""
        while True:
            found = asyncio.run(self._connections.read(self._entries))
            waiting = any(entry.state == "pending" and entry.id in ids for entry in found)
            if not waiting or time.monotonic() > end:
                return found
            time.sleep(_PAUSE)

    def _entries(self, connection: Connection) -> list[Entry]:
        facts = INBOX.c.event_id, INBOX.c.state, INBOX.c.attempts
        columns = *facts, func.coalesce(INBOX.c.error, ""), INBOX.c.payload
        query = select(*columns).where(INBOX.c.id > self._before, INBOX.c.provider == self._provider)
        return [Entry(*row) for row in connection.execute(query)]


def applied(entries: Collection[Entry]) -> Counter[str]:
    """How often the effects of each event were applied, by the marks that are committed with what effects write."""
    return Counter(entry.id for entry in entries if entry.state == "done")


def reasons(entries: Collection[Entry], ids: Collection[str]) -> Counter[str]:
    """Why the effects of these events were not applied, as far as the inbox knows."""
    known = {entry.id: entry for entry in entries if entry.state != "done"}
    return Counter(_reason(known.get(id)) for id in ids)


def _reason(entry: Entry | None) -> str:
    if entry is None:
        return "answered, but not kept"
    error = entry.error.partition("\n")[0]
    if entry.state == "dead":
        return f"given up: {error}"
    return f"failed, and waits: {error}" if error else "kept, and waits for a worker"
