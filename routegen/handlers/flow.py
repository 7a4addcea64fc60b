"""Follows values inside a handler and its helpers: from a use back to where they come from."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from routegen.handlers.expression import (
    Binary,
    Call,
    Choice,
    Collection,
    Constant,
    Expression,
    Name,
    Template,
)
from routegen.handlers.function import BlockKind, Effect, Function, Module, Statement
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope, top_level

MAX_DEPTH = 3
"""How many calls of functions of the project are followed."""

MAX_SCRIPT_DEPTH = 2
"""As `MAX_DEPTH`, in scripts, whose helpers lie in many small files."""

MAX_FILES = 2
"""How many times they lead into another file."""

MAX_DEPENDENCIES = 5
"""How far dependencies of dependencies are followed."""

_MAX_STEPS = 60
_TEXT_METHODS = frozenset(
    {"capitalize", "casefold", "decode", "encode", "format", "join", "joinpath", "lower", "lstrip", "replace"}
    | {"model_dump", "model_dump_json", "rstrip", "strip", "title", "upper"}
    | {"toString", "trim", "toLowerCase", "toUpperCase", "concat", "replaceAll", "trimEnd", "trimStart"}
)


class Step(NamedTuple):
    """A value on its way: an expression in its scope."""

    expression: Expression
    scope: Scope


IsSource = Callable[[Expression, Scope], bool]


def trace(expression: Expression, scope: Scope, is_source: IsSource) -> tuple[Step, ...] | None:
    """The way of a value from a source to `expression`, source first; None when none is found.

    Only ways that keep the value whole count: names, arguments and results of helpers, text put together. An
    element, an attribute or the result of any other function is another value.
    """
    return _trace(Step(expression, scope), is_source, set(), 0)


def _trace(
    step: Step, is_source: IsSource, seen: set[tuple[int, int]], depth: int
) -> tuple[Step, ...] | None:
    key = (id(step.expression), id(step.scope))
    if key in seen or depth > _MAX_STEPS:
        return None
    seen.add(key)
    if is_source(step.expression, step.scope):
        return (step,)
    for before in feeds(step):
        if (way := _trace(before, is_source, seen, depth + 1)) is not None:
            return (*way, step)
    return None


def origins(expression: Expression, scope: Scope) -> list[Step]:
    """The expressions that make a value, behind names, choices and helpers of the same file."""
    first = Step(expression, scope)
    if not _is_way(first):  # most values are what they are
        return [first]
    found: list[Step] = []
    todo = [first]
    seen: set[tuple[int, int]] = set()
    while todo and len(seen) < _MAX_STEPS:
        step = todo.pop()
        key = (id(step.expression), id(step.scope))
        if key in seen:
            continue
        seen.add(key)
        before = list(feeds(step)) if _is_way(step) else []
        todo += reversed(before)
        if not before:
            found.append(step)
    return found


def _is_way(step: Step) -> bool:
    """Whether the value may come from elsewhere: by a name, a choice, or the result of a function of the project."""
    here = step.expression
    if isinstance(here, Call):
        return helper(here, step.scope) is not None
    return isinstance(here, (Name, Choice))


def feeds(step: Step) -> Iterator[Step]:
    """The values that this value holds whole."""
    expression, scope = step.expression, step.scope
    if isinstance(expression, Name):
        yield from _named(expression, scope)
    elif isinstance(expression, Template):
        yield from (Step(part, scope) for part in expression.parts)
    elif isinstance(expression, Binary):
        yield from (Step(part, scope) for part in expression.children())
    elif isinstance(expression, Choice):
        yield from (Step(part, scope) for part in expression.options)
    elif isinstance(expression, Collection) and not expression.is_mapping:
        yield from (Step(part, scope) for part in expression.items)
    elif isinstance(expression, Call):
        yield from _returned(expression, scope)


def _named(name: Name, scope: Scope) -> Iterator[Step]:
    statements = bindings_of(name, scope)
    if statements:
        for statement in statements:
            yield from _bound(name.name, statement, scope)
    elif name.name in scope.arguments:
        yield Step(*scope.arguments[name.name])
    elif scope.outer is not None and scope.outer is scope.caller and not scope.is_local(name.name):
        yield from _named(name, scope.outer)
    elif not scope.is_local(name.name):
        if name.name in scope.module.values:
            yield Step(scope.module.values[name.name], scope.global_scope(scope.module))
        elif (found := scope.module.imported(name.name)) is not None and found[1] in found[0].values:
            yield Step(found[0].values[found[1]], top_level(found[0]))


def bindings_of(name: Name, scope: Scope) -> list[Statement]:
    """What a name may have been bound to, latest first: in scripts also what a branch may have left as it was."""
    if scope.lang == "python":
        statement = scope.binding(name.name, name.bounds[0])
        return [statement] if statement is not None else []
    at = name.bounds[0]
    earlier = [s for s in scope.bindings.get(name.name, ()) if s.span.start < at and not s.span.end > at]
    found: list[Statement] = []
    for statement in reversed(earlier):
        found.append(statement)
        if statement.block.kind not in (BlockKind.IF, BlockKind.ELSE, BlockKind.LOOP):
            break
    return found


def _bound(name: str, statement: Statement, scope: Scope) -> Iterator[Step]:
    """One target holds the whole; several hold the items of a literal of the same length."""
    value = statement.value
    if value is None:
        return
    if len(statement.targets) == 1:
        yield Step(value, scope)
    elif isinstance(value, Collection) and len(value.items) == len(statement.targets):
        yield Step(value.items[statement.targets.index(name)], scope)


def _returned(call: Call, scope: Scope) -> Iterator[Step]:
    if found := helper(call, scope):
        inner = scope.enter(call, *found)
        for statement in found[0].body.statements:
            if statement.effect is Effect.RETURN and statement.value is not None:
                yield Step(statement.value, inner)
        return
    if Kind.KEEP in scope.kinds(call):
        if call.receiver is not None and not _is_module(call.receiver, scope):
            yield Step(call.receiver, scope)
        yield from (Step(argument, scope) for argument in call.arguments)
    elif call.receiver is not None and call.name in _TEXT_METHODS and not _cleans(call):
        yield Step(call.receiver, scope)
        if call.name in ("format", "join", "joinpath", "concat"):
            yield from (Step(argument, scope) for argument in call.children()[1:])


def _is_module(receiver: Expression, scope: Scope) -> bool:
    return isinstance(receiver, Name) and not scope.is_local(receiver.name)


def _cleans(call: Call) -> bool:
    """`name.replace("/", "")` takes out what makes a path of a name; so does `.`: without it nothing leads upwards.

    `name.replace(".pdf", "")` takes out nothing of the kind.
    """
    if call.name not in ("replace", "replaceAll"):
        return False
    old = call.argument(0)
    return not isinstance(old, Constant) or not str(old.value).strip("/\\.")


def helper(call: Call, scope: Scope, *, is_dependency: bool = False) -> tuple[Function, Module] | None:
    """The function of the project that a call runs, and its file, unless it is too deep or already running.

    Calls are followed into other files twice; dependencies as often as they depend on each other.
    """
    limit = MAX_DEPENDENCIES if is_dependency else MAX_DEPTH if scope.lang == "python" else MAX_SCRIPT_DEPTH
    if scope.depth >= limit or (found := scope.resolve(call)) is None:
        return None
    if scope.budget.left <= 0 and not is_dependency and not scope.has_entered(call):
        return None
    running: Scope | None = scope
    crossed = int(found[1] is not scope.module)
    while running is not None:
        if running.function is found[0]:
            return None
        if running.caller is not None and running.module is not running.caller.module and not is_dependency:
            crossed += 1
        running = running.caller
    return None if crossed > MAX_FILES else found
