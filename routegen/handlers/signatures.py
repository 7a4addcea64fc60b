"""Facts about how a signature is verified: how it is compared, when it is skipped, what a bad one ends in."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import (
    Attribute,
    Call,
    Choice,
    Compare,
    Constant,
    Expression,
    Name,
    Span,
)
from routegen.handlers.failures import is_generic, status_of
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.function import Block, BlockKind, Effect
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.headers import header_read
from routegen.handlers.inputs import is_query
from routegen.handlers.kinds import Kind
from routegen.handlers.places import nearest
from routegen.handlers.scope import Scope
from routegen.handlers.secrets import is_environment
from routegen.handlers.webhook import is_body_value, receives_webhooks

_DIGESTS = {"hexdigest", "digest"}
_LEVELS = {"debug", "info", "log", "warn", "warning", "error", "critical", "exception"}
_RAISES = re.compile(
    r"construct_?event|verify_header|svix|standardwebhooks|parse_event_notification|\.unwrap$|linebot",
    re.IGNORECASE,
)


def compared_digests(handler: Handler) -> Iterator[tuple[Step, Span]]:
    """The comparisons of a keyed digest by `==`, each with its place in the file of the handler."""
    compares = [step for step in handler.steps(Compare) if _compares_values(step.expression)]
    if not compares:
        return
    logged = {id(part) for step in handler.steps(Call) if _is_log(step) for part in step.expression.walk()}
    for step in compares:
        compare = step.expression
        assert isinstance(compare, Compare)
        if id(compare) in logged or _is_only_told(compare, step.scope):
            continue
        secret = [o for o in compare.operands if _is_secret(o, step.scope)]
        sent = [o for o in compare.operands if o not in secret and trace(o, step.scope, is_sent) is not None]
        if secret and sent:
            yield step, nearest(step, handler)


def _compares_values(compare: Expression) -> bool:
    """`a == b`, neither of them a literal."""
    return (
        isinstance(compare, Compare)
        and compare.operators[0] in ("==", "!=")
        and not any(isinstance(operand, Constant) for operand in compare.operands)
    )


def _is_only_told(compare: Expression, scope: Scope) -> bool:
    """`if (secret === sent) console.warn(…)`: nothing but a line in the log depends on it."""
    statements = scope.function.body.statements
    test = next((s for s in statements if s.effect is Effect.TEST and compare in s.parts), None)
    inner = [s for s in statements if test is not None and s.block.test is test.value]
    return bool(inner) and all(s.value is not None and _is_log(Step(s.value, scope)) for s in inner)


def _is_log(step: Step) -> bool:
    """`LOG.info(…)`: what is only written down lets nobody in."""
    call = step.expression
    receiver = call.receiver if isinstance(call, Call) else None
    return isinstance(call, Call) and receiver is not None and call.name in _LEVELS and _names_log(receiver)


def _names_log(receiver: Expression) -> bool:
    if not isinstance(receiver, (Name, Attribute)):
        return False
    return receiver.name == "console" or "log" in receiver.name.lower()


def _is_secret(operand: Expression, scope: Scope) -> bool:
    """A keyed digest, or a secret of the environment."""
    if trace(operand, scope, is_keyed_digest) is not None:
        return True
    return any(
        _is_setting_read(step)
        and re.search(r"secret|key|token", step.scope.module.text(step.expression), re.IGNORECASE) is not None
        for step in origins(operand, scope)
    )


def _is_setting_read(step: Step) -> bool:
    """`os.environ.get("X")`, `process.env.X`."""
    name = step.expression.function if isinstance(step.expression, Call) else step.expression
    dotted = step.scope.dotted(name) or ""
    return dotted in ("os.getenv", "os.environ.get") or dotted.startswith("builtins.process.env.")


def is_sent(expression: Expression, scope: Scope) -> bool:
    """Whether the client sends it: a header, the query, the body."""
    return (
        header_read(expression, scope) is not None
        or is_query(expression, scope)
        or is_body_value(expression, scope)
    )


def is_keyed_digest(expression: Expression, scope: Scope) -> bool:
    """`hmac.new(…).hexdigest()`, or its text in base64."""
    if isinstance(expression, Call) and expression.name in _DIGESTS and expression.receiver is not None:
        return (scope.type_of(expression.receiver) or "") == "hmac.HMAC"
    if (
        isinstance(expression, Call)
        and expression.name in ("b64encode", "urlsafe_b64encode")
        and expression.arguments
    ):
        return trace(expression.arguments[0], scope, is_keyed_digest) is not None
    return isinstance(expression, Call) and Kind.HMAC in scope.kinds(expression)


def optional_verifications(handler: Handler) -> Iterator[tuple[Site, Expression]]:
    """The verifications that run only if a setting is there, each with the test."""
    for site in handler.calls(Kind.VERIFY, Kind.COMPARE):
        if site.statement is None or site.origin is not Origin.BODY or not receives_webhooks(handler).is_yes:
            continue
        for block in site.statement.block.around:
            if block.kind is BlockKind.IF and block.test is not None and _is_setting(block.test, site.scope):
                if not _is_refused_otherwise(block, site):
                    yield site, block.test
                break


def _is_setting(test: Expression, scope: Scope) -> bool:
    """A name alone that comes from the environment or the settings: `if SECRET`, `if settings.secret and x`."""
    if isinstance(test, Choice) and test.test is None:
        return any(_is_setting(option, scope) for option in test.options)
    if not isinstance(test, (Name, Attribute)) or not re.search(
        r"secret|key|token", test.name, re.IGNORECASE
    ):
        return False
    if is_environment(test):
        return True
    if isinstance(test, Attribute):
        return isinstance(test.object, Name) and test.object.name in ("settings", "config", "conf", "Config")
    steps = origins(test, scope)
    return any(
        is_environment(s.expression)
        or (isinstance(s.expression, Call) and "env" in scope.module.text(s.expression.function))
        for s in steps
    )


def _is_refused_otherwise(block: Block, site: Site) -> bool:
    """An ELSE beside it, or something after it, that raises or answers with an error."""
    statements = site.scope.function.body.statements
    for statement in statements:
        if statement.block.kind is BlockKind.ELSE and statement.block.test is block.test:
            return True
    return any(s.effect is Effect.RAISE and s.block is block.parent for s in statements)


def uncaught_verifications(handler: Handler) -> Iterator[tuple[Site, str]]:
    """The verifiers whose error nobody turns into a 4xx, each with how it ends."""
    for site in handler.calls(Kind.VERIFY):
        known = site.target or site.call.name
        if site.origin is not Origin.BODY or not _RAISES.search(known) or site.statement is None:
            continue
        tries = [*_tries(site)]
        if not tries:
            yield site, "raises, and nothing catches it"
        elif (status := _answered(tries[0], site.scope)) is not None and status >= 500:
            yield site, f"fails, and the `except` answers {status}"


def _tries(site: Site) -> Iterator[Block]:
    for here in (site, *site.leading):
        if here.statement is None:
            return
        yield from (b for b in here.statement.block.around if b.kind is BlockKind.TRY)


def _answered(block: Block, scope: Scope) -> int | None:
    """The status that a failure is answered with, when every handler that may catch it says the same."""
    found: set[int] = set()
    for handler in block.handlers:
        for statement in scope.function.body.statements:
            if statement.block is handler and statement.effect in (Effect.RAISE, Effect.RETURN):
                status = status_of(Step(statement.value, scope)) if statement.value is not None else 500
                found.add(500 if status is None and statement.value is None else status or -1)
        if is_generic(handler, scope):
            break
    return found.pop() if len(found) == 1 else None
