"""Watches a project's folder and hands each batch of changes to the reloader."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, awatch  # pyright: ignore[reportUnknownVariableType]

from routegen.server.modules import SETTLE
from routegen.server.reload import Reloader

_IGNORED_ANYWHERE = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", "site-packages"}
)
_IGNORED_AT_TOP = _IGNORED_ANYWHERE | {".routegen", "data", "dist", "build", ".idea", ".vscode"}
_NO_SOURCE = re.compile(r"(\.py[cod]|\.sw.|~|\.tmp|\.db(-wal|-shm|-journal)?)$|/(\.#|4913$)")
_STEP = 10  # ms of quiet that end a batch
_UNTIL_WATCHING = (0.3, 1.0)
"""Seconds after which the disk is looked at once more: the watcher does not say when it has begun to see changes."""

_DEBOUNCE = 100  # ms after which a batch ends although changes keep coming


async def watch(reloader: Reloader, stop: asyncio.Event) -> None:
    """Reload on every change until `stop` is set."""
    root = reloader.app.project.root
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        folders = _folders(root)
        for pause in _UNTIL_WATCHING:
            loop.call_later(pause, reloader.catch_up)
        async for changes in _changes(root, folders, stop):
            waiting = reloader.batch([(change.raw_str(), file) for change, file in sorted(changes)])
            if waiting:
                loop.call_later(SETTLE, reloader.settle, waiting)
            if _folders(root) != folders:  # a new folder beside `app` is watched too
                break


def _folders(root: Path) -> set[Path]:
    """The folders to watch with all below them. Virtual environments and the like hold thousands of folders, each of
    which would cost a watch."""
    return {entry for entry in root.iterdir() if entry.is_dir() and entry.name not in _IGNORED_AT_TOP}


def _counts(root: Path, file: str) -> bool:
    """Whether a change is one of the project's sources, and no cache, database or editor's leftover."""
    parts = file.removeprefix(str(root)).strip("/").split("/")
    return (
        parts[0] not in _IGNORED_AT_TOP
        and _IGNORED_ANYWHERE.isdisjoint(parts)
        and not any(part.startswith(".") and part.endswith("_cache") for part in parts)
        and _NO_SOURCE.search(file) is None
    )


async def _changes(
    root: Path, folders: set[Path], stop: asyncio.Event
) -> AsyncIterator[set[tuple[Change, str]]]:
    """Batches of changes: in the root itself, and in everything below `folders`."""
    queue: asyncio.Queue[set[tuple[Change, str]]] = asyncio.Queue()
    ended = asyncio.Event()

    async def pump(*paths: Path, recursive: bool) -> None:
        async for changes in awatch(
            *paths,
            watch_filter=lambda _change, file: _counts(root, file),
            recursive=recursive,
            step=_STEP,
            debounce=_DEBOUNCE,
            stop_event=ended,
        ):
            await queue.put(changes)

    tasks = [asyncio.create_task(pump(root, recursive=False))]
    if folders:
        tasks.append(asyncio.create_task(pump(*sorted(folders), recursive=True)))
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            getting = asyncio.create_task(queue.get())
            await asyncio.wait({getting, stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                return
            yield getting.result()
    finally:
        ended.set()
        stopping.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
