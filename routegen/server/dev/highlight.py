"""Turns a line of Python into escaped HTML with its tokens classed and the part at fault marked."""

import keyword
import re

from routegen.server.dev.document import escape

_TOKEN = re.compile(
    r"(?P<c>\#.*)"
    r"|(?P<s>(?:\b[rbfuRBFU]{1,2})?(?:\"\"\"(?:.*?\"\"\")?|'''(?:.*?''')?|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<d>@[\w.]+)"
    r"|(?P<n>\b\d[\w.]*)"
    r"|(?P<w>\b[^\W\d]\w*)"
)
_CONSTANTS = frozenset({"None", "True", "False", "self", "cls"})
_KEYWORDS = frozenset(keyword.kwlist) - _CONSTANTS | {"match", "case", "type"}


def highlight(line: str, start: int | None = None, end: int | None = None) -> str:
    """The line as HTML; the characters from `start` up to `end` (from 0) are inside `<mark>`."""
    spans = _spans(line)
    if start is None or end is None:
        return "".join(_piece(line[a:b], kind) for a, b, kind in spans)
    start = min(start, len(line))
    before = "".join(_piece(line[a : min(b, start)], kind) for a, b, kind in spans if a < start)
    inside = "".join(
        _piece(line[max(a, start) : min(b, end)], kind) for a, b, kind in spans if a < end and b > start
    )
    after = "".join(_piece(line[max(a, end) : b], kind) for a, b, kind in spans if b > end)
    return f"{before}<mark>{inside or ' '}</mark>{after}"


def _spans(line: str) -> list[tuple[int, int, str]]:
    """The line cut into tokens and what is between them; the kind is a CSS class or empty."""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for match in _TOKEN.finditer(line):
        spans += [(at, match.start(), "")] if match.start() > at else []
        spans.append((match.start(), match.end(), _kind(match, line)))
        at = match.end()
    return [*spans, (at, len(line), "")] if at < len(line) else spans


def _kind(match: "re.Match[str]", line: str) -> str:
    kind = match.lastgroup or ""
    if kind != "w":
        return kind
    word = match[0]
    if word in _KEYWORDS:
        return "k"
    if word in _CONSTANTS:
        return "n"
    return "f" if line[match.end() : match.end() + 1] == "(" else ""


def _piece(text: str, kind: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>' if kind and text else escape(text)
