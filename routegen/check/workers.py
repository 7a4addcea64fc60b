"""Shares the files of a large check out among processes."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_CHUNK = 12
"""How many files are checked before it is said what was found in them."""

_FEW = 24
"""Fewer files are checked sooner than another process has started."""

_MOST = 8
"""More processes would each read again what the files import."""

Row = tuple[str, Any]
"""What was found in one file, as plain data: it goes through a pipe."""

Judge = Callable[[Sequence[Path]], Iterable[Row]]


def shared_out(files: Sequence[Path], judge: Judge) -> Iterator[Row]:
    """What `judge` finds in the files, in their order; it is given some at a time, in this process or another.

    Others are forked off, which takes along all that was read before: so only on Linux, where that is safe, and while
    no thread runs. What another process does not tell, because it was killed or failed, is found in this one.
    """
    count = _processes(len(files))
    size = min(_CHUNK, -(-len(files) // count)) if count else _CHUNK
    chunks = [files[start : start + size] for start in range(0, len(files), size)]
    with _forked(count, chunks, judge) as others:
        for number, chunk in enumerate(chunks):
            rows = _told_by(others[number % len(others)]) if others else None
            yield from judge(chunk) if rows is None else rows


def _processes(files: int) -> int:
    """How many processes check so many files: none but this one when they are few."""
    if sys.platform != "linux" or files < _FEW or not _is_alone():
        return 0
    cores = min(len(os.sched_getaffinity(0)), _MOST)
    return cores if cores > 1 else 0


def _is_alone() -> bool:
    """Whether no thread runs, also none that a library has started."""
    try:
        return len([*Path("/proc/self/task").iterdir()]) == 1
    except OSError:
        return False


@contextmanager
def _forked(count: int, chunks: Sequence[Sequence[Path]], judge: Judge) -> "Generator[list[Connection]]":
    """Where so many processes tell what they find, each in every `count`-th chunk; they end when nobody listens."""
    if not count:
        yield []
        return
    from multiprocessing import get_context

    fork = get_context("fork")
    ends: list[Connection] = []
    started: list[BaseProcess] = []
    try:
        with _uninterrupted():
            for number in range(count):
                ours, theirs = fork.Pipe(duplex=False)
                ends.append(ours)
                process = fork.Process(
                    target=_work, args=(chunks[number::count], judge, theirs, ends), daemon=True
                )
                process.start()
                started.append(process)
                theirs.close()
        yield ends
    finally:
        for end in ends:
            end.close()
        for process in started:
            process.join()


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Ctrl+C waits: halfway through a fork it would be a traceback, of this process or of the new one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    chunks: Sequence[Sequence[Path]], judge: Judge, told: "Connection", others: "list[Connection]"
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that listens hears it too, and goes
    for end in others:  # as long as one is open here, nobody would be missed who listens
        end.close()
    with suppress(Exception):  # it fails again in the other process, which says so
        for chunk in chunks:
            told.send([*judge(chunk)])


def _told_by(other: "Connection") -> list[Row] | None:
    """What another process found in the next files; None if it is no more."""
    try:
        return other.recv()
    except (EOFError, OSError):
        return None
