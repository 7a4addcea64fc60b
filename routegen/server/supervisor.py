"""Holds the socket for as long as a project is served, while processes that answer on it come and go.

The first worker runs in this very process, so that the server is up as soon as its imports are done. When a change
cannot be taken in without a new process, one is started beside it on the same socket; the old one answers until the
new one could. Then it takes no more connections, says so, and drains; only now the new one takes them, so that no
answer is older than one before it.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from routegen.project import find_project
from routegen.server.reporter import Reporter
from routegen.server.worker import Worker

_PATIENCE = 1.5  # seconds a child gets to end
_YIELD = 1.0  # seconds after which a process that does not say that it takes no more is not waited for


@dataclass(slots=True)
class _Child:
    """A worker in a process of its own. It is told what to do by lines on its standard input."""

    process: asyncio.subprocess.Process
    serving: bool = False
    takes_no_more: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, word: str) -> None:
        if self.process.stdin is not None and self.process.returncode is None:
            self.process.stdin.write(f"{word}\n".encode())


class Supervisor:
    """Serves a project in dev until a signal ends it.

    `command` is the argv that starts a child; the job (JSON) is appended to it.
    """

    def __init__(self, root: Path, sock: socket.socket, reporter: Reporter, command: Sequence[str]) -> None:
        self._root = root
        self._sock = sock
        self._reporter = reporter
        self._command = command
        # For the children: without what the project's `.env` says now, and may not say again
        self._environment = dict(os.environ)
        self._own: Worker | None = None
        self._children: list[_Child] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._starting = False
        self._again = False
        self._done = asyncio.Event()

    async def run(self, worker: Worker, ready: Callable[[], None]) -> None:
        """Serve with `worker` first, then with whatever replaces it, until a signal ends it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)
        self._own = worker
        await worker.run(self._sock, ready)
        self._own = None
        if self._children or self._starting:
            await self._done.wait()

    def restart(self, _reason: str) -> None:
        """Start another process; asked again while one is starting, do it once more afterwards."""
        self._again = self._starting
        if not self._starting and not self._stopping:
            self._starting = True
            self._background(self._start_child())

    async def _start_child(self) -> None:
        begun = time.perf_counter()
        reading, writing = os.pipe()
        job = json.dumps({"root": str(self._root), "socket": self._sock.fileno(), "control": writing})
        process = await asyncio.create_subprocess_exec(
            *self._command,
            job,
            stdin=asyncio.subprocess.PIPE,
            pass_fds=(self._sock.fileno(), writing),
            env=self._environment,
        )
        os.close(writing)
        child = _Child(process)
        self._children.append(child)
        async for line in await _read(reading):
            if line == b"ready\n":
                self._background(self._take_over(child))
            elif line == b"serving\n":
                self._in_service(child, (time.perf_counter() - begun) * 1000)
            elif line == b"takes no more\n":
                child.takes_no_more.set()
            else:
                self.restart(line.decode().strip())
        await process.wait()
        self._ended(child)

    async def _take_over(self, child: _Child) -> None:
        others = [other for other in self._children if other is not child]
        for other in others:
            other.tell("drain")
        if self._own is not None:
            self._own.take_no_more()
            self._background(self._own.drain())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_YIELD):
                for other in others:
                    await other.takes_no_more.wait()
        child.tell("serve")

    def _in_service(self, child: _Child, milliseconds: float) -> None:
        child.serving = True
        self._starting = False
        self._reporter.restarted(milliseconds)
        if self._again:
            self.restart("more changes came in")

    def _ended(self, child: _Child) -> None:
        self._children.remove(child)
        child.takes_no_more.set()
        if not child.serving:
            self._starting = False
            self._let_go_on()
        if not self._children and self._own is None and not self._starting:
            self._done.set()

    def _let_go_on(self) -> None:
        """A child did not come up: the process before it goes on, and may ask again with the next change."""
        if self._stopping:
            return
        self._reporter.restart_failed()
        if self._own is not None:
            self._own.reloader.restart_failed()
        for other in self._children:
            other.tell("go on")

    def _on_signal(self) -> None:
        if self._stopping:
            self._kill()
            os._exit(130)
        self._stopping = True
        if self._own is not None:
            self._own.stop()
        for child in self._children:
            child.tell("stop")
        self._background(self._insist())

    async def _insist(self) -> None:
        await asyncio.sleep(_PATIENCE)
        self._kill()

    def _kill(self) -> None:
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def work(job: str, make_reporter: Callable[[], Reporter]) -> None:
    """The whole life of a child process: serve on the inherited socket until told to drain or stop.

    Raises:
        RoutegenError: the project cannot be served.
    """
    facts = json.loads(job)
    control: int = facts["control"]
    sock = socket.socket(fileno=facts["socket"])
    sock.setblocking(False)  # `dup` would set the shared flag back otherwise, and block the other process
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the supervisor says what to do

    def say(line: str) -> None:
        with contextlib.suppress(OSError):
            os.write(control, f"{line}\n".encode())

    worker = Worker(
        find_project(Path(facts["root"])), make_reporter(), lambda reason: say(f"restart {reason}")
    )

    async def serve() -> None:
        turn = asyncio.Event()

        async def wait_for_turn() -> None:
            say("ready")
            await turn.wait()

        listening = asyncio.ensure_future(_obey(worker, turn, say))
        await worker.run(sock, lambda: say("serving"), wait_for_turn)
        listening.cancel()

    asyncio.run(serve())


async def _obey(worker: Worker, turn: asyncio.Event, say: Callable[[str], None]) -> None:
    async for line in await _read(0):
        if line == b"serve\n":
            turn.set()
        elif line == b"drain\n":
            worker.take_no_more()
            say("takes no more")
            await worker.drain()
        elif line == b"go on\n":
            worker.reloader.restart_failed()
        else:
            break
    worker.stop()  # told so, or the supervisor is gone


async def _read(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader
