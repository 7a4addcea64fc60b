"""The weighted evidence that a handler should be a server action."""

import re

from routegen.handlers.answers import Answer, answers
from routegen.handlers.callers import Caller, calling
from routegen.handlers.contracts import forwards, is_called_by_programs
from routegen.handlers.effects import changes, counts_usage, finds_caller, takes_what_it_read
from routegen.handlers.expression import Attribute, Constant
from routegen.handlers.facts import Evidence
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.places import at
from routegen.handlers.requests import form_reads, takes_file, texts
from routegen.handlers.scope import Scope
from routegen.handlers.third_party import is_for_others

_VERBS = re.compile(
    r"^(create|submit|toggle|logout|subscribe|like|contact|add|remove|delete|update|edit)\b", re.I
)
_RELOADS = re.compile(r"^hx-(redirect|refresh|trigger|location)$", re.IGNORECASE)
_COOKIES = (Kind.COOKIE_WRITE, Kind.COOKIE_DELETE)
ENOUGH = 5


def callers_of(handler: Handler) -> list[Caller]:
    """The places of the project's own pages that call a handler; in scripts none that only servers and tests run."""
    if handler.segments is None:
        return []
    found = calling(handler.context.callers, handler.method, handler.segments)
    if handler.module.lang == "python":
        return found
    return [caller for caller in found if not _SERVERS.search(caller.path.as_posix())]


def internal_mutation(handler: Handler) -> list[Evidence]:
    """The evidence that a handler serves the own pages alone; empty when it is not enough."""
    if handler.method not in ("POST", "PUT", "PATCH", "DELETE") or not handler.context.has_actions:
        return []
    callers = callers_of(handler)
    if not callers or is_called_by_programs(callers, handler.context.root) or any(map(_is_embedded, callers)):
        return []
    if takes_file(handler) or handler.calls(Kind.STREAM) or not is_for_others(handler).is_no:
        return []
    return _in_template(handler, callers) if handler.module.lang == "python" else _in_script(handler, callers)


def _in_template(handler: Handler, callers: list[Caller]) -> list[Evidence]:
    """The weighed evidence, if there is enough of it and any of it is about a page."""
    forms = form_reads(handler)
    pages = [e for answer, e in answers(handler) if answer in (Answer.REDIRECT, Answer.HTML)]
    if forms and pages:
        return []  # RG101 says it
    weighed = [*_weighed(handler, callers, forms, pages)]
    is_page = bool(forms or pages) or any(c.kind == "form" for c in callers) or bool(_reloads(handler))
    enough = sum(weight for weight, _ in weighed) >= ENOUGH
    return [evidence for _, evidence in weighed] if enough and is_page else []


def _in_script(handler: Handler, callers: list[Caller]) -> list[Evidence]:
    """As `_in_template`, for Next.js, whose client components call an action as they call a function.

    It takes a caller in the own pages and something that changes: a write, a cookie, a mail, a log-in.
    """
    if _RENEWS.search(handler.route_id) or any(_ENCODED.search(_text(scope)) for scope in handler.scopes):
        return []
    effects = [*changes(handler), *handler.calls(Kind.COOKIE_WRITE, Kind.COOKIE_DELETE, Kind.MAIL)]
    effects = [
        site
        for site in effects
        if not (takes_what_it_read(site, handler) or counts_usage(site) or finds_caller(site))
    ]
    words = f"{handler.route_id} {' '.join(texts(handler))}"
    if not effects and (not _ACCOUNTS.search(words) or forwards(handler)):
        return []
    found = [
        Evidence(f"called by `{caller.text[:60]}`", path=caller.path, line=caller.line)
        for caller in callers[:3]
    ]
    return found + [at(site, handler, "changes") for site in effects[:1]]


_SERVERS = re.compile(
    r"/route\.[mc]?[jt]sx?$|(^|/)(__tests__|tests?|e2e|scripts?|cypress)/|\.(test|spec)\.[jt]sx?$"
)
"""Files that are no pages: what they call is called by a server, or by a test."""

_EMBEDDED = re.compile(r"\(\s*`\$\{[^}]*\}/")


def _is_embedded(caller: Caller) -> bool:
    """`fetch(`${base}/api/chat`)` in `public/widget.js`: other sites load the script, and call from theirs."""
    return "public" in caller.path.parts and _EMBEDDED.search(caller.text) is not None


_RENEWS = re.compile(r"/(refresh|renew)(-?(token|session))?$", re.IGNORECASE)
"""Routes by which the client's own code renews its token, whenever another call is refused: no page is shown anew."""

_ENCODED = re.compile(r"""['"]base64['"]|base64,|\buploader\.upload\b""")
"""A file in a text: an action takes 1 MB, unless it is told otherwise."""

_ACCOUNTS = re.compile(r"log-?in|sign-?in|sign-?up|register|log-?out|sign-?out|password", re.IGNORECASE)


def _text(scope: Scope) -> str:
    return scope.module.source.text(*scope.function.span)


def _weighed(
    handler: Handler, callers: list[Caller], forms: list[Evidence], pages: list[Evidence]
) -> list[tuple[int, Evidence]]:
    found = [(3, evidence) for evidence in forms[:1]] + [(3, evidence) for evidence in pages[:1]]
    for caller in callers[:3]:
        weight = 3 if caller.kind == "form" else 2
        found.append(
            (weight, Evidence(f"called by `{caller.text[:60]}`", path=caller.path, line=caller.line))
        )
    found += [(1, at(site, handler, "writes")) for site in changes(handler)[:1]]
    found += [(2, evidence) for evidence in (*_reloads(handler), *_shows_errors(handler))[:1]]
    found += [(2, evidence) for evidence in _session_reads(handler)[:1]]
    found += [(1, at(site, handler, "sets")) for site in handler.calls(*_COOKIES)[:1]]
    last = handler.route_id.rstrip("/").rpartition("/")[2]
    if _VERBS.search(last):
        found.append((1, Evidence(f"`{last}` is a verb")))
    return found


def _session_reads(handler: Handler) -> list[Evidence]:
    """`request.session`, `request.cookies`: the caller is a browser that is signed in."""
    return [
        Evidence("reads the session", step.expression.span, step.scope.module)
        for step in handler.steps(Attribute)
        if isinstance(step.expression, Attribute)
        and step.expression.name in ("session", "cookies")
        and step.scope.type_of(step.expression.object) == "fastapi.Request"
    ]


def _shows_errors(handler: Handler) -> list[Evidence]:
    """`{"errors": {"name": "…"}}` in the context of a template, for the fields of a form."""
    return [
        Evidence("shows errors beside the fields", step.expression.span, step.scope.module)
        for step in handler.steps(Constant)
        if isinstance(step.expression, Constant) and step.expression.value in ("errors", "field_errors")
    ]


def _reloads(handler: Handler) -> list[Evidence]:
    return [
        Evidence("reloads the page", step.expression.span, step.scope.module)
        for step in handler.steps(Constant)
        if isinstance(step.expression, Constant) and _RELOADS.match(str(step.expression.value))
    ]
