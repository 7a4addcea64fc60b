"""A handler without a language or a framework: the one thing that rules see."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from pathlib import Path

from routegen.handlers.expression import Call, Expression, Name, Span
from routegen.handlers.flow import Step, helper
from routegen.handlers.function import Function, Module, Statement
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.scope import Scope
from routegen.routes import Segment


class Origin(Enum):
    """Who makes a call: the handler's body, FastAPI (a dependency), a dependency's code, or a decorator."""

    BODY = auto()
    DEPENDENCY = auto()
    INSIDE_DEPENDENCY = auto()
    DECORATOR = auto()


@dataclass(slots=True, eq=False)
class Site:
    """A call that a handler makes, itself or through helpers of the same file.

    `target` is the dotted name of what is called (None: unknown), `function` the function of the same file;
    `is_followed` says that the calls inside it come next.
    """

    call: Call
    scope: Scope
    target: str | None
    kinds: frozenset[Kind]
    origin: Origin = Origin.BODY
    function: Function | None = None
    is_followed: bool = False

    def role(self, role: str) -> Expression | None:
        """The argument that plays this part in what is called."""
        at = vocabulary().roles.get(self.target or "", {}).get(role)
        if at is None:
            return None
        position, keyword = at
        return self.call.receiver if position < 0 else self.call.argument(position, keyword)


@dataclass(eq=False)
class Handler:
    """One method of one route.

    `function` is None when it lies in another file. `segments` is None when the route is not known.
    `is_guarded`: something above the handler (a folder's `dependencies.py`) runs first. `siblings` are the
    methods beside it, `wrappers` what is called with the function (`GET = cached(f)`).
    """

    module: Module
    method: str
    name: str
    span: Span
    function: Function | None
    segments: tuple[Segment, ...] | None = None
    route_id: str = ""
    expose: str | None = None
    is_guarded: bool = False
    siblings: tuple[str, ...] = ()
    wrappers: tuple[Expression, ...] = ()

    @property
    def path(self) -> Path:
        """The file of the handler."""
        return self.module.source.path

    @property
    def label(self) -> str:
        """Method and route, for messages: `POST /users/[id]`."""
        return f"{self.method} {self.route_id}".strip()

    @property
    def is_known(self) -> bool:
        """Whether its code could be read whole."""
        return self.function is not None and not self.function.damaged

    @cached_property
    def scope(self) -> Scope | None:
        """The scope of its own function."""
        return Scope(self.module, self.function) if self.function else None

    @cached_property
    def decorators(self) -> tuple[Expression, ...]:
        """What wraps the function, outermost first."""
        return (*self.wrappers, *(self.function.decorators if self.function else ()))

    @property
    def decorators_beside_operation(self) -> tuple[Expression, ...]:
        """The decorators that may change how the function is called: `@operation` does not."""
        scope = self.scope
        return tuple(d for d in self.decorators if scope and Kind.OPERATION not in scope.kinds(_as_call(d)))

    @cached_property
    def sites(self) -> list[Site]:
        """Every call, in the order it runs: decorators, dependencies, then the body with its helpers."""
        scope = self.scope
        if scope is None:
            return []
        found = [
            site
            for decorator in self.decorators
            for site in _calls(_as_call(decorator), scope, Origin.DECORATOR)
        ]
        found += _dependencies(scope)
        found += _body(scope, Origin.BODY)
        return found

    def calls(self, *kinds: Kind) -> list[Site]:
        """The calls of any of these kinds."""
        return [site for site in self.sites if not site.kinds.isdisjoint(kinds)]

    @cached_property
    def scopes(self) -> list[Scope]:
        """Its own scope and those of the helpers it calls."""
        found = {id(site.scope): site.scope for site in self.sites}
        if self.scope:
            found = {id(self.scope): self.scope} | found
        return list(found.values())

    @cached_property
    def statements(self) -> list[tuple[Statement, Scope]]:
        """The statements of its body and of the helpers it calls."""
        return [(s, scope) for scope in self.scopes for s in scope.function.body.statements]

    @cached_property
    def steps(self) -> list[Step]:
        """Every expression of its body and of the helpers it calls."""
        return [
            Step(expression, scope)
            for statement, scope in self.statements
            if statement.value is not None
            for expression in statement.value.walk()
        ]

    def text(self, of: Expression | Span) -> str:
        """The source of an expression, for messages: one line, cut when long."""
        text = self.module.text(of)
        return text if len(text) <= 60 else f"{text[:57]}..."


def _as_call(decorator: Expression) -> Call:
    """A decorator without arguments runs too."""
    return decorator if isinstance(decorator, Call) else Call(decorator.span, decorator)


def _body(scope: Scope, origin: Origin) -> Iterator[Site]:
    for statement in scope.function.body.statements:
        if statement.value is not None:
            yield from _calls(statement.value, scope, origin)


def _calls(expression: Expression, scope: Scope, origin: Origin) -> Iterator[Site]:
    for call in expression.walk():
        if isinstance(call, Call):
            function = helper(call, scope)
            target = scope.dotted(call.function)
            local = function or scope.local_function(call)
            kinds = frozenset[Kind]() if local else vocabulary().kinds_of(target)
            yield Site(call, scope, target, kinds, origin, local, function is not None)
            if function:
                yield from _body(scope.enter(call, function), origin)


def _dependencies(scope: Scope) -> Iterator[Site]:
    """What FastAPI runs first: the functions in `Depends(…)`, their own dependencies before them."""
    for parameter in scope.function.parameters:
        for marker in scope.markers(parameter):
            kinds = scope.kinds(marker)
            if Kind.DEPENDS in kinds:
                yield from _dependency(marker, kinds, scope)


def _dependency(marker: Call, kinds: frozenset[Kind], scope: Scope) -> Iterator[Site]:
    wanted = marker.argument(0, "dependency")
    if wanted is None:
        return
    call = Call(marker.span, wanted)
    function = helper(call, scope) if isinstance(wanted, Name) else None
    target = scope.dotted(wanted)
    own = kinds | vocabulary().kinds_of(target)
    local = function or scope.local_function(call)
    yield Site(call, scope, target, own, Origin.DEPENDENCY, local, function is not None)
    if function:
        inner = scope.enter(call, function)
        yield from _dependencies(inner)
        yield from _body(inner, Origin.INSIDE_DEPENDENCY)
