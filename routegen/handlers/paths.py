"""Facts about file names that a client chose: where they reach the disk, whether they are checked first."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from routegen.handlers.expression import Call, Compare, Constant, Expression, Template
from routegen.handlers.flow import Step, helper, trace
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler, Site
from routegen.handlers.inputs import is_client_text
from routegen.handlers.kinds import Kind
from routegen.handlers.requests import is_file_name, takes_file
from routegen.handlers.scope import Scope

_CONTAINMENT = frozenset(
    {"is_relative_to", "relative_to", "match", "fullmatch", "search", "startswith", "isalnum", "isidentifier"}
    | {"commonpath", "commonprefix", "startsWith", "test", "includes", "relative"}
)
_CHECKS = re.compile(
    r"valid|safe|secur|sanit|clean|check|allow|verif|ensure|reject|forbid|guard", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A call that opens a path which holds a client's file name, and the way the name took, source first."""

    site: Site
    way: tuple[Step, ...]

    @property
    def is_prefixed(self) -> bool:
        """Whether text stands right before the name: `..` then needs a folder of that name."""
        return any(
            isinstance(step.expression, Template) and _is_behind_text(step.expression, before.expression)
            for before, step in zip(self.way, self.way[1:], strict=False)
        )


def named_paths(handler: Handler) -> list[NamedPath]:
    """The paths that hold a client's file name whole and unchecked."""
    found: list[NamedPath] = []
    opening = handler.calls(Kind.OPEN_PATH)
    is_named = is_uploaded_name if opening and takes_file(handler) else is_file_name
    for site in opening:
        path = site.role("path")
        way = trace(path, site.scope, is_named) if path is not None else None
        if way is not None:
            found.append(NamedPath(site, way))
    return [] if found and _is_checked(handler, _is_name) else found


def is_uploaded_name(expression: Expression, scope: Scope) -> bool:
    """Whether a client chose this name for a file that it sends: the file's own, or a field beside it."""
    if is_file_name(expression, scope):
        return True
    return (
        scope.lang != "python"
        and isinstance(expression, Call)
        and scope.dotted(expression.function) == "starlette.FormData.get"
    )


_TOUCHES = (Kind.OPEN_PATH, Kind.FS_READ, Kind.FS_DELETE, Kind.PROBE)


def input_paths(handler: Handler) -> list[NamedPath]:
    """The paths that a client's query, body, header or catch-all parameter decides, unchecked."""

    def is_source(expression: Expression, scope: Scope) -> bool:
        return is_client_text(expression, scope, handler) and not is_uploaded_name(expression, scope)

    found: list[NamedPath] = []
    for site in handler.calls(*_TOUCHES):
        path = site.role("path")
        way = trace(path, site.scope, is_source) if path is not None else None
        named = NamedPath(site, way) if way is not None else None
        if named is not None and not (site.scope.lang == "python" and named.is_prefixed):
            found.append(named)  # below `f"cache_{name}"` a folder `cache_..` would have to be
    if not found:
        return []

    def is_name(expression: Expression, scope: Scope) -> bool:
        return trace(expression, scope, is_source) is not None

    return [] if _is_checked(handler, is_name) else found


def _is_behind_text(template: Template, part: Expression) -> bool:
    at = next((i for i, p in enumerate(template.parts) if p is part), 0)
    if at == 0:
        return False
    before = template.parts[at - 1]
    return not (isinstance(before, Constant) and str(before.value).endswith(("/", "\\")))


def _is_checked(handler: Handler, is_name: Callable[[Expression, Scope], bool]) -> bool:
    """Whether anything in the handler might refuse a bad name: containment, an allow-list, a checker."""
    return any(
        (isinstance(step.expression, Call) and _call_checks(step.expression, step.scope, is_name))
        or (isinstance(step.expression, Compare) and _compare_checks(step.expression, step.scope, is_name))
        for step in handler.steps(Call, Compare)
    )


def _call_checks(call: Call, scope: Scope, is_name: Callable[[Expression, Scope], bool]) -> bool:
    if call.name in _CONTAINMENT:
        return any(is_name(part, scope) for part in call.walk())
    if not _CHECKS.search(call.name):
        return False
    read = helper(call, scope)
    if read is not None and not any(s.effect is Effect.RAISE for s in read[0].body.statements):
        return False
    return any(is_name(argument, scope) for argument in call.children()[1:])


def _compare_checks(compare: Compare, scope: Scope, is_name: Callable[[Expression, Scope], bool]) -> bool:
    if not any(is_name(operand, scope) for operand in compare.operands):
        return False
    first = compare.operands[0]
    if "in" in compare.operators[0]:
        return not isinstance(first, Constant) or any(part in str(first.value) for part in ("/", "\\", ".."))
    return not any(isinstance(operand, Constant) for operand in compare.operands)


def _is_name(expression: Expression, scope: Scope) -> bool:
    return trace(expression, scope, is_uploaded_name) is not None
