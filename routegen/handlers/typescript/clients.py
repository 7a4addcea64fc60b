"""What runs before the actions that a client makes: `client.use(…).schema(…).action(…)`, the procedures of zsa."""

from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Call, Expression, Name, options_of
from routegen.handlers.facts import NO, Fact, unknown
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Closure, Function, Module
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.protection import checks_caller
from routegen.handlers.scope import Scope, top_level

_MAX_STEPS = 60
_ERRORS = ("raised", "returned")
"""The roles of the options that make an answer of what an action raised."""


def refused_before(wrapper: Expression, scope: Scope) -> Fact | None:
    """Whether what runs before an action may refuse callers; `wrapper` is what the action is handed to.

    None when it is no client that is known in all its steps.
    """
    if Kind.ACTION not in scope.kinds(Call(wrapper.span, wrapper)):
        return None
    client = wrapper.object if isinstance(wrapper, Attribute) else wrapper
    found = NO
    for guard in _guards(Step(client, scope)):
        found |= _refuses(guard)
    return found


def error_answers(module: Module) -> Iterator[tuple[str, Function, Scope]]:
    """What the clients that a file makes answer when an action raises: the option, its function, and where it stands."""
    roles = vocabulary().roles
    if all(roles.get(dotted, {}).keys().isdisjoint(_ERRORS) for dotted in module.imports.values()):
        return
    for function in (module.main, *module.functions.values()):
        scope = top_level(module) if function is module.main else Scope(module, function)
        for call in (part for statement in function.body.statements for part in statement.parts):
            known = roles.get(scope.dotted(call.function) or "", {}) if isinstance(call, Call) else {}
            for position, option in (known[role] for role in _ERRORS if role in known):
                given = options_of(call.argument(position)) if isinstance(call, Call) else {}
                found = _function_of(Step(given[option], scope)) if option in given else None
                if found is not None and found[1] is module:
                    yield option, found[0], scope


def _guards(client: Step) -> Iterator[Step]:
    """What runs before all that a client makes; what cannot be followed stands for itself, and is no function."""
    todo, seen = [client], set[tuple[int, int]]()
    while todo:
        for made in origins(*_settled(todo.pop())):
            here, scope = made
            if (key := (id(here), id(scope))) in seen:
                continue
            seen.add(key)
            if not isinstance(here, Call) or len(seen) > _MAX_STEPS:
                yield made
            elif here.receiver is not None:
                todo.append(Step(here.receiver, scope))
                if Kind.GUARD in scope.kinds(here):
                    yield from (Step(argument, scope) for argument in here.arguments)
            else:
                for argument in here.arguments:
                    if isinstance(argument, Name):  # `createServerActionProcedure(another)`
                        todo.append(Step(argument, scope))
                    elif (first := options_of(argument).get("middleware")) is not None:
                        yield Step(first, scope)


def _settled(step: Step) -> Step:
    """`lib.client` of a whole file that is imported is what the file calls `client`."""
    here, scope = step
    if not isinstance(here, Attribute):
        return step
    base = scope.dotted(here.object) or ""
    module, rest = scope.module.module_of(base) if base.startswith("<") else (None, "")
    if module is None or rest or here.name not in module.bound:
        return step
    return Step(Name(here.span, here.name), top_level(module))


def _refuses(guard: Step) -> Fact:
    found = _function_of(guard)
    if found is None:
        return unknown("what runs before it may check the caller", guard.expression.span, guard.scope.module)
    function, module = found
    known: dict[Function, Fact] = module.shared.setdefault("refuse callers", {})
    if function not in known:  # many actions are made by one client
        handler = Handler(module, "POST", function.name, function.name_span, function)
        known[function] = checks_caller(handler)
        handler.forget()
    return known[function]


def _function_of(step: Step) -> tuple[Function, Module] | None:
    here, scope = step
    if isinstance(here, Closure):
        return here.function, scope.module
    return scope.resolve(Call(here.span, here))
