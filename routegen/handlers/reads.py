"""Facts about handlers that should only read: what they change all the same."""

import re

from routegen.handlers.contents import comment_above
from routegen.handlers.effects import is_change, is_passing, opens_for_writing
from routegen.handlers.expression import Attribute, Call, Choice, Compare, Constant, Expression, Name, Place
from routegen.handlers.flow import origins
from routegen.handlers.function import BlockKind
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.missing import before_refusal, branches, makes_what_is_missing, takes_what_ran_out
from routegen.handlers.requests import headers

_COUNTERS = re.compile(
    r"view|count|hit|visit|last_?seen|last_?access|log|audit|history|stat|cache|session|metric|track|event|temp|tmp"
    r"|thumb|preview|access|usage|download|activity|seed|init|token|state|read_?at|as_?read|click|expire|refresh",
    re.IGNORECASE,
)
_ROUTES = re.compile(
    r"callback|oauth|verify|confirm|activate|unsubscribe|login|auth|sso|cron|health|export|download"
    r"|test|debug|seed|init|setup|webhook|checkout|success|token",
    re.IGNORECASE,
)
_JOBS = re.compile(r"^(has|verify|check|is)_?(valid_?)?cron|cron_?secret", re.IGNORECASE)
_KEEPERS = re.compile(
    r"^_?(get|list|load|look_?up|find|fetch|read|resolve|validate|ensure|sync|refresh|backfill|prune|migrate|upsert|reconcile|repair)"
    r"(_|[A-Z])|get_or_|_synced$|[bB]ackfill|OrCreate",
)
_SCRATCH = re.compile(r"cache|tmp|temp", re.IGNORECASE)
_EFFECTS = frozenset({Kind.MAIL, Kind.ENQUEUE, Kind.COOKIE_DELETE, Kind.EXTERNAL_WRITE})
_LOGOUT = re.compile(r"log_?out|sign_?out|deauthori[sz]e", re.IGNORECASE)


def is_callback(handler: Handler) -> bool:
    """Whether another party leads the browser here: `code` and `state`, or a secret, come along."""
    names = {parameter.name for parameter in handler.function.parameters} if handler.function else set[str]()
    if {"code", "state"} & names or any(
        "secret" in name or name == "authorization" for name in headers(handler)
    ):
        return True
    if _LOGOUT.search(f"{handler.route_id} {handler.name}"):
        return False
    if any(_JOBS.search(site.name) for site in handler.sites):
        return True
    return bool(
        _ROUTES.search(handler.route_id) or _ROUTES.search("" if handler.is_file_route else handler.name)
    )


def side_effects(handler: Handler) -> list[tuple[Site, str]]:
    """What a handler changes, each with a word for it."""
    found: list[tuple[Site, str]] = []
    for site in handler.sites:
        if site.origin is not Origin.BODY or site.is_followed or not _may_change(site):
            continue
        if _is_for_other_method(site, handler.method):
            continue
        if site.via is not None and any("dry" in name for name in site.top.call.keywords):
            continue
        if _keeps_up(site) or is_passing(site, handler) or _is_scratch(site) or _changes_nothing_more(site):
            continue
        text = _text(site)
        near = " ".join((text, site.scope.function.name, site.top.name, _said_above(site)))
        if Kind.MAIL in site.kinds or (
            Kind.ENQUEUE in site.kinds and re.search(r"mail|send|notif", text, re.I)
        ):
            found.append((site, "sends something"))
        elif not site.kinds.isdisjoint({Kind.COOKIE_DELETE}) and _LOGOUT.search(
            f"{handler.route_id} {handler.name}"
        ):
            found.append((site, "logs out"))
        elif Kind.EXTERNAL_WRITE in site.kinds:
            found.append((site, "changes what another service keeps"))
        elif is_change(site) and not _is_commit(site) and not _COUNTERS.search(near):
            found.append((site, "changes data"))
    if not found and _LOGOUT.search(f"{handler.route_id} {handler.name}"):
        found += [(site, "logs out") for site in handler.sites if _ends_session(site)]
    return found


def _is_for_other_method(site: Site, method: str) -> bool:
    """`if (request.method === "PUT")` around it, in a function that answers several methods."""
    for block, _ in branches(site):
        if tested := _methods(block.test):
            is_right = method in tested
            if is_right is (block.kind is BlockKind.ELSE):
                return True
    return False


def _methods(test: Expression | None) -> set[str]:
    """The methods that a test asks for: `request.method == "PUT"`, or one of several."""
    if isinstance(test, Choice) and test.test is None:
        found = [_methods(option) for option in test.options]
        return set[str]().union(*found) if all(found) else set()
    if not isinstance(test, Compare) or test.operators[0] != "==":
        return set()
    of, name = test.operands[:2]
    if not isinstance(of, Attribute) or of.name != "method" or not isinstance(name, Constant):
        return set()
    return {str(name.value)}


def _may_change(site: Site) -> bool:
    """Whether it does any of what counts; most calls do nothing of the kind."""
    return not site.kinds.isdisjoint(_EFFECTS) or is_change(site)


def _keeps_up(site: Site) -> bool:
    """Whether it only makes what is read there at all, or current: `get_or_create`, `sync_…`, `ensure_…`.

    Reading twice then changes no more than reading once.
    """
    return any(here.is_followed and _KEEPERS.search(here.name) for here in (site, *site.leading))


def _changes_nothing_more(site: Site) -> bool:
    """What another service keeps is not the project's own to make: a customer at Stripe for each who looks."""
    if before_refusal(site) or takes_what_ran_out(site):
        return True
    return Kind.EXTERNAL_WRITE not in site.kinds and makes_what_is_missing(site)


def _is_scratch(site: Site) -> bool:
    """Whether it writes a file that only lives for a while: its path begins in a cache or a temporary folder."""
    path = site.role("path") if opens_for_writing(site) else None
    if path is None:
        return False
    texts = (s.scope.module.text(s.expression) for s in origins(path, site.scope))
    return any(_SCRATCH.search(text) for text in texts)


def _text(site: Site) -> str:
    """The text of a call; of a database session only the arguments: it is called `session` whatever it writes.

    A call that others follow is as long as they are: `db.update(posts).set({ views })`.
    """
    if (site.target or "").startswith("sqlalchemy."):
        return " ".join(site.scope.module.text(argument) for argument in site.call.arguments)
    whole = site.call
    for part in site.statement.parts if site.statement is not None else ():
        if isinstance(part, Call) and part.receiver is whole:
            whole = part
    return " ".join([site.scope.module.text(whole), *(_set_before(site) if site.call.name == "save" else ())])


def _said_above(site: Site) -> str:
    """The comment above the statement, or above the `try` around it."""
    if site.statement is None:
        return ""
    tried = site.statement.block.inside(BlockKind.TRY)
    starts = [site.statement.span.start, *([tried.span.start] if tried is not None else [])]
    source = site.scope.module.source
    return " ".join(comment_above(source.text(max(0, start - 400), start)) for start in starts)


def _set_before(site: Site) -> list[str]:
    """What is put into a document before it is saved: `post.views = …`, then `post.save()`."""
    of = site.call.receiver
    places = (s.value.target for s in site.scope.function.body.statements if isinstance(s.value, Place))
    return [
        place.name
        for place in places
        if isinstance(place, Attribute) and isinstance(place.object, Name) and isinstance(of, Name)
        if place.object.name == of.name
    ]


def _is_commit(site: Site) -> bool:
    return site.call.name in ("commit", "flush", "merge")


def _ends_session(site: Site) -> bool:
    """`request.session.pop("user")`, `response.delete_cookie("session")`."""
    receiver = site.call.receiver
    if site.call.name in ("delete_cookie", "signOut", "logout") or Kind.COOKIE_DELETE in site.kinds:
        return True
    return (
        site.call.name in ("pop", "clear")
        and isinstance(receiver, Attribute)
        and receiver.name == "session"
        and isinstance(receiver.object, Name)
    )
