"""Turns the facts of one request into a line of the request log: columns for a person, or JSON."""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from routegen.server.dev.text import CYAN, DIM, GREEN, MAGENTA, RED, YELLOW, cut, paint, size

LARGE = 1024 * 1024
"""Bodies above this many bytes are worth a word."""

_SLOW = 500.0


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request that has ended.

    A WebSocket gives two lines with the method `WS`: status 101 when it is accepted, its close code (1000 and
    up) when it ends; a refused one gives a line with the HTTP status. `time` is when it began, in seconds since
    the epoch. `aborted` means that the client or the handler left before the answer was complete.
    """

    time: float
    method: str
    status: int
    path: str
    duration: float
    bytes_out: int = 0
    bytes_in: int = 0
    place: str = ""
    streamed: bool = False
    aborted: bool = False


def format_line(line: RequestLine, color: bool, width: int | None = None) -> str:
    """`12:01:02 POST 201 /api/users 8.4 ms  app/api/users/route.py:12`; in columns if the width is known."""
    clock = time.strftime("%H:%M:%S", time.localtime(line.time))
    path, took, place = line.path, _duration(line.duration), line.place
    note = _note(line)
    method, status = line.method, str(line.status)
    if width is not None:
        column = min(max((width - 36) // 2, 16), 48)
        method, status = f"{method:<7}", f"{status:<4}"
        path, took = f"{cut(path, column):<{column}}", f"{took:>9}"
        place = _tail(place, width - column - 34 - (len(note) + 2 if note else 0))
    tone = _tone(line.status)
    parts = [
        paint(clock, DIM, color=color),
        paint(method, tone, color=color),
        paint(status, tone, color=color),
        path,
        paint(took, YELLOW if line.duration >= _SLOW and not line.streamed else DIM, color=color),
    ]
    text = " ".join(parts) + (f"  {paint(place, DIM, color=color)}" if place else "")
    return (text + (f"  {paint(note, DIM, color=color)}" if note else "")).rstrip()


def as_json_line(line: RequestLine) -> str:
    """The same as one line of JSON, in ASCII; the time is UTC."""
    values: dict[str, Any] = asdict(line)
    values["time"] = (
        datetime.fromtimestamp(line.time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    values["duration_ms"] = round(values.pop("duration"), 3)
    return json.dumps(values, separators=(",", ":"))


def _note(line: RequestLine) -> str:
    facts: list[str] = []
    if line.streamed:
        facts.append(f"streamed {size(line.bytes_out)}")
    if line.bytes_in > LARGE or (line.streamed and line.method == "WS"):
        facts.append(f"received {size(line.bytes_in)}")
    if line.aborted:
        facts.append("aborted")
    return f"({', '.join(facts)})" if facts else ""


def _duration(milliseconds: float) -> str:
    if milliseconds < 999.95:
        return f"{milliseconds:.1f} ms"
    seconds = milliseconds / 1000
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} m {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} m"


def _tail(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return "" if length < 12 else "…" + text[1 - length :]


def _tone(status: int) -> str:
    if status >= 1000:
        return MAGENTA if status in (1000, 1001, 1005) else YELLOW
    return {1: MAGENTA, 2: GREEN, 3: CYAN, 4: YELLOW}.get(status // 100, RED)
