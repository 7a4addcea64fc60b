"""Serves one project in this process, reloading in place, until it is told to drain or to stop."""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import uvicorn

from routegen.project import Project
from routegen.server.app import RouteApp
from routegen.server.database_check import look_at_database, make_missing_database
from routegen.server.deadline import DeadlineProtocol
from routegen.server.devapp import DevApp
from routegen.server.main_module import application_of, import_main
from routegen.server.modules import Modules
from routegen.server.reload import Reload, Reloader
from routegen.server.reporter import Reporter
from routegen.server.watch import watch

GRACE = 0.5  # seconds that open requests get at the end
_SETTLE = 0.5  # seconds after which every connection that was accepted is known
_DRAIN = 5.0  # seconds that open connections get to move to the next process
_IDLE = 0.3  # seconds after which whoever left a connection open is not about to use it


class QuietServer(uvicorn.Server):
    """Uvicorn without its own signal handling: who runs it decides when it listens, and when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def listen(self, sock: socket.socket) -> None:
        """Take connections from now on. The server was started without sockets."""

        def protocol() -> asyncio.Protocol:
            made: Any = self.config.http_protocol_class
            return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

        loop = asyncio.get_running_loop()
        self.servers.append(await loop.create_server(protocol, sock=sock, backlog=self.config.backlog))

    def take_no_more(self) -> None:
        """Leave new connections, and those that were left open, to another process."""
        loop = asyncio.get_running_loop()
        # asyncio resets a connection that it took in the very moment its listener closes: stop taking first
        for listener in self.servers:
            for sock in listener.sockets:
                loop.remove_reader(sock.fileno())
        for connection in list(self.server_state.connections):
            since: asyncio.TimerHandle | None = getattr(connection, "timeout_keep_alive_task", None)
            if since is not None and since.when() - self.config.timeout_keep_alive < loop.time() - _IDLE:
                connection.shutdown()


class Worker:
    """One process's share of serving: the application, its reloader and uvicorn."""

    def __init__(self, project: Project, reporter: Reporter, restart: Callable[[str], None]) -> None:
        self.reporter = reporter
        self._restart = restart
        message, hint = make_missing_database(project.root)
        if message:
            reporter.tell(message, hint)
        modules = Modules(project.root)
        modules.install()
        asgi_app = import_main(project)
        modules.take_in_main()
        self.application: RouteApp = application_of(asgi_app, project)
        self.application.dev = True
        self.reloader = Reloader(self.application, modules, self._report)
        self.application.start()
        self._app = DevApp(asgi_app, self.application, self.reloader, reporter)
        self._stop = asyncio.Event()
        self._server: QuietServer | None = None

    async def run(
        self,
        sock: socket.socket,
        serving: Callable[[], None],
        turn: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Serve on the socket until `stop` or the end of `drain`.

        When all is ready `turn` is waited for, then connections are taken, and `serving` is called.
        """
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        config = uvicorn.Config(
            self._app,
            http=DeadlineProtocol,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
        self._server = server = QuietServer(config)
        running = asyncio.create_task(server.serve(sockets=[]))
        while not server.started and not running.done():  # noqa: ASYNC110  (uvicorn has no event for it)
            await asyncio.sleep(0.002)
        watching: asyncio.Task[None] | None = None
        gc.freeze()
        gc.enable()
        if turn is not None:
            await asyncio.wait({running, asyncio.ensure_future(turn())}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await server.listen(sock.dup())
            serving()
            self._looking = asyncio.create_task(self._look_at_database())
            watching = asyncio.create_task(watch(self.reloader, self._stop))
        try:
            await running
        finally:
            self._stop.set()
            if watching is not None:
                await asyncio.wait({watching}, timeout=1)

    def stop(self) -> None:
        """End now: streams get their farewell, open requests a moment."""
        from routegen.respond import shutdown

        self._stop.set()
        shutdown()
        if self._server is not None:
            self._server.should_exit = True

    def take_no_more(self) -> None:
        """Leave whatever comes from now on to another process."""
        self._stop.set()
        self._app.draining = True
        if self._server is not None:
            self._server.take_no_more()

    async def drain(self) -> None:
        """Let another process take over, after `take_no_more`: answer what is open, then end."""
        server = self._server
        if server is None:
            return
        # Connections taken a moment ago are not known yet, or have not sent their request
        await asyncio.sleep(_SETTLE)
        for listener in server.servers:
            listener.close()
        waited = _SETTLE
        while server.server_state.connections and waited < _DRAIN:
            await asyncio.sleep(0.1)
            waited += 0.1
        self.stop()

    async def _look_at_database(self) -> None:
        message, hint = await asyncio.to_thread(look_at_database, self.application.project.root)
        if message:
            self.reporter.tell(message, hint)

    def _report(self, reload: Reload) -> None:
        self.reporter.reloaded(reload)
        for entry in reload.errors:
            if entry.error is not None:
                from routegen.server.dev.report import explain

                self.reporter.failed(explain(entry.error, self.application.project.root))
        if reload.restart:
            self._restart(reload.restart)


def _is_news(record: logging.LogRecord) -> bool:
    """Uvicorn logs every traceback of a handler in full; the reporter shows the user's own frame instead."""
    return not record.getMessage().startswith(("Exception in ASGI application", "Cancel "))


__all__: list[Any] = ["QuietServer", "Worker"]
