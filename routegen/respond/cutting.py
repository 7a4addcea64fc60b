"""Ends the connection of a client that does not read: what waits for it is thrown away, and the server is free of it.

ASGI has no word for this: an application that returns early leaves uvicorn waiting until the client has taken what was
sent, for ever if it never does, also when it stops. uvicorn knows its connections, though. Under another server nothing
happens here, and its own limits hold.
"""

import asyncio
import time
from typing import Any, Final

from starlette.types import Scope

from routegen.respond.stopping import uvicorn_server

_LOOK_EVERY: Final = 0.02


def cut(scope: Scope) -> None:
    """Cut the connection of a request."""
    connection = _connection(scope)
    if connection is not None:
        connection.transport.abort()


async def cut_unless_read(scope: Scope, seconds: float) -> None:
    """Give the client so long to take what was sent, and cut the connection if it does not."""
    connection = _connection(scope)
    end = time.monotonic() + seconds
    while connection is not None and connection.transport.get_write_buffer_size():
        if time.monotonic() > end:
            connection.transport.abort()
            return
        await asyncio.sleep(_LOOK_EVERY)


def _connection(scope: Scope) -> Any:
    """uvicorn's protocol object for a request: middleware may copy a scope, the versions in it stay the same object."""
    versions = scope.get("asgi")
    state = getattr(uvicorn_server(), "server_state", None)
    for connection in tuple(getattr(state, "connections", ())):
        for holder in (connection, getattr(connection, "cycle", None)):
            theirs = getattr(holder, "scope", None)
            if versions is not None and isinstance(theirs, dict) and theirs.get("asgi") is versions:  # pyright: ignore[reportUnknownMemberType]
                return connection
    return None
