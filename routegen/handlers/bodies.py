"""Facts about bodies that nobody checked: where they become rows."""

from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Call, Expression, Name, Unpacked
from routegen.handlers.flow import Step, origins, trace
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.typescript.columns import written_columns
from routegen.handlers.webhook import receives_webhooks

_DICTS = {"builtins.dict", "typing.Dict", "typing.Any"}


def written_bodies(handler: Handler) -> Iterator[tuple[Site, tuple[Step, ...]]]:
    """The bodies that become rows as they came, each with its way."""
    if handler.method not in ("POST", "PUT", "PATCH") or not receives_webhooks(handler).is_no:
        return
    for site in handler.sites:
        if site.origin is not Origin.BODY or site.is_followed:
            continue
        for argument in _rows(site):
            way = trace(argument, site.scope, is_unchecked) or _part_of_body(argument, site.scope)
            if way is not None:
                yield site, way
                return


def _rows(site: Site) -> Iterator[Expression]:
    """What becomes columns: the arguments of a write, and `Model(**body)`."""
    if site.scope.lang != "python":
        yield from written_columns(site)
        return
    if Kind.DB_WRITE in site.kinds:
        at = 1 if site.call.name.startswith(("update", "find_one_and", "replace")) else 0
        yield from site.call.arguments[at : at + 1]
    if site.call.name == "sqlmodel_update":
        yield from site.call.arguments[:1]
    if site.target == "builtins.setattr" and len(site.call.arguments) == 3:
        yield from _items_of(site.call.arguments[1], site.scope)
    for argument in site.call.arguments:
        if isinstance(argument, Unpacked) and _is_row(site):
            yield argument.value


def _items_of(name: Expression, scope: Scope) -> Iterator[Expression]:
    """The mapping in `for name, value in mapping.items(): setattr(row, name, value)`."""
    statement = scope.binding(name.name, name.span.start) if isinstance(name, Name) else None
    if statement is not None and statement.effect is Effect.ITERATE and len(statement.targets) == 2:
        pairs = statement.value
        if isinstance(pairs, Call) and pairs.name == "items" and pairs.receiver is not None:
            yield pairs.receiver


def _is_row(site: Site) -> bool:
    target = site.target or ""
    if not target.startswith("<"):
        return False
    module, name = site.scope.module.module_of(target)
    if module is None or name not in module.classes:
        return False
    text = " ".join(module.text(base) for base in module.classes[name].bases)
    return (
        ("Base" in text and "BaseModel" not in text)
        or "Document" in text
        or "__tablename__" in module.classes[name].fields
    )


def _part_of_body(argument: Expression, scope: Scope) -> tuple[Step, ...] | None:
    """The way of an object in the body of a script: `const { updates } = await request.json()`, `body.updates`."""
    if scope.lang == "python" or not isinstance(argument, (Name, Attribute)):
        return None
    steps = origins(argument, scope)
    part = steps[0].expression if len(steps) == 1 else None
    if not isinstance(part, Attribute):
        return None
    return trace(part.object, steps[0].scope, is_unchecked)


def is_unchecked(expression: Expression, scope: Scope) -> bool:
    """The parsed body as a whole, with no schema."""
    if isinstance(expression, Call):
        return Kind.READ_JSON in scope.kinds(expression)
    if not isinstance(expression, Name) or scope.caller is not None or expression.name in scope.bindings:
        return False
    parameter = scope.function.parameter(expression.name)
    if parameter is None or parameter.annotation is None:
        return False
    kinds = scope.field_kinds(parameter)
    if kinds and Kind.BODY_FIELD not in kinds:
        return False
    return scope.annotated_type(parameter.annotation) in _DICTS
