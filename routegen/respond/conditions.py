"""Turns the conditional headers of a request into what to do: send, 304, 412, or no range (RFC 9110 13)."""

import math
import os
import re
import time
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from starlette.datastructures import Headers

_ETAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_SETTLED: Final = 2.0
"""Seconds after which a file's time tells it from its next version; file systems count coarsely."""


class Validators:
    """What tells one version of a file from another.

    The entity tag is made of the time in nanoseconds and the size. A file that has just been written may
    change again within the same tick of the clock, so until then the tag is weak: good for 304, never for
    joining ranges.
    """

    def __init__(self, file: os.stat_result) -> None:
        tag = f'"{file.st_mtime_ns:x}-{file.st_size:x}"'
        self.strong: bool = abs(time.time() - file.st_mtime) > _SETTLED
        self.etag: str = tag if self.strong else f"W/{tag}"
        self.modified: int = int(file.st_mtime)
        self.last_modified: str = formatdate(file.st_mtime, usegmt=True)


def status_for(request: Headers, file: Validators) -> int:
    """200 to go on, 304 or 412, in the order of RFC 9110 13.2.2; for GET and HEAD."""
    if "if-match" in request:
        if not _matches(request["if-match"], file, weakly=False):
            return 412
    elif file.modified > _timestamp(request.get("if-unmodified-since"), default=math.inf):
        return 412
    if "if-none-match" in request:
        return 304 if _matches(request["if-none-match"], file, weakly=True) else 200
    return 304 if file.modified <= _timestamp(request.get("if-modified-since"), default=-math.inf) else 200


def range_allowed(if_range: str | None, file: Validators) -> bool:
    """Whether a range may be joined to what the client has: its validator is ours, and strong (13.1.5)."""
    if if_range is None:
        return True
    return file.strong and if_range.strip() in {file.etag, file.last_modified}


def _matches(header: str, file: Validators, *, weakly: bool) -> bool:
    """Whether a list of entity tags names this version (RFC 9110 8.8.3.2); `*` names any."""
    opaque = file.etag.removeprefix("W/")
    tags: list[tuple[str, str]] = _ETAG.findall(header)
    return header.strip() == "*" or any(
        tag == opaque and (weakly or (file.strong and not weak)) for weak, tag in tags
    )


def _timestamp(header: str | None, *, default: float) -> float:
    """Seconds since 1970 of an HTTP date; the default for anything else, which is ignored (13.1.3)."""
    try:
        parsed = parsedate_to_datetime(header or "")
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return default
