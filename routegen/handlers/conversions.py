"""Facts about texts that become numbers or ids: what a client's text that is none of them ends in."""

from collections.abc import Iterator

from routegen.handlers.expression import Call, Expression, Name, Subscript
from routegen.handlers.flow import Step, trace
from routegen.handlers.function import BlockKind
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_CONVERTERS = frozenset(
    {
        "builtins.int",
        "builtins.float",
        "uuid.UUID",
        "decimal.Decimal",
        "bson.ObjectId",
        "bson.objectid.ObjectId",
    }
    | {"datetime.date.fromisoformat", "datetime.datetime.fromisoformat"}
)
_TESTS = frozenset(
    {"isdigit", "isdecimal", "isnumeric", "is_valid", "match", "fullmatch", "isalnum", "startswith"}
)


def unchecked_conversions(handler: Handler) -> Iterator[tuple[Site, tuple[Step, ...]]]:
    """The texts of the path or the query that are converted where nothing catches that they cannot be."""
    folders = {s.name for s in handler.segments or () if s.is_parameter}
    typed = ":int}" in handler.route_id or ":float}" in handler.route_id or ":uuid}" in handler.route_id

    def is_source(expression: Expression, scope: Scope) -> bool:
        return _is_folder_text(expression, scope, folders) or _is_address(expression, scope)

    for site in handler.sites:
        if (
            site.target not in _CONVERTERS
            or site.origin is not Origin.BODY
            or not site.call.arguments
            or typed
        ):
            continue
        way = trace(site.call.arguments[0], site.scope, is_source)
        if way is not None and not _is_caught(site) and not _is_tested(way[0], handler):
            yield site, way


def _is_folder_text(expression: Expression, scope: Scope, folders: set[str]) -> bool:
    if not isinstance(expression, Name) or expression.name not in folders:
        return False
    parameter = scope.function.parameter(expression.name)
    if parameter is None or scope.caller is not None or expression.name in scope.bindings:
        return False
    if parameter.annotation is None:
        return True
    return scope.annotated_type(parameter.annotation) == "builtins.str" and not scope.markers(parameter)


def _is_address(expression: Expression, scope: Scope) -> bool:
    """`request.path_params["id"]`, `request.query_params.get("page")`."""
    of = expression.object if isinstance(expression, Subscript) else None
    if isinstance(expression, Call) and expression.name == "get":
        of = expression.receiver
    return of is not None and not scope.kinds(of).isdisjoint({Kind.PARAM, Kind.QUERY})


def _is_caught(site: Site) -> bool:
    return any(
        here.statement is not None and here.statement.block.inside(BlockKind.TRY, BlockKind.WITH) is not None
        for here in (site, *site.leading)
    )


def _is_tested(source: Step, handler: Handler) -> bool:
    """Whether anything asks first whether the text can be converted."""
    text = source.scope.module.text(source.expression)
    return any(
        isinstance(step.expression, Call)
        and step.expression.name in _TESTS
        and text in step.scope.module.text(step.expression)
        for step in handler.steps(Call)
    )
