"""Facts about the types of uploads: what only the client claims, and files of clients that a browser would run."""

import re

from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import Attribute, Call, Compare, Constant, Expression
from routegen.handlers.flow import origins
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import is_file_name
from routegen.handlers.scope import Scope
from routegen.handlers.uploads import file_reads

_LOOKS = re.compile(
    r"magic|filetype|imghdr|puremagic|sniff|from_buffer|guess_image|verify|identify|detect|inspect|^open$|scan|parse|load",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"suffix|splitext|endswith|\bext(ension)?\b|content_type", re.IGNORECASE)
_SERVED = re.compile(r"(^|/)(public|static|www|media|assets)(/|$)", re.IGNORECASE)
_UPLOADED = re.compile(r"upload|avatar|attachment|user_?files", re.IGNORECASE)
_TYPE = re.compile(r"\.\w{2,5}$|image/|audio/|video/")
_RUNS = re.compile(r"html|svg|xml", re.IGNORECASE)


def claimed_type(handler: Handler) -> tuple[Expression, Scope] | None:
    """The test of an upload's type that asks the client only, in a handler that keeps the file."""
    if not file_reads(handler) or not any(_keeps(site) for site in handler.sites):
        return None
    if any(_looks_inside(site) for site in handler.sites) or _compares_bytes(handler):
        return None
    for step in handler.steps(Compare, Call):
        part = step.expression
        if isinstance(part, Call) and part.name not in ("endswith", "startswith"):
            continue
        claims = [p for p in part.walk() if _is_claim(p, step.scope)]
        text = step.scope.module.text(part)
        if claims and _SUFFIX.search(text):
            return part, step.scope
    return None


def _keeps(site: Site) -> bool:
    return opens_for_writing(site) or Kind.FS_WRITE in site.kinds


def _looks_inside(site: Site) -> bool:
    return (
        not opens_for_writing(site)
        and (site.target or "") != "builtins.open"
        and bool(_LOOKS.search(site.name))
    )


def _compares_bytes(handler: Handler) -> bool:
    return any(
        isinstance(step.expression, Constant)
        and isinstance(step.expression.value, bytes)
        and step.expression.value
        for step in handler.steps(Constant)
    )


def _is_claim(expression: Expression, scope: Scope) -> bool:
    if is_file_name(expression, scope):
        return True
    return (
        isinstance(expression, Attribute)
        and expression.name == "content_type"
        and scope.type_of(expression.object) == "fastapi.UploadFile"
    )


def inline_uploads(handler: Handler) -> list[tuple[Site, str]]:
    """Where files of clients come to be shown as pages of one's own, and how."""
    found: list[tuple[Site, str]] = []
    for site in handler.sites:
        if site.target == "fastapi.responses.FileResponse" and _is_shown(site):
            found.append((site, "is shown as whatever type its name says"))
        elif _keeps(site) and file_reads(handler) and not _allows_harmless(handler) and _is_served(site):
            found.append((site, "is served from your own site as whatever it is"))
    return found


def _is_shown(site: Site) -> bool:
    """A file of an upload folder, without a name to save it by, a type, or headers."""
    call, path = site.call, site.role("path")
    if path is None or call.unpacks or {"filename", "media_type", "headers"} & call.keywords.keys():
        return False
    if len(call.arguments) > 1 or site.statement is None:
        return False
    return _UPLOADED.search(_path_text(path, site.scope)) is not None and not isinstance(path, Constant)


def _is_served(site: Site) -> bool:
    path = site.role("path")
    return path is not None and _SERVED.search(_path_text(path, site.scope)) is not None


def _path_text(path: Expression, scope: Scope) -> str:
    """The texts that a path is made of, names of constants with what they stand for."""
    texts: list[str] = []
    for part in path.walk():
        for step in origins(part, scope):
            texts += [str(p.value) for p in step.expression.walk() if isinstance(p, Constant)]
    return "/".join(texts)


def _allows_harmless(handler: Handler) -> bool:
    """Whether the handler names the types that it takes, and none of them runs in a browser."""
    allowed = [
        str(step.expression.value)
        for step in handler.steps(Constant)
        if isinstance(step.expression, Constant)
        and re.match(r"\.\w{2,5}$|image/|audio/|video/", str(step.expression.value))
    ]
    return bool(allowed) and not any(_RUNS.search(text) for text in allowed)
