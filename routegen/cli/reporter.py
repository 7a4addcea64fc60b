"""Turns what the dev server reports into lines for a terminal, or into JSON lines."""

import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from routegen.cli import console

if TYPE_CHECKING:
    from routegen.routes import Route
    from routegen.server.app import RouteApp
    from routegen.server.dev.log import RequestLine, UploadProgress
    from routegen.server.dev.report import ErrorReport
    from routegen.server.reload import Reload

_ANY = {"0.0.0.0", "::"}
_MANY = 60
"""Routes from which on the banner gives their number only: nobody reads on, and reading the files takes time."""


def make_reporter(log: str, host: str = "127.0.0.1") -> "TerminalReporter | JsonReporter":
    """The reporter for `--log text` or `--log json`."""
    return JsonReporter() if log == "json" else TerminalReporter(host)


class TerminalReporter:
    """Readable without colour; requests go to stdout, everything else to stderr."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._live = sys.stderr.isatty()
        self._has_bar = False
        self._color = console.has_colour(sys.stdout)

    def announce(self, url: str, application: "RouteApp", wanted_port: int) -> None:
        """The banner: where, and which routes."""
        port = int(url.rpartition(":")[2])
        if port != wanted_port and wanted_port:
            console.note(f"port {wanted_port} is taken{_holder(wanted_port)}, so this is {port}")
        console.note()
        console.note(f"  routegen serves {application.project.name}")
        console.note()
        console.note(f"  local    {url}")
        if self._host in _ANY:
            console.note(f"  network  http://{_address()}:{port}")
        if application.docs_url:
            console.note(f"  docs     {url}{application.docs_url}")
        console.note()
        for line in _route_table(application):
            console.note(f"  {line}")
        for problem in application.table.manifest.problems:
            console.note()
            console.error(problem.message, problem.hint)
        console.note()
        if self._host in _ANY:
            console.note("warning: everybody in your network can reach this server")

    def request(self, line: "RequestLine") -> None:
        """One line a request."""
        from routegen.server.dev.log import format_line

        self._end_bar()
        console.coloured(format_line(line, color=self._color, width=_width()), sys.stdout)

    def progress(self, upload: "UploadProgress") -> None:
        """A bar on the terminal's last line; nothing in a pipe."""
        if not self._live:
            return
        self._has_bar = True
        sys.stderr.write(f"\r\x1b[K{_bar(upload)}")
        sys.stderr.flush()

    def _end_bar(self) -> None:
        if self._has_bar:
            self._has_bar = False
            sys.stderr.write("\r\x1b[K")

    def reloaded(self, reload: "Reload") -> None:
        """`~` changed, `+` new, `-` gone."""
        if reload.restart:
            console.note(f"{reload.restart}: starting a new process")
            return
        for sign, routes in (("+", reload.added), ("-", reload.removed), ("~", reload.changed)):
            for route in routes:
                console.note(f"{sign} {route.id}  ({reload.milliseconds:.0f} ms)")

    def failed(self, report: "ErrorReport") -> None:
        """The compact frame of an error."""
        from routegen.server.dev.report import as_text

        console.coloured(as_text(report, color=console.has_colour(sys.stderr)), sys.stderr)

    def tell(self, message: str, hint: str) -> None:
        """A note, with the way out."""
        console.note(message)
        if hint:
            console.note(f"hint: {hint}")

    def restarted(self, milliseconds: float) -> None:
        """The new process answers."""
        console.note(f"new process in service after {milliseconds:.0f} ms")

    def restart_failed(self) -> None:
        """The old process goes on."""
        console.note("the new process did not start; the old one goes on with the old code")


class JsonReporter:
    """One JSON object a line on stdout, for machines."""

    def announce(self, url: str, application: "RouteApp", wanted_port: int) -> None:
        """`{"event": "serving", …}`."""
        self._say("serving", url=url, routes=[entry.route.id for entry in application.table])

    def request(self, line: "RequestLine") -> None:
        """The request's own form."""
        from routegen.server.dev.log import as_json_line

        console.out(as_json_line(line))

    def progress(self, upload: "UploadProgress") -> None:
        """Not for machines: the request's line has the bytes."""

    def reloaded(self, reload: "Reload") -> None:
        """`{"event": "reloaded", …}`."""
        self._say(
            "reloaded",
            added=_ids(reload.added),
            removed=_ids(reload.removed),
            changed=_ids(reload.changed),
            restart=reload.restart,
            ms=round(reload.milliseconds, 1),
        )

    def failed(self, report: "ErrorReport") -> None:
        """`{"event": "failed", …}`."""
        from routegen.server.dev.report import as_json

        self._say("failed", **as_json(report))

    def tell(self, message: str, hint: str) -> None:
        """`{"event": "note", …}`."""
        self._say("note", message=message, hint=hint)

    def restarted(self, milliseconds: float) -> None:
        """`{"event": "restarted", …}`."""
        self._say("restarted", ms=round(milliseconds, 1))

    def restart_failed(self) -> None:
        """`{"event": "restart_failed"}`."""
        self._say("restart_failed")

    def _say(self, event: str, **facts: Any) -> None:
        console.out(json.dumps({"event": event, **facts}, ensure_ascii=False))


def _bar(upload: "UploadProgress") -> str:
    """`POST /api/upload ████████░░░░ 12.3 of 20.0 MiB`."""
    come = f"{upload.received / 2**20:.1f}"
    if not upload.total:
        return f"{upload.method} {upload.path} {come} MiB"
    done = console.bar(upload.received, upload.total)
    return f"{upload.method} {upload.path} {done} {come} of {upload.total / 2**20:.1f} MiB"


def _ids(routes: "tuple[Route, ...]") -> list[str]:
    return [route.id for route in routes]


def _route_table(application: "RouteApp") -> list[str]:
    from routegen.server.devapp import route_rows

    count = len(application.table.entries)
    if count > _MANY:
        return [f"{count} routes; `routegen routes` lists them"]
    rows = [(", ".join(row.methods) or "-", row.id, row.file) for row in route_rows(application)]
    if not rows:
        return ["no routes yet; make one: routegen add dynamic posts/[slug]"]
    methods = max(len(row[0]) for row in rows)
    paths = max(len(row[1]) for row in rows)
    return [f"{method:<{methods}}  {path:<{paths}}  {file}" for method, path, file in rows]


def _holder(port: int) -> str:
    """` (held by python, pid 4711)` where Linux lets us see it."""
    pid = _listening_pid(port)
    if pid is None:
        return ""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:  # noqa: PTH123
            return f" (held by {file.read().strip()}, pid {pid})"
    except OSError:
        return f" (held by pid {pid})"


def _listening_pid(port: int) -> int | None:
    inodes: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as file:  # noqa: PTH123
                rows = [line.split() for line in file.readlines()[1:]]
        except OSError:
            continue
        inodes |= {row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}
    return next((pid for pid in _pids() if _holds(pid, inodes)), None) if inodes else None


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _holds(pid: int, inodes: set[str]) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]  # noqa: PTH115, PTH208
    except OSError:
        return False
    return any(
        link.removeprefix("socket:[").removesuffix("]") in inodes
        for link in links
        if link.startswith("socket:[")
    )


def _address() -> str:
    """This machine's address in the local network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def _width() -> int | None:
    return os.get_terminal_size().columns if sys.stdout.isatty() else None
