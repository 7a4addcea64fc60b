"""Reads who calls which path from templates, pages and scripts: links, forms, fetch, axios, htmx."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.contents import content_of
from routegen.routes import Segment
from routegen.routes.segment import Kind

SUFFIXES = (
    ".html",
    ".htm",
    ".jinja",
    ".jinja2",
    ".j2",
    ".js",
    ".jsx",
    ".ts",
    ".tsx",
    ".mjs",
    ".mts",
    ".vue",
    ".svelte",
)
_MAX_SIZE = 400_000
_URL = r"""["'`]([^"'`\n]{1,200})["'`]"""
_FORMS = re.compile(r"<form\b[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_ACTION = re.compile(rf"\baction\s*=\s*\{{?{_URL}", re.IGNORECASE)
_POST = re.compile(r"""\bmethod\s*=\s*["']?post""", re.IGNORECASE)
_HTMX = re.compile(rf"\b(?:data-)?hx-(get|post|put|patch|delete)\s*=\s*{_URL}", re.IGNORECASE)
# Each begins with its letters, and looks back for the boundary: so they are jumped to instead of tried at each place.
_FETCH = re.compile(
    rf"(?:f(?<!\wf)etch|u(?<!\wu)se(?:SWR|Fetch)|m(?<!\wm)utate)\(\s*{_URL}([^;]{{0,200}})", re.DOTALL
)
_SENT = re.compile(rf"\.\s*(get|post|put|patch|delete)(?:<[^>()]{{0,200}}>)?\(\s*{_URL}")
_CLIENT = re.compile(r"(?:\b(?:axios|ky|api|client|http|instance|apiClient)|(?<![\w$])\$)\s*$")
_MAY_SEND = re.compile(rb"""\.\s*(?:get|post|put|patch|delete)(?:<[^>()]{0,200}>)?\(\s*["'`]""")
_WORDS = (b"etch(", b"<form", b"<Form", b"<FORM", b"hx-", b"useSWR(", b"mutate(", b"axios(")
_METHOD = re.compile(r"""\bmethod["']?\s*(?::\s*([^,}\n]+)|[,}])""")
_QUOTED = re.compile(r"""["'`](\w+)["'`]""")
_BY_NAME = re.compile(
    r"(?:f(?<!\wf)etch|a(?<!\wa)xios)\(\s*([A-Za-z_$][\w$]*)\s*[,)]([^;]{0,200})", re.DOTALL
)
_DECLARED = re.compile(r"\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)(?=[^=;]{0,200}=)")
_CHOSEN = re.compile(r"fetch(?<!\wfetch)\(\s*([\w.!]{1,60}\s*\?[^;]{0,300}?),\s*(\{[^;]{0,200})", re.DOTALL)
_PATH = re.compile(r"""["'`](/[^"'`\n]{1,200})["'`]""")
_HOLE = re.compile(r"\$\{[^}]*\}|\{\{.*?\}\}|\{%.*?%\}|\{[^}/]*\}|<[^>]*>")
_HOST = re.compile(r"^(?:\$\{[^}]*\}|\{\{[^}]*\}\}|https?://(?:localhost|127\.0\.0\.1)(?::\d+)?)(?=/)")


@dataclass(frozen=True, slots=True)
class Caller:
    """A place that calls a path: `kind` is `form`, `htmx` or `script`, `text` is what stands there."""

    kind: str
    method: str
    parts: tuple[str, ...]
    path: Path
    line: int
    text: str


def calling(callers: Iterable[Caller], method: str, segments: tuple[Segment, ...]) -> list[Caller]:
    """Those that call the route of these segments; a hole takes any segment."""
    wanted = [segment for segment in segments if segment.kind not in (Kind.GROUP, Kind.PRIVATE)]
    is_open = bool(wanted) and wanted[-1].is_catch_all
    count = len(wanted) - is_open
    named = [(at, each.name) for at, each in enumerate(wanted[:count]) if each.kind is Kind.STATIC]
    if count and not named:  # it would take any path
        return []
    return [
        caller
        for caller in callers
        if (len(caller.parts) > count if is_open else len(caller.parts) == count)
        # The last name first: it tells most routes apart, and each handler asks about all callers of a project.
        and (not named or caller.parts[named[-1][0]] == named[-1][1])
        and caller.method in (method, "")
        and all(caller.parts[at] == name for at, name in named)
    ]


def leads_to(parts: tuple[str, ...], segments: tuple[Segment, ...]) -> bool:
    """Whether a path, as `parts_of` gives it, is one of the route of these segments."""
    return bool(calling([Caller("", "", parts, Path(), 0, "")], "", segments))


def read_callers(
    pages: Iterable[Path],
    contents: Mapping[Path, bytes] = MappingProxyType({}),
    names: Collection[str] | None = None,
) -> list[Caller]:
    """The callers in these files, or in what `contents` says they hold; with `names` only in files that say one of them.

    A file that cannot be read, or is too large to be written by hand, has none.
    """
    found: list[Caller] = []
    words = tuple(name.encode() for name in names) if names is not None else (b"",)
    for path in pages:
        try:
            raw = content_of(path, contents)
        except OSError:
            continue
        if path not in contents and len(raw) > _MAX_SIZE:
            continue
        if _holds(raw, words) and _may_call(raw):
            text = raw.decode(errors="replace").replace("\r\n", "\n")
            found += callers_in(text, path)
    return found


def _holds(raw: bytes, words: tuple[bytes, ...]) -> bool:
    return any(word in raw for word in words)


def _may_call(raw: bytes) -> bool:
    """Whether a file could call anything: most of a project call nothing, and are not even decoded."""
    return _holds(raw, _WORDS) or _MAY_SEND.search(raw) is not None


def callers_in(text: str, path: Path) -> list[Caller]:
    """The callers in one file."""
    found: list[Caller] = []

    counted, line = 0, 1

    def add(kind: str, method: str, url: str, at: int) -> None:
        nonlocal counted, line
        parts = parts_of(url)
        if parts is not None:
            if at < counted:  # each kind of call begins at the top again
                counted, line = 0, 1
            line += text.count("\n", counted, at)
            counted = at
            shown = " ".join(text[at : at + 80].split("\n")[0].split())
            found.append(Caller(kind, method.upper(), parts, path, line, shown))

    for form in _FORMS.finditer(text):
        action = _ACTION.search(form[0])
        if action is not None:
            add("form", "POST" if _POST.search(form[0]) else "GET", action[1], form.start())
    for match in _HTMX.finditer(text) if "hx-" in text else ():
        add("htmx", match[1], match[2], match.start())
    for match in _FETCH.finditer(text):
        for method in _methods(match[2]):
            add("script", method, match[1], match.start())
    by_name = list(_BY_NAME.finditer(text))  # `const url = …; fetch(url, …)`
    declared = _declared(text) if by_name else {}
    for match in by_name:
        begin = declared.get(match[1], match.start())
        for url in _PATH.findall(text[begin : min(begin + 300, match.start())].partition(";")[0]):
            for method in _methods(match[2]):
                add("script", method, url, match.start())
    for match in _CHOSEN.finditer(text):  # `fetch(id ? … : …, …)`
        for url in _PATH.findall(match[1]):
            for method in _methods(match[2]):
                add("script", method, url, match.start())
    for match in _SENT.finditer(text):
        if client := _CLIENT.search(text, max(0, match.start() - 80), match.start()):
            add("script", match[1], match[2], client.start())
    return found


def _declared(text: str) -> dict[str, int]:
    """Where the value of each variable begins, at its first declaration."""
    found: dict[str, int] = {}
    for match in _DECLARED.finditer(text):
        found.setdefault(match[1], text.index("=", match.end()) + 1)
    return found


def _methods(options: str) -> list[str]:
    """The methods that the options of a `fetch` name; one that cannot be told is any."""
    given = _METHOD.search(options)
    return (_QUOTED.findall(given[1] or "") or [""]) if given else ["GET"]


def parts_of(url: str) -> tuple[str, ...] | None:
    """The segments of a path, holes as NUL; None for another host. A missing slash in front is allowed."""
    url = _HOST.sub("", url.strip())
    if "://" in url or url.startswith(("//", "#", "mailto:")):
        return None
    url = _HOLE.sub("\0", url).partition("?")[0].partition("#")[0]
    return tuple(part for part in url.split("/") if part)
