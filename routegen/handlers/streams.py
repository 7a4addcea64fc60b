"""Facts about streams: which generator a streaming answer gives, and how."""

from dataclasses import dataclass

from routegen.handlers.expression import Call, Expression, Name
from routegen.handlers.flow import origins
from routegen.handlers.function import Function, Module
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope


@dataclass(frozen=True, slots=True)
class Stream:
    """A streaming answer: where it is made, and the generator that feeds it when it is of the project."""

    site: Site
    source: Expression | None
    generator: Function | None
    module: Module | None
    scope: Scope


def streams(handler: Handler) -> list[Stream]:
    """The streaming answers of a handler."""
    found: list[Stream] = []
    for site in handler.calls(Kind.STREAM):
        source = site.call.argument(0, "content")
        generator = _generator(source, site.scope) if source is not None else None
        function, module = generator or (None, None)
        scope = site.scope
        if function is not None and module is not None and isinstance(source, Call):
            scope = site.scope.enter(source, function, module)
        elif function is not None and module is not None:
            scope = Scope(module, function, outer=site.scope)
        found.append(Stream(site, source, function, module, scope))
    return found


def _generator(source: Expression, scope: Scope) -> tuple[Function, Module] | None:
    for step in _sources(source, scope):
        here, inner = step
        call = here if isinstance(here, Call) else Call(here.span, here) if isinstance(here, Name) else None
        found = inner.resolve(call) if call is not None else None
        if found is not None and found[0].is_generator:
            return found
    return None


def _sources(source: Expression, scope: Scope) -> list[tuple[Expression, Scope]]:
    """The expression itself and, behind a name, what was bound to it."""
    found = [(source, scope)]
    if isinstance(source, Name):
        statement = scope.binding(source.name, source.span.start)
        if statement is not None and statement.value is not None:
            found.append((statement.value, scope))
    found += [(step.expression, step.scope) for step in origins(source, scope)]
    return found
