"""Facts about webhooks: whether a handler receives them, and whether it verifies who sends."""

import re

from routegen.handlers.expression import Attribute, Call, Compare, Constant, Expression, Name, Subscript
from routegen.handlers.facts import NO, Evidence, Fact, Truth, unknown, yes
from routegen.handlers.flow import Step, trace
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.headers import header_read
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.places import at
from routegen.handlers.requests import headers, is_body
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.middleware import MAY_VERIFY
from routegen.routes import Kind as SegmentKind

_WORDS = {"webhook", "webhooks", "ipn"}
# Names of functions that could verify a request; what cannot be looked into and has one of these might.
_GUARDS = re.compile(
    r"verif|valid|check|sign|auth|hmac|digest|secur|secret|token|guard|ensure|requir|trust|"
    r"construct_event|unwrap|decrypt|decode|permit|allow|protect|parse_event|login|user|account",
    re.IGNORECASE,
)
_VERIFIERS = re.compile(r"verif|signature|signed|hmac|authentic|authori[sz]", re.IGNORECASE)
# Names of dependencies that guard nothing.
_HARMLESS = re.compile(
    r"^(get_?)?(async_?)?(db|session|database|settings?|config|queue|bus|logger|log|tasks|background)", re.I
)
_ACTS = (Kind.DB_WRITE, Kind.MAIL, Kind.EXTERNAL, Kind.ENQUEUE)
_PASSIVE = (
    *(Kind.READ_JSON, Kind.READ_RAW, Kind.READ_FORM, Kind.PARSE, Kind.KEEP, Kind.HEADER, Kind.QUERY),
    *(Kind.RESPOND, Kind.ERROR, Kind.REDIRECT, Kind.HTML),
)


def receives_webhooks(handler: Handler) -> Fact:
    """Whether a handler is called by another company's server to tell it something."""
    if handler.method != "POST":
        return NO
    if handler.expose is not None:
        return yes(f'says `EXPOSE = "{handler.expose}"`') if handler.expose == "webhook" else NO
    known = vocabulary().headers
    for name, evidence in headers(handler).items():
        if name in known:
            return Fact(Truth.YES, (evidence,))
    return _by_route(handler)


def _by_route(handler: Handler) -> Fact:
    segments = [s for s in handler.segments or () if s.kind is not SegmentKind.GROUP]
    at = next(
        (i for i, s in enumerate(segments) if s.kind is SegmentKind.STATIC and _says_webhook(s.name)), None
    )
    if at is None:
        return NO
    word, after = segments[at].name, segments[at + 1 :]
    if any(s.is_parameter and re.search(r"(^|_)(id|uuid|slug)$", s.name) for s in after):
        return unknown(f"`{handler.route_id}` may be an API about webhooks")
    if not after and word.endswith("s") and _is_collection(handler):
        return unknown(f"`{handler.route_id}` may be an API about webhooks")
    return yes(f"the route has the segment `{word}`")


def _says_webhook(segment: str) -> bool:
    return not _WORDS.isdisjoint(re.split(r"[-_.]|\d+$", segment.lower()))


def _is_collection(handler: Handler) -> bool:
    """`POST /webhooks` with a typed body, or with other methods beside it, may register webhooks instead."""
    scope = handler.scope
    has_model = scope is not None and any(is_body(p, scope) for p in scope.function.parameters)
    return has_model or bool(handler.siblings)


def verifies(handler: Handler) -> Fact:
    """Whether a handler verifies who sends: itself, in a helper, a dependency or a decorator.

    Yes: a provider's verifier, a constant-time comparison, or request data compared with a secret.
    Unknown: what cannot be looked into and could verify. No: neither.
    """
    if not handler.is_known:
        return unknown("its code cannot be read")
    for site in handler.calls(Kind.VERIFY, Kind.COMPARE):
        return Fact(Truth.YES, (at(site, handler, "verifies"),))
    if (compared := _compares_secret(handler)) is not None:
        return compared
    if handler.module.lang == "python" and handler.is_guarded:
        return unknown("a `dependencies.py` above it runs first")
    if handler.above is MAY_VERIFY:
        return MAY_VERIFY
    for site in handler.sites:
        if _could_verify(site):
            return Fact(Truth.UNKNOWN, (at(site, handler, "could verify"),))
    return NO


def _compares_secret(handler: Handler) -> Fact | None:
    """`request.headers["x-token"] != SECRET`: sure for headers, query and path, likely for the body."""
    for step in handler.steps(Compare):
        if _is_unheard(step, handler):
            continue
        if isinstance(step.expression, Compare) and not _has_constant(step.expression):
            shown = f"`{handler.text(step.expression, step.scope)}`"
            for operand in step.expression.operands:
                if trace(operand, step.scope, _is_address) is not None:
                    return yes(f"compares {shown}", step.expression.span, step.scope.module)
            if _compares_equal(step.expression):
                return unknown(f"{shown} could be a secret", step.expression.span, step.scope.module)
    return None


def _is_unheard(step: Step, handler: Handler) -> bool:
    """A comparison in a helper that throws nothing, and whose result nobody takes: `matches(event)`, as a statement."""
    via = next((site.via for site in handler.sites if site.scope is step.scope and site.via), None)
    if (
        via is None
        or via.origin is not Origin.BODY
        or via.statement is None
        or via.statement.value is not via.call
    ):
        return False
    throws = any(s.effect is Effect.RAISE for s in step.scope.function.body.statements)
    return via.statement.effect is Effect.EVALUATE and not throws


def _compares_equal(compare: Compare) -> bool:
    return any(operator in ("==", "!=") for operator in compare.operators)


def _has_constant(compare: Compare) -> bool:
    return any(isinstance(operand, Constant) for operand in compare.operands)


def _is_address(expression: Expression, scope: Scope) -> bool:
    """Whether this is read from a header, the query or the path."""
    if header_read(expression, scope) is not None:
        return True
    if isinstance(expression, (Call, Subscript)):
        of = expression.receiver if isinstance(expression, Call) else expression.object
        return of is not None and not scope.kinds(of).isdisjoint({Kind.QUERY, Kind.PARAM, Kind.COOKIE})
    return False


def _could_verify(site: Site) -> bool:
    """Whether a call could verify the request and cannot be looked into."""
    if Kind.AUTH_CHECK in site.kinds:
        return True
    if site.origin is Origin.DECORATOR:
        return Kind.OPERATION not in site.kinds
    if site.is_followed or (site.target is not None and vocabulary().knows(site.target)):
        return False
    name = site.name
    if site.origin is Origin.DEPENDENCY:
        return not _HARMLESS.match(name)
    if site.target is not None and site.target.startswith(("builtins.", "next/cache.")):
        return False
    arguments = site.call.children()[1:]
    if any(_hands_over(argument, site.scope) for argument in arguments):
        return True
    if not _GUARDS.search(name) and not _GUARDS.search(site.target or ""):
        return False
    # Inside a helper, what got no more than parts of the event can check nothing but these.
    is_inside = site.via is not None and site.origin is Origin.BODY and not _is_in_verifier(site)
    return not is_inside or not arguments or any(_is_whole_body(a, site.scope) for a in arguments)


def _is_in_verifier(site: Site) -> bool:
    """Whether a helper that calls it says by its name that it verifies: `verifySignature`."""
    return any(_VERIFIERS.search(here.name) for here in site.leading)


def _is_whole_body(argument: Expression, scope: Scope) -> bool:
    def is_read(part: Expression, where: Scope) -> bool:
        is_raw = isinstance(part, Call) and Kind.READ_RAW in where.kinds(part)
        return is_raw or parsed_body(part, where)

    return trace(argument, scope, is_read) is not None


def _hands_over(argument: Expression, scope: Scope) -> bool:
    """Whether an argument lets the callee see the headers: the request, all headers or one of them."""
    return trace(argument, scope, _is_request_or_header) is not None


def _is_request_or_header(expression: Expression, scope: Scope) -> bool:
    if header_read(expression, scope) is not None or Kind.HEADER in scope.kinds(expression):
        return True
    return scope.type_of(expression) == "fastapi.Request"


def acts(handler: Handler) -> Evidence | None:
    """The first thing a handler does about what it was sent: a write, a mail, a call that takes the body."""
    for site in handler.sites:
        if site.origin is not Origin.BODY or site.is_followed:
            continue
        if not site.kinds.isdisjoint(_ACTS) or (site.kinds.isdisjoint(_PASSIVE) and _takes_body(site)):
            return at(site, handler, "acts on it")
    return None


def _takes_body(site: Site) -> bool:
    if site.target is not None and site.target.startswith("builtins.") and site.target != "builtins.print":
        return False
    if site.call.name in ("get", "items", "keys", "values", "decode"):
        return False
    return any(_derives_from_body(argument, site.scope, set()) for argument in site.call.children()[1:])


def _derives_from_body(expression: Expression, scope: Scope, seen: set[str]) -> bool:
    """Whether anything of the body is in a value, in whatever form: enough to say that it is acted on."""
    for part in expression.walk():
        if is_body_value(part, scope):
            return True
        if isinstance(part, Name) and part.name not in seen:
            seen.add(part.name)
            statement = scope.binding(part.name, part.span.start)
            if statement and statement.value and _derives_from_body(statement.value, scope, seen):
                return True
    return False


def is_body_value(expression: Expression, scope: Scope) -> bool:
    """Whether this is the request's body, raw or parsed, or a part of it."""
    if isinstance(expression, Call):
        kinds = scope.kinds(expression)
        if not kinds.isdisjoint({Kind.READ_JSON, Kind.READ_RAW, Kind.READ_FORM, Kind.PARSE}):
            return True
        receiver = expression.receiver
        return (
            expression.name == "get"
            and receiver is not None
            and trace(receiver, scope, is_body_value) is not None
        )
    if isinstance(expression, Subscript) or (isinstance(expression, Attribute) and scope.lang != "python"):
        return trace(expression.object, scope, is_body_value) is not None
    return is_body_parameter(expression, scope)


def is_body_parameter(expression: Expression, scope: Scope) -> bool:
    """Whether this names a parameter that FastAPI fills from the body."""

    if not isinstance(expression, Name) or scope.caller is not None or expression.name in scope.bindings:
        return False
    parameter = scope.function.parameter(expression.name)
    return parameter is not None and is_body(parameter, scope)


def parsed_body(expression: Expression, scope: Scope) -> bool:
    """Whether this is the parsed body as a whole: no longer the bytes that were signed."""
    if isinstance(expression, Call):
        return not scope.kinds(expression).isdisjoint({Kind.READ_JSON, Kind.PARSE, Kind.READ_FORM})
    return is_body_parameter(expression, scope)


def signed_payloads(handler: Handler) -> list[tuple[Site, Expression]]:
    """What a handler verifies: each verifying call with the argument that must be the signed bytes."""
    found: list[tuple[Site, Expression]] = []
    roles = vocabulary().roles
    for site in handler.sites:
        payload = site.role("payload") if site.target in roles else None
        if payload is None and "verif" in site.call.name.lower():
            payload = _payload_by_name(site)
        if payload is not None:
            found.append((site, payload))
    return found


def _payload_by_name(site: Site) -> Expression | None:
    """The parsed body that is handed to something called `verify…` together with a signature header."""
    if site.is_followed:
        return None
    arguments = site.call.children()[1:]
    if not any("signature" in (_header_in(a, site.scope) or "") for a in arguments):
        return None
    return next((a for a in arguments if trace(a, site.scope, parsed_body)), None)


def _header_in(expression: Expression, scope: Scope) -> str | None:
    way = trace(expression, scope, lambda e, s: header_read(e, s) is not None)
    return header_read(*way[0]) if way else None


def is_canonical(way: tuple[Step, ...]) -> bool:
    """Whether a value was written as canonical JSON on its way: some providers sign that."""
    calls = [step.expression for step in way if isinstance(step.expression, Call)]
    return any("sort_keys" in call.keywords or "separators" in call.keywords for call in calls)
