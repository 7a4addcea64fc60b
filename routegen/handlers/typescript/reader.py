"""Turns a `route.ts` into a `RouteModule`: its handlers and what else it offers."""

from routegen.handlers.expression import Attribute, Call, Constant, Expression, Name, Span
from routegen.handlers.facts import NO, Fact
from routegen.handlers.function import Closure, Function, Module, Parameter
from routegen.handlers.handler import Handler
from routegen.handlers.nodes import Nodes
from routegen.handlers.route_module import Export, NearMiss, RouteModule
from routegen.handlers.scope import top_level
from routegen.handlers.source import Source
from routegen.handlers.typescript.grammar import grammar_of
from routegen.handlers.typescript.module import exported, read_names
from routegen.routes import METHODS, Route

_SHORT_FORMS = {"del": "DELETE", "remove": "DELETE", "opt": "OPTIONS"}
_MAX_STEPS = 8


def module_of(
    source: Source, route: Route | None = None, module: Module | None = None, above: Fact = NO
) -> RouteModule:
    """Read a route file that answers `route`; `above` is what its `middleware.ts` says about callers."""
    module = module or read_names(source)
    found = RouteModule(module, route, expose=_expose(module))
    for export in exported(Nodes(grammar_of(source.path), source.data), source.root):
        at = Export(export.name, export.span)
        if export.name in METHODS:
            value = module.values.get(export.local)
            if isinstance(value, Constant) and not export.source:
                found.not_callable.append(at)
            else:
                found.exports.append(at)
        elif export.is_function and (meant := _meant(export.name)):
            found.near_misses.append(NearMiss(export.name, meant, export.span))
    found.is_open = any(name.startswith("*") for name in module.imports)
    last = {export.name: export for export in found.exports}
    found.handlers = tuple(_handler(last[name], found, above) for name in METHODS if name in last)
    return found


def _handler(export: Export, found: RouteModule, above: Fact) -> Handler:
    module, function, wrappers = behind(export.name, found.module)
    route = found.route
    is_here = module is found.module
    return Handler(
        module,
        method=export.name,
        name=export.name,
        span=export.span if is_here or function is None else function.name_span,
        function=_typed(function) if function is not None else None,
        segments=route.segments if route else None,
        route_id=route.id if route else "",
        expose=found.expose,
        above=above,
        siblings=tuple(sorted({e.name for e in found.exports} - {export.name})),
        decorators=tuple(wrappers),
        outer=top_level(module),
    )


def behind(name: str, module: Module) -> tuple[Module, Function | None, list[Expression]]:
    """The function behind an exported name, its file, and what wraps it: `export const GET = wrap(async …)`."""
    wrappers: list[Expression] = []
    value: Expression | None = Name(Span(0, 0), name)
    for _ in range(_MAX_STEPS):
        if isinstance(value, Closure):
            return module, value.function, wrappers
        if isinstance(value, Call):
            wrappers.append(value.function)
            value = _wrapped(value, module)
        elif isinstance(value, Attribute):  # `export const { GET, POST } = handlers`
            wrappers.append(value.object)
            value = None
        elif isinstance(value, Name):
            name = value.name
            if name in module.functions:
                return module, module.functions[name], wrappers
            if name in module.values:
                value = module.values[name]
            elif (other := module.imported(name)) is not None and other[1]:
                module, value = other[0], Name(Span(0, 0), other[1])
            else:
                wrappers += [value] if name in module.imports else []
                break
        else:
            break
    return module, None, wrappers


def _wrapped(call: Call, module: Module) -> Expression | None:
    """What a wrapper is given to wrap: a function, or one in a wrapper of its own, `withAuth(load)`, that comes first."""
    first = call.arguments[0] if call.arguments else None
    if isinstance(first, Call) and isinstance(first.function, Name):
        given = first.arguments
        if any(isinstance(a, Closure) or (isinstance(a, Name) and a.name in module.functions) for a in given):
            return first
    closures = [each for each in call.arguments if isinstance(each, Closure)]
    inner = closures or [each for each in call.arguments if isinstance(each, (Name, Call))]
    return inner[-1] if inner else None


def _typed(function: Function) -> Function:
    """A handler gets the request and the context of its route, whatever it calls them."""
    given = ("Request", "RouteContext")
    parameters: list[Parameter] = list(function.parameters)
    for number, kind in enumerate(given[: len(parameters)]):
        if not parameters[number].is_rest:
            name = Name(parameters[number].span, kind)
            given_as = parameters[number]
            parameters[number] = Parameter(given_as.name, given_as.span, name, given_as.default)
    return replace_parameters(function, tuple(parameters))


def replace_parameters(function: Function, parameters: tuple[Parameter, ...]) -> Function:
    """The same function with other parameters."""
    return Function(
        function.name,
        function.span,
        function.name_span,
        function.is_async,
        parameters,
        function.decorators,
        lambda: function.body,
        function.damaged,
        lambda: function.result,
    )


def _expose(module: Module) -> str | None:
    value = module.values.get("EXPOSE")
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def _meant(name: str) -> str | None:
    """The method that a name nearly is: another case, or a short form."""
    upper = name.upper()
    return upper if upper in METHODS else _SHORT_FORMS.get(name.lower())
