"""Facts about what a receiver of webhooks does with an event: how long, how often, how old, and of which type."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Binary, Compare, Constant, Name, Place, Span, Subscript
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step
from routegen.handlers.function import Block, BlockKind, Effect, Statement
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import headers
from routegen.handlers.webhook import receives_webhooks, verifies

_SLEEPS = {"time.sleep", "asyncio.sleep"}
_TYPES = re.compile(r"type|event|topic|action|kind", re.IGNORECASE)
_DEFAULT = re.compile(r"case\s+[a-z_]\w*\s*:")
_SIGNED_TIMES = {
    *(
        "stripe-signature",
        "paddle-signature",
        "x-slack-request-timestamp",
        "svix-timestamp",
        "webhook-timestamp",
    ),
    *("x-zm-request-timestamp", "x-signature-timestamp"),
}
_CLOCKS = re.compile(r"^(time|now|utcnow|today|fromtimestamp|monotonic)$")
_DELIVERY_IDS = {
    *(
        "svix-id",
        "webhook-id",
        "x-github-delivery",
        "x-shopify-webhook-id",
        "x-request-id",
        "i-twilio-idempotency-token",
    ),
}
_IDS = re.compile(r"^(event_?|delivery_?|message_?|webhook_?|idempotency_?)(id|key)$|^id$", re.IGNORECASE)
_ONCE = re.compile(
    r"upsert|or_create|merge|setnx|on_conflict|exists|idempot",
    re.IGNORECASE,
)
_INSERTS = re.compile(
    r"^(add|add_all|insert|insert_one|insert_many|create|bulk_create|send_message|sendmail)$"
)


def slow_work(handler: Handler) -> list[Site]:
    """What a receiver waits for before it answers, when the answer does not hold it: a model, a mail, other services."""
    if not receives_webhooks(handler).is_yes or handler.function is None:
        return []
    sites = [s for s in handler.sites if s.origin is Origin.BODY and not _is_answered(s, handler)]
    slow = [s for s in sites if not s.kinds.isdisjoint({Kind.LLM, Kind.MAIL}) or s.target in _SLEEPS]
    calls = [s for s in sites if Kind.EXTERNAL in s.kinds or (Kind.EXTERNAL_WRITE in s.kinds)]
    many = len(calls) > 1 or any(_in_loop(site) for site in calls)
    return slow or (calls if many else [])


def _in_loop(site: Site) -> bool:
    return site.statement is not None and site.statement.block.inside(BlockKind.LOOP) is not None


def _is_answered(site: Site, handler: Handler) -> bool:
    """Whether what a call gives is a part of the answer: then the sender waits for it on purpose."""
    statement = site.top.statement
    if statement is None:
        return False
    if statement.effect is Effect.RETURN:
        return True
    held = _grown(set(statement.targets), handler)
    returned = {p.name for s in handler.returns for p in s.parts if isinstance(p, Name)}
    return not held.isdisjoint(returned)


def _grown(names: set[str], handler: Handler) -> set[str]:
    """These names and all that are made of them."""
    for statement in handler.own_statements:
        if any(isinstance(part, Name) and part.name in names for part in statement.parts):
            names |= set(statement.targets)
    return names


def repeated_effect(handler: Handler) -> Site | Statement | None:
    """What a second delivery of the same event would do again, in a receiver that never looks at the event's id."""
    if not receives_webhooks(handler).is_yes or not verifies(handler).is_yes or _knows_event(handler):
        return None
    for site in handler.calls(Kind.DB_WRITE, Kind.MAIL):
        if site.origin is Origin.BODY and (_INSERTS.match(site.call.name) or _is_insert(site)):
            return site
    return next((s for s, _ in handler.statements if _counts_up(s)), None)


def _is_insert(site: Site) -> bool:
    text = site.scope.module.text(site.call)
    return re.search(r"\binsert\s*(into\b|\()", text, re.IGNORECASE) is not None


def _counts_up(statement: Statement) -> bool:
    """`user.credits += 10`."""
    place = statement.value
    return (
        isinstance(place, Place)
        and isinstance(place.target, Attribute)
        and isinstance(place.value, Binary)
        and place.value.operator in ("+", "+=", "-", "-=")
    )


def _knows_event(handler: Handler) -> bool:
    """Whether the id of the event is read, or a write can be repeated."""
    if not _DELIVERY_IDS.isdisjoint(headers(handler)):
        return True
    if any(_ONCE.search(site.name) or "conflict" in _text(site).lower() for site in handler.sites):
        return True
    for step in handler.steps(Attribute, Subscript, Constant):
        part = step.expression
        name = part.name if isinstance(part, Attribute) else part.value if isinstance(part, Constant) else ""
        if isinstance(name, str) and _IDS.match(name):
            return True
    return False


def _text(site: Site) -> str:
    return site.scope.module.text(site.call)


def timeless_signature(handler: Handler) -> tuple[Site, str] | None:
    """The keyed digest of a sender that signs a time, in a receiver that never asks what time it is; and the header."""
    if not receives_webhooks(handler).is_yes:
        return None
    signed = next((name for name in headers(handler) if name in _SIGNED_TIMES), None)
    digest = next((site for site in handler.calls(Kind.HMAC) if site.origin is not Origin.DECORATOR), None)
    if signed is None or digest is None or any(_CLOCKS.match(site.name) for site in handler.sites):
        return None
    return digest, signed


def refused_types(handler: Handler) -> Iterator[tuple[Span, int]]:
    """Where a receiver answers an event type that it does not know with an error, and the status."""
    if not receives_webhooks(handler).is_yes or handler.scope is None:
        return
    for statement in handler.own_statements:
        if not _is_default(statement.block, handler):
            continue
        status = _refusal(statement, handler)
        if status is not None and status >= 400:
            yield statement.span, status


def _is_default(block: Block, handler: Handler) -> bool:
    """The `else` of a comparison with an event type, or the last `case` of a match on one."""
    if block.test is None or not _TYPES.search(handler.module.text(block.test)):
        return False
    if block.kind is BlockKind.ELSE:
        return isinstance(block.test, Compare) and any(
            isinstance(part, Constant) and isinstance(part.value, str) for part in block.test.operands
        )
    return block.kind is BlockKind.IF and _DEFAULT.match(handler.module.text(block.span)) is not None


def _refusal(statement: Statement, handler: Handler) -> int | None:
    assert handler.scope is not None
    if statement.effect not in (Effect.RAISE, Effect.RETURN) or statement.value is None:
        return None
    status = status_of(Step(statement.value, handler.scope))
    return 500 if status is None and statement.effect is Effect.RAISE else status
