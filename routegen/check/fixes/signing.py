"""Turns the check of a signature into one that holds: the bytes that were signed, compared in constant time."""

from collections.abc import Sequence

from routegen.check.finding import Edit, Fix
from routegen.check.fixes import script_signing
from routegen.check.fixes.edits import (
    fix,
    has_lines,
    line_at,
    replace,
    statement_span,
    uses,
    without_line,
    written,
)
from routegen.check.fixes.imports import importing, unimporting
from routegen.check.fixes.texts import encoded, types_of
from routegen.handlers import Handler
from routegen.handlers.containers import is_none
from routegen.handlers.expression import Binary, Call, Choice, Compare, Expression, Name, Span
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.function import BlockKind, Effect
from routegen.handlers.handler import Site
from routegen.handlers.headers import header_read
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.signatures import is_keyed_digest, is_sent


def constant_time(step: Step) -> Fix | None:
    """`hmac.compare_digest` for `==`, of bytes. Safe where it is known what both sides are: it takes no None."""
    compare, module = step.expression, step.scope.module
    if module.lang != "python":
        return script_signing.constant_time(step)
    found = importing(step.scope, "hmac")
    if not isinstance(compare, Compare) or len(compare.operands) != 2 or found is None:
        return None
    name, imports = found
    sides = [_side(operand, step.scope, compare) for operand in compare.operands]
    types = [types_of(operand, step.scope) for operand in compare.operands]
    texts = [
        encoded(text, operand) if is_text else text
        for (text, _), operand, is_text in zip(sides, compare.operands, _are_texts(types, step), strict=True)
    ]
    call = f"{name}.compare_digest({', '.join(texts)})"
    text = f"not {call}" if compare.operators[0] == "!=" else call
    is_sure = all(sure for _, sure in sides) and len(set[str]().union(*types)) == 1
    return fix("compare with `hmac.compare_digest`", replace(module, compare, text), imports, safe=is_sure)


def _are_texts(types: Sequence[set[str]], step: Step) -> list[bool]:
    """Which sides of a comparison are to be encoded: a text may hold what is not ASCII, which nobody can compare.

    What is equal has one type. Where none is known, a digest is left as it is, and a secret is a text.
    """
    known = set[str]().union(*types)
    if known == {"str", "bytes"}:  # never equal as it is
        return [each == {"str"} for each in types]
    if known:
        return [known == {"str"}] * len(types)
    assert isinstance(step.expression, Compare)
    is_keyed = any(trace(o, step.scope, is_keyed_digest) is not None for o in step.expression.operands)
    return [not is_keyed] * len(types)


def _side(operand: Expression, scope: Scope, compare: Compare) -> tuple[str, bool]:
    """One side as it is to be compared, and whether it is text for sure.

    What was sent may be missing, and is then an empty text, unless a test before has refused that. A secret that is
    not set stays None, which raises: nothing may pass for it.
    """
    text = written(scope.module, operand)
    if trace(operand, scope, is_sent) is None:
        return text, all(_is_digest(found.expression) for found in origins(operand, scope))
    found = origins(operand, scope)
    if not any(_may_be_none(each) for each in found) or _is_tested(operand, scope, compare):
        return text, all(header_read(*each) is not None for each in found)
    if found[0].expression is operand and isinstance(operand, Call) and operand.name == "get":
        return f'{text[:-1]}, "")', True
    return f'{text} or ""', True


def _is_tested(operand: Expression, scope: Scope, compare: Compare) -> bool:
    """`if token and token == …`: whether a comparison is reached with a name that is something alone."""
    if not isinstance(operand, Name):
        return False
    statement = next((s for s in scope.function.body.statements if compare in s.parts), None)
    tests = (
        [b.test for b in statement.block.around if b.kind is BlockKind.IF] if statement is not None else []
    )
    own = statement.value if statement is not None and statement.effect is Effect.TEST else None
    for test in [*tests, own]:
        parts = test.options if isinstance(test, Choice) and test.test is None else (test,)
        is_all = test is not None and " or " not in scope.module.text(test)
        names = [p.name for p in parts if isinstance(p, Name) and p.span.start < compare.span.start]
        if is_all and operand.name in names:
            return True
    return False


def _is_digest(expression: Expression) -> bool:
    return isinstance(expression, (Call, Binary)) and getattr(expression, "name", "") not in ("get", "getenv")


def _may_be_none(step: Step) -> bool:
    expression = step.expression
    if isinstance(expression, Call):
        return expression.name == "get" and len(expression.children()) == 2
    if not isinstance(expression, Name):
        return False
    parameter = step.scope.function.parameter(expression.name)
    if parameter is None:
        return False
    annotation = step.scope.module.text(parameter.annotation) if parameter.annotation else "None"
    given = parameter.default
    first = given.argument(0, "default") if isinstance(given, Call) else given
    return "None" in annotation or "Optional" in annotation or (first is not None and is_none(first))


def raw_body(handler: Handler, site: Site, payload: Expression, way: Sequence[Step]) -> Fix | None:
    """`await request.body()` is verified; what was only parsed or written for that is gone."""
    scope, module = handler.scope, handler.module
    if module.lang != "python":
        return script_signing.raw_body(handler, site, payload, way)
    if scope is None or not scope.function.is_async or any(step.scope is not scope for step in way):
        return None
    request = next(
        (p.name for p in scope.function.parameters if scope.parameter_type(p) == "fastapi.Request"), None
    )
    if request is None or site.scope is not scope or not all(_is_json(step, scope) for step in way):
        return None
    gone, edits = _without_use(way, payload.span, scope)
    names = [name for name in module.imports if any(name in written(module, span) for span in gone)]
    imports = [edit for name in names for edit in unimporting(module, name, gone)]
    body = replace(module, payload, f"await {request}.body()")
    return fix(f"verify `await {request}.body()`", body, *edits, *imports, safe=Kind.VERIFY in site.kinds)


def _is_json(step: Step, scope: Scope) -> bool:
    """A name, the parsing, and what makes text or bytes of it again; nothing that is put around it."""
    here = step.expression
    if isinstance(here, Name):
        return True
    if not isinstance(here, Call):
        return False
    is_parsed = not scope.kinds(here).isdisjoint({Kind.READ_JSON, Kind.PARSE})
    return is_parsed or here.name in ("dumps", "encode", "str", "bytes", "json", "loads")


def _without_use(way: Sequence[Step], payload: Span, scope: Scope) -> tuple[list[Span], list[Edit]]:
    """What is no longer needed once the payload is another: the statements that made it, last first."""
    module, gone, edits = scope.module, [payload], list[Edit]()
    for step in reversed(way):
        name = step.expression
        statement = scope.binding(name.name, name.span.start) if isinstance(name, Name) else None
        if not isinstance(name, Name) or statement is None or len(statement.targets) != 1:
            continue
        span = statement_span(module, statement.span)
        spans = (*gone, span)
        found = uses(module, name.name, scope.function.span)
        if any(not any(s.start <= use.start < s.end for s in spans) for use in found):
            break
        if not has_lines(module, span):
            break
        gone.append(span)
        edits.append(without_line(module, span))
    return gone, edits


def refused(handler: Handler, site: Site) -> Fix | None:
    """The verification in a `try` that answers 400 for what Stripe's or Svix's verifier raises."""
    module, scope = handler.module, handler.scope
    if module.lang != "python":
        return script_signing.refused(handler, site)
    if scope is None or site.scope is not scope:
        return None
    span, error = statement_span(module, site.call.span), _raised(site, scope)
    answer = importing(scope, "fastapi", "HTTPException")
    if error is None or answer is None or not has_lines(module, span):
        return None
    text, indent = written(module, span), line_at(module, span.start)[1]
    inner = text.replace("\n", "\n    ")
    wrapped = (
        f"try:\n{indent}    {inner}\n{indent}except {error[0]} as error:\n"
        f'{indent}    raise {answer[0]}(400, "Not verified") from error'
    )
    return fix("answer 400", replace(module, span, wrapped), answer[1], *error[1])


def _raised(site: Site, scope: Scope) -> tuple[str, tuple[Edit, ...]] | None:
    """What a verifier raises, as the file would write it."""
    target = site.target or ""
    if target == "stripe.Webhook.construct_event":
        found = importing(scope, "stripe")
        return (f"(ValueError, {found[0]}.SignatureVerificationError)", found[1]) if found else None
    for library in ("svix", "standardwebhooks"):
        if target.startswith(f"{library}."):
            return importing(scope, f"{library}.webhooks", "WebhookVerificationError")
    return None
