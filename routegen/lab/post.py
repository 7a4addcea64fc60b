"""Sends one request and measures the answer, with the standard library alone: what is signed is sent byte for byte."""

import http.client
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from routegen import __version__
from routegen.webhooks import Outgoing

_LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `status` is None when nothing did, and `failure` says why."""

    status: int | None
    body: bytes
    seconds: float
    failure: str = ""
    content_type: str = ""


def post(sent: Outgoing, url: str, *, timeout: float = 30.0) -> Answer:
    """Send a request as it is. Redirects are not followed: to a provider they are failures."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    start = time.perf_counter()
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout)
    try:
        connection.request(
            sent.method, path, sent.body, {"User-Agent": f"routegen/{__version__}", **sent.headers}
        )
        response = connection.getresponse()
        body = response.read(_LONGEST_ANSWER)
        seconds = time.perf_counter() - start
        return Answer(response.status, body, seconds, content_type=response.getheader("content-type", ""))
    except TimeoutError:
        return Answer(None, b"", time.perf_counter() - start, f"no answer within {timeout:g} seconds")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Answer(None, b"", time.perf_counter() - start, reason[:1].lower() + reason[1:])
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=timeout)
