"""Facts about a file apart from its handlers: how it sets its app up."""

from collections.abc import Iterator

from routegen.handlers.expression import Call, Collection, Constant, Expression
from routegen.handlers.function import Function, Module
from routegen.handlers.scope import Scope, top_level

_CORS = "CORSMiddleware"


def open_cors(module: Module) -> Iterator[Call]:
    """The CORS set-ups that let any origin in with credentials."""
    if not any(origin.endswith(_CORS) for origin in module.imports.values()):
        return
    functions: list[Function] = [module.main, *module.functions.values()]
    for function in functions:
        scope = Scope(module, function, outer=top_level(module))
        for statement in function.body.statements:
            for part in statement.parts:
                if isinstance(part, Call) and _is_cors(part, scope) and _is_open(part, scope):
                    yield part


def _is_cors(call: Call, scope: Scope) -> bool:
    named = [call.function, *call.arguments[:1]]
    return any((scope.dotted(e) or "").endswith(f".{_CORS}") for e in named if not isinstance(e, Call))


def _is_open(call: Call, scope: Scope) -> bool:
    credentials = call.keywords.get("allow_credentials")
    if not isinstance(credentials, Constant) or credentials.value is not True:
        return False
    regex = call.keywords.get("allow_origin_regex")
    if isinstance(regex, Constant) and regex.value in (".*", "^.*$", "https?://.*", "http.*"):
        return True
    return _holds_star(call.keywords.get("allow_origins"), scope)


def _holds_star(given: Expression | None, scope: Scope) -> bool:
    if given is not None and not isinstance(given, Collection):
        from routegen.handlers.flow import origins

        steps = origins(given, scope)
        given = steps[0].expression if len(steps) == 1 else None
    items = given.items if isinstance(given, Collection) else ()
    return any(isinstance(item, Constant) and item.value == "*" for item in items)
