"""`serve`, as a function: bind, import `main.py`, announce, answer until a signal ends it."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from routegen.project import Project
from routegen.server.reporter import Reporter
from routegen.server.sockets import bind, url_of
from routegen.server.supervisor import Supervisor
from routegen.server.worker import Worker


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What `routegen serve` was asked for. `port` 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8000
    strict_port: bool = False


def serve(
    project: Project,
    options: ServeOptions,
    reporter: Reporter,
    command: Sequence[str],
    opened: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the project in dev until a signal ends it.

    `command` starts a further process of this server, its job appended; `opened` is called with the URL once requests
    are answered.

    Raises:
        RoutegenError: the port or `main.py` is at fault.
    """
    sock = bind(options.host, options.port, strict=options.strict_port)
    supervisor = Supervisor(project.root, sock, reporter, command)
    worker = Worker(project, reporter, supervisor.restart)
    url = url_of(options.host, sock)

    noted = project.root / ".routegen" / "cache" / "server.json"

    def ready() -> None:
        _note(noted, url)
        reporter.announce(url, worker.application, options.port)
        opened(url)

    try:
        asyncio.run(supervisor.run(worker, ready))
    finally:
        with contextlib.suppress(OSError):
            noted.unlink(missing_ok=True)


def _note(file: Path, url: str) -> None:
    """Tell other commands of this project where it is served; a folder that cannot be written is none of our business."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"url": url}), encoding="utf-8")
