"""Finds where a provider's deliveries go: the route in the tree, and the address of the running server."""

import ipaddress
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from routegen.errors import ProjectError, UsageError
from routegen.project import Project
from routegen.routes import Route, scan
from routegen.webhooks import Scheme

DEFAULT = "http://127.0.0.1:8000"
_INBOX = re.compile(
    r"^\s*(from lib\.inbox import|import lib\.inbox|from lib import .*\binbox\b)", re.MULTILINE
)
SERVER_FILE = Path(".routegen/cache/server.json")
"""Where `routegen serve` may note the address that it answers at: `{"url": "http://127.0.0.1:8001"}`."""


def address(project: Project, scheme: Scheme, to: str | None = None, *, base: str | None = None) -> str:
    """The URL to send to.

    Args:
        to: a URL, or a path of the running server, instead of the route in the tree.
        base: the address of the server; by default the one that `serve` noted, else port 8000 of this machine.

    Raises:
        UsageError: `to` is neither a URL nor a path.
        ProjectError: the tree has no route for this provider, or several, or one with parameters.
    """
    if to is not None and not to.startswith("/"):
        parts = urlsplit(to)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"`{to}` is no URL", hint=f"for example `--to {DEFAULT}/api/webhooks/{scheme.name}`"
            )
        return to
    path = to if to is not None else path_of(project, scheme)
    return (base or _server(project.root)).rstrip("/") + path


def path_of(project: Project, scheme: Scheme) -> str:
    """The path of the route handler that receives this provider's deliveries. Raises as `address` does."""
    found = [route for route in scan(project.app_dir).routes if _receives(route, scheme)]
    if not found:
        raise ProjectError(
            f"no route handler receives `{scheme.name}`",
            hint=f"make one: `routegen add webhook {scheme.name}`, or say where with `--to`",
        )
    if len(found) > 1:
        ids = ", ".join(f"`{route.id}`" for route in found)
        raise ProjectError(
            f"several routes receive `{scheme.name}`: {ids}", hint="say which with `--to /...`"
        )
    if "{" in found[0].template:
        raise ProjectError(
            f"`{found[0].id}` has parameters", hint="give the path with their values: `--to /api/...`"
        )
    return found[0].template


def keeps(project: Project, scheme: Scheme) -> bool:
    """Whether the handler of a provider keeps its events in the project's inbox."""
    routes = [route for route in scan(project.app_dir).routes if _receives(route, scheme)]
    return any(_INBOX.search(_source(route)) for route in routes)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and nowhere else."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _receives(route: Route, scheme: Scheme) -> bool:
    """Whether a handler is for this provider: its source names it as a string, or its folder does."""
    source = _source(route)
    if not re.search(r"^EXPOSE\s*=\s*[\"']webhook[\"']", source, re.MULTILINE):
        return False
    named = re.search(rf"[\"']{re.escape(scheme.name)}[\"']", source)
    return named is not None or scheme.name in route.id.split("/")


def _source(route: Route) -> str:
    try:
        return route.file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _server(root: Path) -> str:
    """The address that the running server noted, if it is one of this machine."""
    try:
        url = json.loads((root / SERVER_FILE).read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT
    return url if isinstance(url, str) and is_loopback(url) else DEFAULT
