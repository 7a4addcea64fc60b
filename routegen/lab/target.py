"""Finds where a provider's deliveries go: the route in the tree, how its sender signs, and the running server."""

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from routegen.errors import ProjectError, UsageError
from routegen.lab.handler import Handler, read
from routegen.project import Project
from routegen.routes import Route, scan
from routegen.routes.tree import Tree
from routegen.webhooks import Scheme, find

DEFAULT = "http://127.0.0.1:8000"
SERVER_FILE = Path(".routegen/cache/server.json")
"""Where `routegen serve` may note the address that it answers at: `{"url": "http://127.0.0.1:8001"}`."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send to, how to sign, and the handler there, if it is one of the project."""

    url: str
    scheme: Scheme
    handler: Handler | None


def target(project: Project, provider: str, to: str | None = None, *, base: str | None = None) -> Target:
    """Where a provider's deliveries go.

    Args:
        provider: a name, an alias, or the name that a handler gives its own scheme.
        to: a URL, or a path of the running server, instead of the route in the tree.
        base: the address of the server; by default the one that `serve` noted, else port 8000 of this machine.

    Raises:
        UsageError: there is no such provider, or `to` is neither a URL nor a path.
        ProjectError: the tree has no route for this provider, or several, or one with parameters; or how its sender
            signs cannot be read.
    """
    name = provider.partition(":")[0]
    known = None if to is None else handler_at(project, to)
    found = list(_receivers(project, name)) if to is None else []
    handler = found[0][1] if len(found) == 1 else known
    if handler is not None and handler.error is not None and handler.receives(name):
        raise handler.error
    own = handler.scheme if handler is not None else None
    scheme = own if own is not None and own.name == name else find(provider, project.root)
    path = to if to is not None else _path([route for route, _ in found], scheme)
    return Target(_address(project, path, scheme, base), scheme, handler)


def handler_at(project: Project, url: str) -> Handler | None:
    """The webhook handler of the project that answers a URL or path; whatever the host, which may be a tunnel's."""
    tree = Tree((route, route) for route in scan(project.app_dir).routes)
    found = tree.match(unquote(urlsplit(url).path))
    return read(found[0].file) if found is not None else None


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and nowhere else."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _receivers(project: Project, name: str) -> Iterator[tuple[Route, Handler]]:
    """The handlers for a provider: their source names it, or their folder does."""
    for route in scan(project.app_dir).routes:
        handler = read(route.file)
        if handler is not None and (handler.receives(name) or name in route.id.split("/")):
            yield route, handler


def _path(found: list[Route], scheme: Scheme) -> str:
    """The path of the only one of these routes. Raises as `target` does."""
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


def _address(project: Project, to: str, scheme: Scheme, base: str | None) -> str:
    if to.startswith("/"):
        return (base or _server(project.root)).rstrip("/") + to
    parts = urlsplit(to)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"`{to}` is no URL", hint=f"for example `--to {DEFAULT}/api/webhooks/{scheme.name}`")
    return to


def _server(root: Path) -> str:
    """The address that the running server noted, if it is one of this machine."""
    try:
        url = json.loads((root / SERVER_FILE).read_text(encoding="utf-8"))["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT
    return url if isinstance(url, str) and is_loopback(url) else DEFAULT
