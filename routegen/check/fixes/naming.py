"""Gives parameters the names and types that the folders need, and functions those of methods."""

from collections.abc import Sequence

from routegen.check.finding import Fix
from routegen.check.fixes import script_naming
from routegen.check.fixes.edits import fix, replace, uses, written
from routegen.handlers import Handler, RouteModule
from routegen.handlers.expression import (
    Call,
    Name,
    Span,
)
from routegen.handlers.flow import Step
from routegen.handlers.function import Parameter
from routegen.handlers.handler import Site
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


def path_read(handler: Handler, name: str, span: Span, known: Sequence[str]) -> Fix | None:
    """The only parameter that the folders name, in the place of one that they do not."""
    if handler.module.lang != "python":
        return script_naming.param_read(handler, name, span, known)
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
