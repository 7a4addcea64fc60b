"""Binds the listening socket before anything is announced."""

import errno
import socket

from routegen.errors import RoutegenError

_TRIES = 20


def bind(host: str, port: int, *, strict: bool = False) -> socket.socket:
    """A bound, listening socket: on `port`, or on the next free one.

    Args:
        host: an address or name of this machine.
        port: 0 takes any free port.
        strict: fail instead of taking the next port.

    Raises:
        RoutegenError: the address is not of this machine, the port is taken, or it needs more rights.
    """
    last = port if strict or port == 0 else min(port + _TRIES, 65535)
    for candidate in range(port, last + 1):
        try:
            return _listen(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _refused(host, candidate, error) from error
    if strict:
        raise RoutegenError(
            f"port {port} on `{host}` is taken", hint="stop what holds it, or leave out `--strict-port`"
        )
    raise RoutegenError(
        f"the ports {port} to {last} on `{host}` are taken", hint="choose another with `--port`"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it an answer waits 40 ms for an ACK
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(2048)
        # Processes that share the socket share this flag: one that blocks in `accept` answers nobody any more
        sock.setblocking(False)
        sock.set_inheritable(True)
    except OSError:
        sock.close()
        raise
    return sock


def _refused(host: str, port: int, error: OSError) -> RoutegenError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return RoutegenError(
            f"port {port} needs more rights than this user has", hint="choose a port above 1023 with `--port`"
        )
    return RoutegenError(
        f"cannot listen on `{host}`: {error.strerror or error}", hint="use `--host 127.0.0.1`"
    )


def url_of(host: str, sock: socket.socket) -> str:
    """The URL a browser on this machine would use."""
    port: int = sock.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
