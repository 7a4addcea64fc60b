"""Finds the handlers that a file binds to paths by calls: FastAPI and Starlette, in any shape."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Constant,
    Expression,
    Name,
    Span,
    Unpacked,
)
from routegen.handlers.function import BlockKind, Class, Function, Module, Statement
from routegen.handlers.scope import Scope, top_level

METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
_ROUTERS = ("fastapi.FastAPI", "fastapi.APIRouter", "fastapi.Starlette", "fastapi.Router")
_NAMES = re.compile(r"(router|app|api|routes?|server|application)\d*$", re.IGNORECASE)
_SHAPE = re.compile(
    rb"@[ \t]*[\w.]+\.(get|post|put|patch|delete|head|options|api_route|route|middleware)\(|\.(add_api_route|add_route"
    rb"|include_router|add_middleware|mount)\("
    rb"|@[ \t]*[\w.]+\(\s*[\w.]+\.(get|post|put|patch|delete|head|options)\s*,"
    rb"|\bRoute\(|FastAPI\(|APIRouter\(|Starlette\(|Middleware\("
)
_WORDS = (
    b"@",
    b"add_api_route(",
    b"add_route(",
    b"include_router(",
    b"add_middleware(",
    b"mount(",
    b"Route(",
    b"FastAPI(",
    b"APIRouter(",
    b"Starlette(",
    b"Middleware(",
)
_DECORATED = re.compile(
    rb"\.(get|post|put|patch|delete|head|options|api_route|route)\(|\.add_|\.include_|Route\("
    rb"|\(\s*[\w.]+\.(get|post|put|patch|delete|head|options)\s*,"
)


@dataclass(slots=True, eq=False)
class Endpoint:
    """A function that is bound to a path of a router. `path` is None when it is no literal."""

    methods: tuple[str, ...]
    path: str | None
    function: Function | None
    router: str
    options: Mapping[str, Expression]
    decorators: tuple[Expression, ...]
    span: Span
    scope: Scope
    name: str
    owner: Class | None = None


@dataclass(slots=True, eq=False)
class Mount:
    """`parent.include_router(child, prefix, dependencies)`; `child` is "" when it cannot be told.

    `is_optional`: a test decides whether it happens (`if settings.is_local`).
    """

    parent: str
    child: str
    prefix: str | None
    options: Mapping[str, Expression]
    scope: Scope
    is_optional: bool = False


@dataclass(slots=True, eq=False)
class Router:
    """An app or a router where it is made."""

    key: str
    prefix: str | None
    options: Mapping[str, Expression]
    scope: Scope
    is_app: bool


@dataclass(slots=True, eq=False)
class Middleware:
    """Code that runs before every request; `function` is it when it lies in the project."""

    name: str
    target: str | None
    function: Function | None
    scope: Scope
    span: Span
    call: Call | None = None


@dataclass(slots=True)
class Endpoints:
    """What one file binds."""

    module: Module
    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    mounts: list[Mount] = field(default_factory=list[Mount])
    routers: list[Router] = field(default_factory=list[Router])
    middleware: list[Middleware] = field(default_factory=list[Middleware])


def may_bind(data: bytes) -> bool:
    """Whether a file could bind anything, told from its bytes."""
    # The pattern looks at each dot of a file; most files hold nothing that it could end in.
    return any(word in data for word in _WORDS) and _SHAPE.search(data) is not None


def read_endpoints(module: Module) -> Endpoints:
    """Everything that a file binds: at its top level, in factories, and in classes."""
    found = Endpoints(module)
    _Reader(found).function(module.main, top_level(module), None)
    return found


def router_key(expression: Expression, scope: Scope) -> str:
    """The place where a router was assigned, `<file>.router`; "" when it cannot be told, `.x` for a local."""
    if isinstance(expression, Name):
        if scope.is_local(expression.name) and scope.function is not scope.module.main:
            return f"<{scope.module.source.path}>{scope.function.name}.{expression.name}"
        if (found := scope.module.imported(expression.name)) is not None and found[1]:
            return _settled(found[0], found[1])
        return f"<{scope.module.source.path}>.{expression.name}"
    if isinstance(expression, Attribute):
        base = scope.dotted(expression.object) or ""
        module, rest = scope.module.module_of(base) if base.startswith("<") else (None, "")
        if module is not None and not rest:
            return _settled(module, expression.name)
        return f"<{scope.module.source.path}>{scope.module.text(expression)}"
    return ""


def _settled(module: Module, name: str) -> str:
    """Through re-exports to the file that assigns the name."""
    for _ in range(6):
        if (found := module.imported(name)) is None or not found[1]:
            break
        module, name = found
    return f"<{module.source.path}>.{name}"


class _Reader:
    """Walks one file."""

    def __init__(self, found: Endpoints) -> None:
        self._found = found
        self._data = found.module.source

    def function(self, function: Function, scope: Scope, owner: Class | None, depth: int = 0) -> None:
        """What a function binds while it runs, and what the functions in it are bound to."""
        inner = Scope(scope.module, function, scope if depth else None)
        for statement in function.body.statements:
            for part in statement.parts:
                if isinstance(part, Call):
                    self._call(part, statement, inner)
        for definition in function.body.definitions:
            self._definition(definition, inner, owner, depth)

    def _definition(
        self, definition: Function | Class, scope: Scope, owner: Class | None, depth: int
    ) -> None:
        text = self._data.text(definition.span.start, definition.span.end).encode()
        if depth > 3 or not _DECORATED.search(text):
            return
        if isinstance(definition, Class):
            for function in definition.functions.values():
                self._decorated(function, scope, definition)
            return
        self._decorated(definition, scope, owner)
        inner = self._data.text(definition.name_span.end, definition.span.end).encode()
        if _DECORATED.search(inner):
            self.function(definition, scope, owner, depth + 1)

    def _decorated(self, function: Function, scope: Scope, owner: Class | None) -> None:
        routes = [d for d in function.decorators if isinstance(d, Call) and _is_route(d, scope)]
        rest = tuple(d for d in function.decorators if d not in routes)
        self._passed_on(function, scope, rest, owner)
        for call in routes:
            assert isinstance(call.function, Attribute)
            if call.function.name == "middleware":
                self._found.middleware.append(
                    Middleware(function.name, None, function, scope, function.name_span)
                )
                continue
            self._found.endpoints.append(
                Endpoint(
                    _methods(call, call.function.name),
                    _text(call.argument(0, "path")),
                    function,
                    router_key(call.function.object, scope),
                    call.keywords,
                    rest,
                    function.name_span,
                    scope,
                    function.name,
                    owner,
                )
            )

    def _passed_on(
        self, function: Function, scope: Scope, decorators: tuple[Expression, ...], owner: Class | None
    ) -> None:
        """`@protected(router.get, "/users")`: a decorator of the project that binds, and may check who calls."""
        for call in decorators:
            method = call.argument(0) if isinstance(call, Call) else None
            if not isinstance(call, Call) or not isinstance(method, Attribute) or method.name not in METHODS:
                continue
            if _is_router(scope.type_of(method.object) or "", scope):
                self._found.endpoints.append(
                    Endpoint(
                        _methods(call, method.name),
                        _text(call.argument(1, "path")),
                        function,
                        router_key(method.object, scope),
                        call.keywords,
                        decorators,
                        function.name_span,
                        scope,
                        function.name,
                        owner,
                    )
                )

    def _call(self, call: Call, statement: Statement, scope: Scope) -> None:
        target = scope.dotted(call.function) or ""
        if _is_router(target, scope):
            for name in statement.targets:
                key = router_key(Name(call.span, name), scope)
                prefix = _text(call.keywords.get("prefix", Constant(call.span, "")))
                self._found.routers.append(Router(key, prefix, call.keywords, scope, "Router" not in target))
            self._listed(call.keywords.get("middleware"), scope)
        elif target in ("fastapi.Route", "fastapi.routing.Route", "fastapi.routing.APIRoute"):
            self._bound(call, "", scope)
        elif isinstance(call.function, Attribute):
            self._method(call, call.function, statement, scope)

    def _method(self, call: Call, function: Attribute, statement: Statement, scope: Scope) -> None:
        if function.name in ("add_api_route", "add_route"):
            self._bound(call, router_key(function.object, scope), scope)
        elif function.name == "include_router" or (function.name == "mount" and len(call.arguments) > 1):
            is_mount = function.name == "mount"
            child = call.argument(1, "app") if is_mount else call.argument(0, "router")
            prefix = (
                call.argument(0, "path") if is_mount else call.keywords.get("prefix", Constant(call.span, ""))
            )
            parent, key = router_key(function.object, scope), router_key(child, scope) if child else ""
            is_optional = statement.block.inside(BlockKind.IF, BlockKind.ELSE) is not None
            self._found.mounts.append(Mount(parent, key, _text(prefix), call.keywords, scope, is_optional))
        elif function.name == "add_middleware" and call.arguments:
            self._middleware(call.arguments[0], call, scope)
        elif function.name == "middleware" or (function.name in METHODS and len(call.arguments) == 1):
            return

    def _listed(self, value: Expression | None, scope: Scope) -> None:
        for item in value.items if isinstance(value, Collection) else ():
            if isinstance(item, Call) and item.arguments:
                self._middleware(item.arguments[0], item, scope)

    def _middleware(self, wanted: Expression, call: Call, scope: Scope) -> None:
        target = scope.dotted(wanted)
        name = wanted.name if isinstance(wanted, (Name, Attribute)) else ""
        found = scope.module.function_of(f"{target}.dispatch") if (target or "").startswith("<") else None
        found = found or (
            scope.module.function_of(f"{target}.__call__") if (target or "").startswith("<") else None
        )
        function = found[0] if found else None
        self._found.middleware.append(Middleware(name, target, function, scope, wanted.span, call))

    def _bound(self, call: Call, router: str, scope: Scope) -> None:
        """`Route(path, endpoint, methods=[…])` and `add_api_route`."""
        endpoint = call.argument(1, "endpoint")
        if endpoint is None or not isinstance(endpoint, (Name, Attribute)):
            return
        found = scope.resolve(Call(call.span, endpoint))
        methods = _methods(call, "api_route")
        if found is None:
            return
        function, module = found
        inner = scope if module is scope.module else top_level(module)
        self._found.endpoints.append(
            Endpoint(
                methods,
                _text(call.argument(0, "path")),
                function,
                router,
                call.keywords,
                function.decorators,
                function.name_span,
                inner,
                function.name,
            )
        )


def _is_route(call: Call, scope: Scope) -> bool:
    """Whether a decorator binds to a path: a method of a router, or of what is called like one."""
    function = call.function
    if not isinstance(function, Attribute) or function.name not in METHODS | {
        "api_route",
        "route",
        "middleware",
    }:
        return False
    kind = scope.type_of(function.object)
    if kind is not None:
        return _is_router(kind, scope)
    path = call.argument(0, "path")
    holder = function.object
    if isinstance(holder, Call):
        return False
    name = holder.name if isinstance(holder, (Name, Attribute)) else ""
    return _NAMES.search(name) is not None and (path is None or _text(path) != "" or function.name in METHODS)


def _is_router(kind: str, scope: Scope) -> bool:
    """Whether this is FastAPI, APIRouter or Starlette, or a class of the project made from one."""
    for _ in range(5):
        if kind in _ROUTERS:
            return True
        module, rest = scope.module.module_of(kind) if kind.startswith("<") else (None, "")
        if module is None or rest not in module.classes or not module.classes[rest].bases:
            return kind.rpartition(".")[2] in ("APIRouter", "FastAPI")
        scope = top_level(module)
        kind = scope.dotted(module.classes[rest].bases[0]) or ""
    return False


def _methods(call: Call, name: str) -> tuple[str, ...]:
    if name in METHODS:
        return (name.upper(),)
    given = call.keywords.get("methods")
    if not isinstance(given, Collection):
        return ("GET",) if given is None else ("",)
    return tuple(_names(given)) or ("",)


def _names(given: Collection) -> Iterator[str]:
    for item in given.items:
        if isinstance(item, Constant) and isinstance(item.value, str):
            yield item.value.upper()


def _text(expression: Expression | None) -> str | None:
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return expression.value
    return None


def dependencies(options: Mapping[str, Expression]) -> list[Call] | None:
    """The markers in `dependencies=[…]`; None when it cannot be told what is in it."""
    given = options.get("dependencies")
    if given is None or (isinstance(given, Constant) and given.value is None):
        return []
    if not isinstance(given, Collection) or any(isinstance(item, Unpacked) for item in given.items):
        return None
    found = [item for item in given.items if isinstance(item, Call)]
    return found if len(found) == len(given.items) else None
