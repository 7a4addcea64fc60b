"""Turns an error report, or a path that no route answers, into a page for a browser and JSON for anyone else."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from routegen.server.dev.document import document, escape, page_headers
from routegen.server.dev.facts import Pairs, RequestFacts
from routegen.server.dev.frames import Frame
from routegen.server.dev.highlight import highlight
from routegen.server.dev.mask import mask
from routegen.server.dev.nearest import KnownRoute, Routes, by_distance, nearest
from routegen.server.dev.report import Cause, ErrorReport, as_json, as_text
from routegen.server.dev.source import SourceLine
from routegen.server.dev.text import cut, visible

__all__ = [
    "KnownRoute",
    "RequestFacts",
    "error_json",
    "error_page",
    "mask",
    "not_found_json",
    "not_found_page",
    "page_headers",
]

_OPEN_FRAMES = 8
_LONG_MESSAGE = 240
_OWN_PATH = re.compile(r"/(?!/)[^\[]*")
_PARAMETER = re.compile(r"\[[^/]*\]")


def error_page(
    report: ErrorReport, facts: RequestFacts, *, version: int | None = None, nonce: str = ""
) -> str:
    """The page for an exception. `version` is that of the code that failed, so that no save is missed."""
    shown = facts.masked()
    body = (
        f"{_request_line(shown, '500', copy=True)}{_headline(report)}{_frames(report)}"
        f"{''.join(map(_cause, report.causes))}{_members(report.members)}{_request_tables(shown)}"
        f'<pre id="plain" hidden>{escape(as_text(report, color=False))}</pre>\n'
        '<p class="foot">This page exists in dev only, and only for a browser on this machine.</p>\n'
    )
    return document(cut(report.title, 200), body, method=facts.method, version=version, nonce=nonce)


def error_json(report: ErrorReport, facts: RequestFacts) -> dict[str, Any]:
    """The envelope with the same facts as the page."""
    return {"error": visible(report.title, keep="\n\t"), **as_json(report), "request": facts.as_json()}


def not_found_page(
    path: str, routes: Routes, *, method: str = "GET", version: int | None = None, nonce: str = ""
) -> str:
    """All routes, the nearest first; it reloads when one is added."""
    near = set(nearest(path, routes))
    known = by_distance(path, routes)
    rows = "".join(_route_row(route, near=route in near) for route in known)
    table = (
        f'<div class="table"><table class="routes"><thead><tr><th>Methods</th><th>Route</th><th>File</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n"
    )
    empty = '<p class="hint">The app folder has no routes yet: `routegen add crud users` writes one</p>\n'
    facts = RequestFacts(method, path).masked()
    body = (
        f'{_request_line(facts, "404", copy=False)}<p class="kind">Not Found</p>\n<h1>No route answers this path</h1>\n'
        f"{_heading('Routes, nearest first' if near else 'Routes', len(known))}{table if known else empty}"
        '<p class="foot">The API is described at <a href="/docs">/docs</a>. '
        "This page exists in dev only, and only for a browser on this machine.</p>\n"
    )
    return document(f"404 {cut(path, 100)}", body, method=method, version=version, nonce=nonce)


def not_found_json(path: str, routes: Routes) -> dict[str, Any]:
    """The envelope with up to five routes that resemble the path."""
    return {
        "error": "Not Found",
        "nearest": [
            {"path": visible(route.id), "methods": list(route.methods), "file": visible(route.file)}
            for route in nearest(path, routes)
        ],
    }


def _request_line(facts: RequestFacts, status: str, *, copy: bool) -> str:
    button = '<button id="copy" class="end" type="button">Copy as text</button>' if copy else ""
    return (
        f'<div class="request"><span class="chip bad">{status}</span><span class="chip">{escape(facts.method)}</span>'
        f'<span class="mono">{escape(facts.path)}</span>{button}</div>\n'
    )


def _headline(report: ErrorReport) -> str:
    message = report.message or "(no message)"
    long = ' class="long"' if len(message) > _LONG_MESSAGE or message.count("\n") > 3 else ""
    hint = f'<p class="hint">{escape(report.hint)}</p>\n' if report.hint else ""
    files = "".join(f"<li><code>{escape(file)}</code></li>" for file in report.files)
    return (
        f'<p class="kind">{escape(report.type)}</p>\n<h1{long}>{escape(message)}</h1>\n{hint}{_notes(report)}'
        + (f'<ul class="files">{files}</ul>\n' if files else "")
    )


def _notes(report: ErrorReport) -> str:
    return "".join(f'<p class="note">{escape(note)}</p>\n' for note in report.notes)


def _frames(report: ErrorReport) -> str:
    user = "".join(
        _frame(frame, opened=index < _OPEN_FRAMES) for index, frame in enumerate(report.user_frames)
    )
    library = report.library_frames
    if not library and not report.omitted:
        return user
    count = len(library) + report.omitted
    title = f"{count} library frame{'s' if count > 1 else ''}"
    folded = "".join(_frame(frame, opened=False) for frame in library)
    omitted = (
        f'<p class="words">{report.omitted} calls in the middle are left out</p>' if report.omitted else ""
    )
    return f'{user}<details class="library"><summary>{title}</summary>{folded}{omitted}</details>\n'


def _frame(frame: Frame, *, opened: bool) -> str:
    where = f"<code>{escape(frame.shown)}<b>:{frame.line}</b></code>"
    function = f'<span class="in">in {escape(frame.function)}</span>' if frame.function else ""
    rows = "".join(_row(frame, line) for line in frame.source)
    code = f'<pre class="code">{rows}</pre>' if rows else ""
    return (
        f'<details class="frame"{" open" if opened else ""}><summary title="{escape(frame.file)}">{where}{function}'
        f"</summary>{code}</details>\n"
    )


def _row(frame: Frame, line: SourceLine) -> str:
    if not line.marked:
        return f'<span class="row" data-n="{line.number}">{highlight(line.text)}</span>'
    start, end = (column and column - 1 for column in (frame.column, frame.end_column))
    return f'<span class="row marked" data-n="{line.number}">{highlight(line.text, start, end)}</span>'


def _cause(cause: Cause) -> str:
    return f'<p class="words">{escape(cause.words.capitalize())}</p>\n{_related(cause.report)}'


def _members(members: Iterable[ErrorReport]) -> str:
    related = list(members)
    title = (
        f'<p class="words">The group holds {len(related)} exception{"s" if len(related) > 1 else ""}</p>\n'
    )
    return title + "".join(map(_related, related)) if related else ""


def _related(report: ErrorReport) -> str:
    return (
        f'<div class="related"><h3><span class="kind">{escape(report.type)}</span>{escape(report.message)}</h3>'
        f"{_notes(report)}{_frames(report)}{''.join(map(_cause, report.causes))}{_members(report.members)}</div>\n"
    )


def _request_tables(facts: RequestFacts) -> str:
    tables = (
        _table("Path parameters", facts.path_params),
        _table("Query", facts.query),
        _table("Cookies", facts.cookies),
        _table("Headers", facts.headers),
    )
    return "<h2>Request</h2>\n" + "".join(tables) if any(tables) else ""


def _table(title: str, pairs: Pairs) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in pairs)
    if not rows:
        return ""
    return (
        f'<details class="table" open><summary>{title} <span class="count">{len(pairs)}</span></summary>'
        f"<table><tbody>{rows}</tbody></table></details>\n"
    )


def _heading(title: str, count: int) -> str:
    return f'<h2>{title} <span class="count">{count}</span></h2>\n'


def _route_row(route: KnownRoute, *, near: bool) -> str:
    name = _PARAMETER.sub(lambda match: f'<span class="parameter">{match[0]}</span>', escape(route.id))
    linked = "GET" in route.methods and _OWN_PATH.fullmatch(route.id)
    link = f'<a href="{quote(route.id, errors="replace")}">{name}</a>' if linked else name
    methods = escape(" ".join(route.methods)) or "none"
    return f"<tr{' class=near' if near else ''}><td>{methods}</td><th>{link}</th><td>{escape(route.file)}</td></tr>\n"
