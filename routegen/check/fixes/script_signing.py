"""Turns the check of a signature in a script into one that holds: of the bytes that were signed, in constant time."""

from collections.abc import Sequence

from tree_sitter import Node

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import (
    block_span,
    fix,
    has_lines,
    insert,
    is_first,
    replace,
    uses,
    without_line,
    written,
)
from routegen.check.fixes.script_imports import importing, importing_type
from routegen.check.fixes.script_style import (
    LANG,
    answer,
    has_types,
    indented,
    node_at,
    said,
    statement_of,
    style_of,
)
from routegen.handlers import Handler
from routegen.handlers.expression import Call, Compare, Constant, Expression, Name, Span
from routegen.handlers.flow import Step, trace
from routegen.handlers.function import BlockKind, Effect, Module
from routegen.handlers.handler import Site
from routegen.handlers.headers import header_read
from routegen.handlers.inputs import is_query
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.signatures import is_keyed_digest, is_sent

_HELPER = "isSameSecret"
_RAW = ("raw", "rawBody", "rawText")
_MADE = ("stringify", "String", "from", "toString")
"""What makes text or bytes of a parsed body again."""


def constant_time(step: Step) -> Fix | None:
    """A function that compares in constant time for `===`; it lets nothing pass for a secret that is not set."""
    compare, scope = step.expression, step.scope
    module, node = scope.module, node_at(scope.module, compare)
    if not isinstance(compare, Compare) or node is None or len(compare.operands) != 2 or _is_edge(module):
        return None
    secret = next((o for o in compare.operands if trace(o, scope, is_sent) is None), compare.operands[1])
    if not _is_text(secret, scope):
        return None
    found = importing(scope, ("crypto", "timingSafeEqual"))
    if found is None or (_HELPER in module.bound and _HELPER not in module.functions):
        return None
    sides = [said(node.child_by_field_name(name)) for name in ("left", "right")]
    sides = sides[::-1] if secret is compare.operands[0] else sides
    text = f"{'!' if compare.operators[0] == '!=' else ''}{_HELPER}({', '.join(sides)})"
    helper = () if _HELPER in module.functions else (_at_end(module, _helper(module, found[0][0])),)
    imports = () if _HELPER in module.functions else found[1]
    title = "compare with `crypto.timingSafeEqual`"
    is_sure = any(trace(operand, scope, _is_plain) is not None for operand in compare.operands)
    return fix(title, replace(module, compare, text), imports, helper, safe=is_sure, lang=LANG)


def _is_plain(sent: Expression, scope: Scope) -> bool:
    """Whether what was sent is a text or null for sure: a header, or one of the query."""
    return header_read(sent, scope) is not None or is_query(sent, scope)


def _is_edge(module: Module) -> bool:
    """`export const runtime = "edge"`: it has no `crypto.timingSafeEqual`."""
    runtime = module.values.get("runtime")
    return isinstance(runtime, Constant) and str(runtime.value) in ("edge", "experimental-edge")


def _is_text(secret: Expression, scope: Scope) -> bool:
    """Whether a digest is one in hexadecimal digits or base64, not bytes."""
    way = trace(secret, scope, is_keyed_digest)
    made = way[0].expression if way else None
    return not isinstance(made, Call) or made.name != "digest" or bool(made.arguments)


def _helper(module: Module, compares: str) -> str:
    style, is_typed = style_of(module), has_types(module)
    parameters = "given: unknown, secret: unknown" if is_typed else "given, secret"
    end, step, empty = style.end, style.step, style.text("")
    return (
        f"function {_HELPER}({parameters}){': boolean' if is_typed else ''} {{\n"
        f"{step}const one = Buffer.from(String(given ?? {empty})){end}\n"
        f"{step}const other = Buffer.from(String(secret ?? {empty})){end}\n"
        f"{step}return one.length > 0 && one.length === other.length && {compares}(one, other){end}\n}}\n"
    )


def _at_end(module: Module, text: str) -> Edit:
    code = module.whole
    missing = "\n" * (2 - len(code[-2:]) + len(code[-2:].rstrip("\n")))
    return insert(module, len(code.encode()), missing + text)


def raw_body(handler: Handler, site: Site, payload: Expression, way: Sequence[Step]) -> Fix | None:
    """`await request.text()` is verified, and parsed afterwards: a body can be read once."""
    scope, module, source = handler.scope, handler.module, way[0].expression
    if scope is None or site.scope is not scope or any(step.scope is not scope for step in way):
        return None
    signed = next((s.expression for s in way[1:] if _is_made(s.expression)), payload)
    if not isinstance(source, Call) or not (signed is payload or _is_made(signed)):
        return None
    if not isinstance(signed, (Name, Call)) or (isinstance(signed, Name) and signed is not payload):
        return None
    read = _raw_of(source, signed, scope)
    if read is None:
        return None
    edits, name = read
    title = f"verify `await {_receiver(source, module)}.text()`"
    edits, name = read
    body = way[1].expression if len(way) > 1 else None
    if isinstance(body, Name) and edits and _is_only_signed(source, body, signed, scope):
        edits, name = _read_once(source, signed, module) or ((_as_text(source, module),), body.name)
    same = () if written(module, signed) == name or not name else (replace(module, signed, name),)
    return fix(title, edits, same, safe=Kind.VERIFY in site.kinds, lang=LANG)


def _as_text(read: Call, module: Module) -> Edit:
    return replace(module, read, f"{_receiver(read, module)}.text()")


def _read_once(read: Call, signed: Expression, module: Module) -> tuple[tuple[Edit, ...], str] | None:
    """`const body = await request.text()` where a name is given to what is written again; the parsed one goes."""
    node, parsed = node_at(module, signed), statement_of(node_at(module, read))
    is_named = node is not None and node.parent is not None and node.parent.type == "variable_declarator"
    if not is_named or parsed is None or not has_lines(module, Span(*parsed.byte_range)):
        return None
    text = f"await {_receiver(read, module)}.text()"
    return (without_line(module, Span(*parsed.byte_range)), replace(module, signed, text)), ""


def _is_made(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.name in _MADE and len(expression.arguments) > 0


def _receiver(read: Call, module: Module) -> str:
    return module.text(read.receiver) if read.receiver is not None else "request"


def _raw_of(source: Call, signed: Expression, scope: Scope) -> tuple[tuple[Edit, ...], str] | None:
    """What makes the raw text of a parsed body known, and the name it has then."""
    module = scope.module
    if Kind.READ_JSON not in scope.kinds(source):  # `JSON.parse(text)`
        text = source.argument(0)
        return ((), text.name) if isinstance(text, Name) else None
    call = node_at(module, source)
    awaited = call.parent if call is not None else None
    statement = statement_of(awaited)
    if awaited is None or awaited.type != "await_expression" or statement is None:
        return None
    name = next((n for n in _RAW if not scope.is_local(n) and not uses(module, n)), None)
    block = block_span(module, Span(*statement.byte_range))
    is_seen = block.start <= signed.span.start < block.end
    if name is None or not is_seen or not is_first(module, statement.start_byte):
        return None
    end, indent = style_of(module).end, indented(module, statement)
    line = f"const {name} = await {_receiver(source, module)}.text(){end}\n{indent}"
    return (
        (
            insert(module, statement.start_byte, line),
            replace(module, Span(*awaited.byte_range), f"JSON.parse({name})"),
        ),
        name,
    )


def _is_only_signed(read: Call, body: Name, signed: Expression, scope: Scope) -> bool:
    """Whether a name is that of the parsed body as a whole, and nothing but the verification uses it."""
    declared = node_at(scope.module, read)
    while declared is not None and declared.type in ("call_expression", "await_expression", "as_expression"):
        declared = declared.parent
    if declared is None or said(declared.child_by_field_name("name")) != body.name:
        return False
    if declared.child_by_field_name("type") is not None:  # what is parsed has a type, its text is none of it
        return False
    places = uses(scope.module, body.name, scope.function.span)
    inside = [at for at in places if signed.span.start <= at.start < signed.span.end]
    return len(places) == 2 and len(inside) == 1


def refused(handler: Handler, site: Site) -> Fix | None:
    """The verification in a `try` of its own that answers 400."""
    module, scope = handler.module, handler.scope
    node = statement_of(node_at(module, site.call))
    if (
        scope is None
        or site.scope is not scope
        or node is None
        or not has_lines(module, Span(*node.byte_range))
    ):
        return None
    alone = _status_of_try(site, scope)
    if alone is not None:
        return fix("answer 400", replace(module, alone, "400"), lang=LANG)
    parts = _declared(node, module)
    if parts is None:
        return None
    declared, assigned, imports = parts
    style, indent = style_of(module), indented(module, node)
    inner = f"{indent}{style.step}"
    text = (
        f"{declared}{indent if declared else ''}try {{\n{inner}{assigned.replace(chr(10), chr(10) + style.step)}\n"
        f"{indent}}} catch {{\n{inner}return {answer(scope, 'Not verified', 400)}{style.end}\n{indent}}}"
    )
    return fix("answer 400", replace(module, Span(*node.byte_range), text), imports, lang=LANG)


def _status_of_try(site: Site, scope: Scope) -> Constant | None:
    """The status that the `catch` answers, when its `try` does nothing after the verification."""
    tried = site.statement.block if site.statement is not None else None
    if tried is None or tried.kind is not BlockKind.TRY or len(tried.handlers) != 1 or site.statement is None:
        return None
    statements = scope.function.body.statements
    if any(tried in s.block.around and s.span.start > site.statement.span.end for s in statements):
        return None
    answers = [s for s in statements if s.block is tried.handlers[0] and s.effect is Effect.RETURN]
    call = answers[0].value if len(answers) == 1 else None
    status = call.keywords.get("status") if isinstance(call, Call) else None
    return status if isinstance(status, Constant) else None


def _declared(node: Node, module: Module) -> tuple[str, str, tuple[Edit, ...]] | None:
    """`let event: Type` and `event = verify(…)` of `const event = verify(…)`, and the import of the type.

    The declaration is empty where there is none. None when its type is not known, and TypeScript may ask for it.
    """
    end = style_of(module).end
    if node.type == "expression_statement":
        return "", said(node), ()
    if node.type not in ("lexical_declaration", "variable_declaration") or len(node.named_children) != 1:
        return None
    declared = node.named_children[0]
    name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
    if name is None or value is None or name.type != "identifier":
        return None
    kind, imports = said(declared.child_by_field_name("type")), ()
    if not kind and value.type == "as_expression":
        kind = f": {said(value.named_children[-1])}"
    if not kind and has_types(module):
        found = importing_type(module, "stripe", "Stripe") if "constructEvent" in said(value) else None
        if found is None:
            return None
        kind, imports = ": Stripe.Event", found
    return f"let {said(name)}{kind}{end}\n", f"{said(name)} = {said(value)}{end}", imports
