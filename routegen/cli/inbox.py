"""`routegen webhook work` and `routegen webhook inbox`: run the effects of events, and look after what is kept."""

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from routegen.cli import console
from routegen.cli.found import found_project
from routegen.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from routegen.inbox import Inbox, Row


def work() -> None:
    """Run the effects of events that were received, until it is stopped.

    As many of these as you like may run, on as many hosts; the servers' own workers are told to rest by
    `Inbox(..., in_server=False)` in lib/inbox.py. SIGTERM and Ctrl-C let running effects end.

    Example: routegen webhook work
    """
    asyncio.run(_work(_root()))


def look_after(
    action: Annotated[
        Literal["list", "show", "retry", "dead"],
        typer.Argument(
            metavar="[list|show|retry|dead]",
            help="List, show one, run again (one, or all dead ones), or give one up.",
        ),
    ] = "list",
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="Of the event.", show_default=False)
    ] = None,
    state: Annotated[
        Literal["all", "pending", "done", "dead"], typer.Option("--state", help="List these only.")
    ] = "all",
    limit: Annotated[int, typer.Option("--limit", help="List this many, the latest first.")] = 20,
) -> int:
    """Look after the events that were received: list, show, retry, dead.

    `dead` without a number lists those that were given up, `retry` without one runs them again.

    Example:

        routegen webhook inbox
        routegen webhook inbox show 12
        routegen webhook inbox retry 12
    """
    return asyncio.run(_inbox(_root(), action, number, state, limit))


def _root() -> Path:
    """The project that the current folder is in."""
    root = found_project().root
    if not any((root / "inbox").glob("*.py")):
        raise ProjectError(
            "this project has no inbox", hint="for example `routegen add webhook stripe --inbox`"
        )
    return root


async def _work(root: Path) -> None:
    from routegen.inbox.effects import load, running

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for inbox in load(root):
        await inbox.store.next_due()  # a database without the table is said once, not at every look
    async with running(root) as inboxes:
        count = sum(len(effects) for one in inboxes for effects in one.effects.values())
        console.note(f"working: {count} effects; Ctrl-C stops")
        await stop.wait()
        console.note("stopping: running effects may end")


async def _inbox(root: Path, action: str, number: int | None, state: str, limit: int) -> int:
    from routegen.inbox.effects import load

    inboxes = load(root)
    store = inboxes[0]
    if action == "show":
        _show(await _one(store, number))
    elif action == "retry":
        numbers = None if number is None else [(await _one(store, number)).number]
        console.note(f"{await store.store.retry(numbers)} to be run again")
    elif action == "dead" and number is not None:
        row = await _one(store, number)
        if not await store.store.bury(row.number, "given up by hand"):
            raise UsageError(
                f"event {number} is {row.state}, not waiting", hint="see `routegen webhook inbox`"
            )
        console.note(f"event {number} is given up")
    else:
        wanted = "dead" if action == "dead" else state
        await _list(store, None if wanted == "all" else wanted, limit)
    return 0


async def _one(inbox: "Inbox", number: int | None) -> "Row":
    if number is None:
        raise UsageError("which event?", hint="give its number, from `routegen webhook inbox`")
    found = await inbox.store.rows(number=number)
    if not found:
        raise UsageError(f"there is no event {number}", hint="see `routegen webhook inbox`")
    return found[0]


async def _list(inbox: "Inbox", state: str | None, limit: int) -> None:
    rows = await inbox.store.rows(state=state, limit=limit)  # pyright: ignore[reportArgumentType]
    cells = [("NUMBER", "STATE", "TRIES", "AGE", "PROVIDER", "TYPE", "ID")]
    cells += [
        (
            str(r.number),
            _state(r),
            str(r.attempts),
            console.age(r.received_at),
            r.provider,
            r.type or "-",
            r.event_id,
        )
        for r in rows
    ]
    console.table(cells)
    counts = await inbox.store.counts()
    console.note(", ".join(f"{counts[name]} {name}" for name in sorted(counts)) or "nothing was received yet")


def _state(row: "Row") -> str:
    if row.state == "pending" and row.claim is not None:
        return "running" if row.due_at > time.time() else "lost"
    return "failed" if row.state == "pending" and row.error else row.state


def _show(row: "Row") -> None:
    facts = {
        "number": row.number,
        "provider": row.provider,
        "account": row.account,
        "id": row.event_id,
        "type": row.type,
        "state": _state(row),
        "attempts": row.attempts,
        "received": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.received_at)),
    }
    for name, value in facts.items():
        if value != "":
            console.out(f"{name:<9} {value}")
    if row.error:
        console.out("\n".join(["", *row.error.splitlines()]))
    console.out("\n" + json.dumps(row.event.payload, indent=2))
