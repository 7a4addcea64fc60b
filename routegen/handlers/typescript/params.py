"""The fact which parameters of its route a script reads: `params.id`, `const { id } = await params`."""

from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Choice, Expression, Name, Span
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_OF_PROMISES = ("then", "catch", "finally")


def param_reads(handler: Handler) -> Iterator[tuple[str, Span]]:
    """The names that a handler reads from `params`, each where it does.

    Not those that something else may take the place of (`params.id ?? params.slug`), and none where a wrapper may pass
    a `params` of its own.
    """
    scope = handler.scope
    if scope is None or handler.decorators or not scope.module.mentions("params"):
        return
    either = {id(option) for choice in scope.parts(Choice) for option in choice.children()}
    holders = _holders(scope)
    for part in scope.parts(Attribute):
        if not isinstance(part, Attribute) or part.name in _OF_PROMISES or id(part) in either:
            continue
        if _is_params(part.object, holders, scope):
            yield part.name, part.span


def _holders(scope: Scope) -> set[str]:
    """The variables that hold the parameters, and nothing else ever."""
    found: set[str] = set()
    for name, statements in scope.bindings.items():
        values = [statement.value for statement in statements]
        if all(value is not None and _is_params(value, found, scope) for value in values):
            found.add(name)
    return found


def _is_params(expression: Expression, holders: set[str], scope: Scope) -> bool:
    if isinstance(expression, Name):
        return expression.name in holders
    is_named = isinstance(expression, Attribute) and expression.name == "params"
    return is_named and Kind.PARAM in scope.kinds(expression)
