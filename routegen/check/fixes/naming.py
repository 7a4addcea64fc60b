"""Turns parameters into those of the folders, and names that a client chose into names of one's own."""

import re
from collections.abc import Sequence
from typing import TypeGuard

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, replace, uses, written
from routegen.check.fixes.imports import importing_all
from routegen.handlers import Handler, RouteModule
from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Constant,
    Expression,
    Name,
    Span,
    Template,
)
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Parameter
from routegen.handlers.handler import Site
from routegen.handlers.kinds import Kind
from routegen.handlers.route_module import NearMiss


def renamed(handler: Handler, parameter: Parameter, name: str) -> Fix | None:
    """The parameter and all its uses in the handler have another name."""
    function, module = handler.function, handler.module
    if function is None or uses(module, name, function.span):
        return None
    found = uses(module, parameter.name, function.span)
    return fix(f"rename it to `{name}`", *(replace(module, span, name) for span in found), safe=True)


def as_method(file: RouteModule, near: NearMiss) -> Fix | None:
    """The function has the name of the method that it nearly has; None when another one has it, or something uses it."""
    module = file.module
    if any(export.name == near.method for export in file.exports) or len(uses(module, near.name)) != 1:
        return None
    return fix(f"rename it to `{near.method}`", replace(module, near.span, near.method), lang=module.lang)


def path_read(handler: Handler, span: Span, known: Sequence[str]) -> Fix | None:
    """The only parameter that the folders name, in the place of one that they do not."""
    if len(known) != 1:
        return None
    text = written(handler.module, span)
    return fix(f"read `{known[0]}`", replace(handler.module, span, f"{text[:1]}{known[0]}{text[-1:]}"))


def typed(handler: Handler, site: Site, source: Step) -> Fix | None:
    """`id: str` and `int(id)` become `id: int` and `id`: FastAPI converts, and answers 422."""
    name, scope, module = source.expression, site.scope, handler.module
    if not isinstance(name, Name) or scope is not handler.scope or handler.function is None:
        return None
    parameter, kind = scope.function.parameter(name.name), written(module, site.call.function)
    converted = [
        other.call
        for other in handler.sites
        if other.scope is scope and other.target == site.target and _takes_only(other.call, name.name)
    ]
    inside = {call.arguments[0].span for call in converted}
    elsewhere = [u for u in uses(module, name.name, handler.function.span) if u not in inside]
    if parameter is None or len(elsewhere) != 1 or scope.is_local(kind.partition(".")[0]):
        return None
    declared = (
        replace(module, parameter.annotation, kind)
        if parameter.annotation is not None
        else replace(module, parameter.span, f"{name.name}: {kind}")
    )
    values = [replace(module, call, name.name) for call in converted]
    return fix(f"declare `{name.name}: {kind}`", declared, *values)


def _takes_only(call: Call, name: str) -> bool:
    argument = call.arguments[0] if len(call.arguments) == 1 and not call.keywords else None
    return isinstance(argument, Name) and argument.name == name


def own_name(handler: Handler, site: Site, way: Sequence[Step]) -> Fix | None:
    """A random name in the place of the client's, with its suffix, where a file is made.

    None when the client's is in a URL or a text too, or when the file is read or appended to: it has its name already.
    """
    if not _makes(site):
        return None
    own = [step for step in way if step.scope is handler.scope]
    at = next((i for i, step in enumerate(own) if _is_put_together(step.expression)), len(own))
    if not own or at == 0:
        return None
    given, whole = own[at - 1], own[at] if at < len(own) else None
    if _is_elsewhere(handler, given, whole):
        return None
    found = importing_all(given.scope, ("uuid", "uuid4"), ("pathlib", "Path"))
    if found is None:
        return None
    (uuid4, path), imports = found
    return fix("name the file yourself", _named(given, whole, uuid4, path), imports)


def _makes(site: Site) -> bool:
    if any(str(m.value)[:1] in "ar" for m in site.call.children()[1:] if _is_mode(m)):
        return False
    return (
        Kind.FS_WRITE in site.kinds
        or site.name in ("touch", "write_bytes", "write_text")
        or opens_for_writing(site)
    )


def _is_mode(argument: Expression) -> TypeGuard[Constant]:
    return isinstance(argument, Constant) and re.fullmatch(r"[rwaxbt+]{1,3}", str(argument.value)) is not None


def _named(given: Step, whole: Step | None, uuid4: str, path: str) -> Edit | None:
    module = given.scope.module
    text = written(module, given.expression)
    if whole is None or not isinstance(whole.expression, Template):
        made = f"{uuid4}().hex + {path}({_sure(given, text, chr(34))}).suffix"
        start, end = given.expression.span
        in_parentheses = (module.source.text(start - 1, start), module.source.text(end, end + 1)) == (
            "(",
            ")",
        )
        is_operand = whole is not None and isinstance(whole.expression, Binary) and not in_parentheses
        return replace(module, given.expression, f"({made})" if is_operand else made)
    quote = "'" if written(module, whole.expression).rstrip().endswith('"') else '"'
    if "\n" in text or quote in text:
        return None
    return replace(module, given.expression, f"{uuid4}().hex}}{{{path}({_sure(given, text, quote)}).suffix")


def _is_put_together(expression: Expression) -> bool:
    return isinstance(expression, (Template, Binary)) or (
        isinstance(expression, Call) and bool(expression.arguments)
    )


def _sure(given: Step, text: str, quote: str) -> str:
    """The name as text: that of an upload may be None."""
    if isinstance(given.expression, Choice):
        return text  # `file.filename or "unnamed"`
    may_be_none = any(
        isinstance(step.expression, Attribute) for step in origins(given.expression, given.scope)
    )
    return f"{text} or {quote}{quote}" if may_be_none else text


def _is_elsewhere(handler: Handler, given: Step, whole: Step | None) -> bool:
    """Whether the name is put into anything else: a link to the file would no longer find it."""
    text, scope = written(given.scope.module, given.expression), given.scope
    for step in handler.steps(Template, Binary, Call):
        if whole is not None and step.expression is whole.expression:
            continue
        if not _is_put_together(step.expression) or step.scope is not scope:
            continue
        for part in step.expression.children():
            if part is not given.expression and written(scope.module, part) == text:
                return True
    return False
