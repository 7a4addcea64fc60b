"""`serve --prod`: everything loaded and checked first, then uvicorn with one or more processes."""

import gc
import logging
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from dotenv import dotenv_values
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from routegen.errors import ProjectError
from routegen.project import Project, find_project
from routegen.server.deadline import DeadlineProtocol
from routegen.server.main_module import application_of, import_main
from routegen.server.sockets import bind, url_of

_PLACEHOLDER = re.compile(
    r"|change[-_ ]?me.*|replace[-_ ]?me.*|your[-_ ].*|placeholder|secret|password|xxx+|todo|<.*>|\.\.\.", re.I
)
_HUNG = 60  # seconds without an answer after which a worker is replaced; a busy machine takes more than uvicorn's 5
_SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|(API|SIGNING|PRIVATE)_?KEY")


@dataclass(frozen=True, slots=True)
class ProductionOptions:
    """How to serve in production.

    Args:
        workers: processes that answer on one socket.
        trusted_proxies: addresses or networks whose `X-Forwarded-*` headers are believed, comma-separated; nobody's
            when empty.
        log_json: log each request as a line of JSON; there is no request log otherwise.
        grace: seconds open requests get when the server stops.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    trusted_proxies: str = ""
    log_json: bool = False
    grace: int = 10


@dataclass(frozen=True, slots=True)
class LoadApp:
    """Makes the application in a worker process; it travels there by pickle."""

    root: Path
    log_json: bool

    def __call__(self) -> ASGIApp:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        return _logged(import_main(find_project(self.root)), self.log_json)


def serve_production(project: Project, options: ProductionOptions) -> None:
    """Serve until a signal ends it; open requests and streams are drained first.

    Raises:
        ProjectError: a route is broken, `main.py` fails, or a secret is still a placeholder; all are named at once.
        RoutegenError: the port is taken.
    """
    asgi_app = import_main(project)
    application_of(asgi_app, project).start()
    refuse_placeholders(project)
    gc.freeze()
    gc.enable()
    sock = bind(options.host, options.port, strict=True)
    several = options.workers > 1
    config = uvicorn.Config(
        LoadApp(project.root, options.log_json) if several else _logged(asgi_app, options.log_json),
        factory=several,
        http=DeadlineProtocol,
        workers=options.workers,
        access_log=False,
        server_header=False,
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=options.trusted_proxies or None,
        timeout_graceful_shutdown=options.grace,
        timeout_worker_healthcheck=_HUNG,
        log_level="info",
    )
    if several:
        logging.getLogger("uvicorn.error").info("Serving on %s", url_of(options.host, sock))
        Multiprocess(config, sockets=[sock]).run()
    else:
        uvicorn.Server(config).run(sockets=[sock])


def _end_with_parent() -> None:
    """A parent that was killed leaves no worker behind that holds the port."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _logged(asgi_app: ASGIApp, log_json: bool) -> ASGIApp:
    if not log_json:
        return asgi_app
    from routegen.server.dev.log import RequestLog, as_json_line

    return RequestLog(asgi_app, lambda line: print(as_json_line(line), flush=True))


def refuse_placeholders(project: Project) -> None:
    """Refuse to run with a secret that anybody can guess.

    Raises:
        ProjectError: naming the variables, never their values.
    """
    if faulty := placeholders(project.root, os.environ):
        listed = ", ".join(f"`{name}`" for name in faulty)
        raise ProjectError(
            f"still a placeholder or not set: {listed}",
            hint="set real values in the environment or in `.env`, for example from `secrets.token_urlsafe(32)`",
        )


def placeholders(root: Path, environment: Mapping[str, str]) -> list[str]:
    """The variables that read like secrets, by the names in `.env.example`, and are not set or easy to guess."""
    return [
        name
        for name, sample in dotenv_values(root / ".env.example").items()
        if _SECRET.search(name)
        and (environment.get(name, "") == (sample or "") or _PLACEHOLDER.fullmatch(environment[name]))
    ]
