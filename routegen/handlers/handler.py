"""A handler without a language or a framework: the one thing that rules see."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

from routegen.handlers.branches import never_runs
from routegen.handlers.database import executes_write
from routegen.handlers.expression import Attribute, Call, Collection, Expression, Name, Span
from routegen.handlers.facts import NO, Fact
from routegen.handlers.flow import Step, helper
from routegen.handlers.frame import Budget
from routegen.handlers.function import NO_BLOCK, Class, Closure, Effect, Function, Module, Statement
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.once import lazy
from routegen.handlers.project import Context
from routegen.handlers.scope import Scope, top_level
from routegen.routes import Segment


class Origin(Enum):
    """Who makes a call: the handler's body, FastAPI (a dependency), a dependency's code, or a decorator."""

    BODY = auto()
    DEPENDENCY = auto()
    INSIDE_DEPENDENCY = auto()
    DECORATOR = auto()
    LATER = auto()  # in a thread, or after the answer


@dataclass(slots=True, eq=False)
class Site:
    """A call that a handler makes, itself or through functions of the project.

    `target` is the dotted name of what is called (None: unknown), `function` the function of the project;
    `is_followed` says that the calls inside it come next, `via` is the call in the handler that leads here.
    """

    call: Call
    scope: Scope
    target: str | None
    kinds: frozenset[Kind]
    origin: Origin = Origin.BODY
    function: Function | None = None
    is_followed: bool = False
    statement: Statement | None = None
    via: "Site | None" = None

    def role(self, role: str) -> Expression | None:
        """The argument that plays this part in what is called."""
        roles = vocabulary().roles.get(self.target or "")
        if roles is None or role not in roles:
            return None
        position, keyword = roles[role]
        return self.call.receiver if position < 0 else self.call.argument(position, keyword)

    @property
    def leading(self) -> "Iterator[Site]":
        """The calls that lead to it, the nearest first."""
        here = self.via
        while here is not None:
            yield here
            here = here.via

    @property
    def top(self) -> "Site":
        """The call in the handler's own body that this one belongs to: itself, or what leads to it."""
        return self.via.top if self.via else self

    @property
    def name(self) -> str:
        """The last part of what is called."""
        return self.call.name or (self.target or "").rpartition(".")[2]


@dataclass(eq=False)
class Handler:
    """One method of one route.

    `function` is None when it lies in another file. `segments` is None when the route is not known. `above`:
    whether something runs first that may refuse (a folder's `dependencies.py`, a router, middleware).
    `siblings` are the methods beside it, `shared` those that the same function answers too,
    `wrappers` what is called with the function (`GET = cached(f)`),
    `options` what the path operation is given (`status_code`, `response_model`, …), `owner` its class, `outer`
    where the function is defined, `context` what the project knows, `known` what was worked out about it.
    """

    module: Module
    method: str
    name: str
    span: Span
    function: Function | None
    segments: tuple[Segment, ...] | None = None
    route_id: str = ""
    expose: str | None = None
    above: Fact = NO
    siblings: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    decorators: tuple[Expression, ...] = ()
    options: Mapping[str, Expression] = field(default_factory=lambda: {})
    owner: Class | None = None
    is_file_route: bool = True
    outer: Scope | None = None
    context: Context = field(default_factory=Context)
    known: dict[Any, Any] = field(default_factory=lambda: {})

    @property
    def path(self) -> Path:
        """The file of the handler."""
        return self.module.source.path

    @property
    def label(self) -> str:
        """Method and route, for messages: `POST /users/[id]`."""
        return f"{self.method} {self.route_id or self.name}".strip()

    @property
    def is_guarded(self) -> bool:
        """Whether something above it runs first and may refuse."""
        return not self.above.is_no

    @property
    def is_known(self) -> bool:
        """Whether its code could be read whole."""
        return self.function is not None and not self.function.damaged

    @lazy
    def scope(self) -> Scope | None:
        """The scope of its own function."""
        if self.function is None:
            return None
        budget = Budget() if self.module.lang == "python" else Budget(_SCRIPT_BUDGET)
        outer = self.outer or top_level(self.module)
        return Scope(self.module, self.function, outer=outer, budget=budget)

    @property
    def decorators_beside_operation(self) -> tuple[Expression, ...]:
        """The decorators that may change how the function is called: `@operation` does not."""
        scope = self.scope
        return tuple(d for d in self.decorators if scope and Kind.OPERATION not in scope.kinds(_as_call(d)))

    @lazy
    def sites(self) -> list[Site]:
        """Every call, in the order it runs: decorators, dependencies, then the body with its helpers."""
        scope = self.scope
        if scope is None:
            return []
        found: list[Site] = []
        for decorator in self.decorators:
            calls = [part for part in _as_call(decorator).walk() if isinstance(part, Call)]
            _add_calls(found, calls, self.outer or scope, Origin.DECORATOR, None, None)
        _mark_wrappers(found)
        found += _dependencies(scope)
        _add_body(found, scope, Origin.BODY, None)
        return found

    @lazy
    def _by_kind(self) -> dict[Kind, list[Site]]:
        found: dict[Kind, list[Site]] = {}
        for site in self.sites:
            for kind in site.kinds:
                found.setdefault(kind, []).append(site)
        return found

    def calls(self, *kinds: Kind) -> list[Site]:
        """The calls of any of these kinds."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        if self._by_kind.keys().isdisjoint(kinds):
            return []
        return [site for site in self.sites if not site.kinds.isdisjoint(kinds)]

    @lazy
    def scopes(self) -> list[Scope]:
        """Its own scope and those of the functions it calls."""
        own = [self.scope] if self.scope else []
        return list(dict.fromkeys([*own, *[site.scope for site in self.sites]]))

    @lazy
    def statements(self) -> list[tuple[Statement, Scope]]:
        """The statements of its body and of the functions it calls."""
        return [(s, scope) for scope in self.scopes for s in scope.function.body.statements]

    @property
    def own_statements(self) -> list[Statement]:
        """The statements of its body alone."""
        return self.function.body.statements if self.function else []

    @lazy
    def returns(self) -> list[Statement]:
        """The statements that answer."""
        return [s for s in self.own_statements if s.effect is Effect.RETURN]

    def forget(self) -> None:
        """Let go of all scopes, when nothing more is asked about the handler: others share those of dependencies."""
        if "sites" not in self.__dict__:  # nothing was followed from its own scope, or that scope knows it
            if self.scope is not None:
                self.scope.forget()
            return
        for scope in self.scopes:
            if scope.first is self.scope:
                scope.forget()

    def steps(self, *types: type[Expression]) -> list[Step]:
        """The expressions of these types in its body and in the functions it calls."""
        return [step for kind in types for step in self._steps(kind)]

    def _steps(self, kind: type[Expression]) -> list[Step]:
        if kind not in self.known:
            self.known[kind] = [Step(part, scope) for scope in self.scopes for part in scope.parts(kind)]
        return self.known[kind]

    def text(self, of: Expression | Span, scope: Scope | None = None) -> str:
        """The source of an expression, for messages: one line, cut when long."""
        text = _CHAINED.sub(".", (scope.module if scope else self.module).text(of))
        return text if len(text) <= 60 else f"{text[:57]}..."


def _mark_wrappers(sites: list[Site]) -> None:
    """A wrapper of the project whose code says nothing about callers changes nothing for rules."""
    for site in sites:
        if site.function is not None and site.scope.lang != "python":
            found = site.scope.resolve(site.call)
            if found is not None and not _speaks_of_callers(*found):
                site.kinds |= {Kind.OPERATION}


def _speaks_of_callers(wrapper: Function, module: Module) -> bool:
    """Whether the text of a wrapper does; it is the same for every handler that it wraps."""
    known: dict[Function, bool] = module.shared.setdefault("speaks of callers", {})
    if wrapper not in known:
        known[wrapper] = _REFUSES.search(module.text(wrapper.span)) is not None
    return known[wrapper]


_REFUSES = re.compile(
    r"auth|session|token|user|verif|sign|secret|key|permission|role|401|403|limit|cookie|header|redirect|[a-z]Id\b",
    re.IGNORECASE,
)


_SCRIPT_BUDGET = 120
"""How many statements of helpers are read for a script's handler: theirs are many, and what counts comes first."""


def _as_call(decorator: Expression) -> Call:
    """A decorator without arguments runs too."""
    return decorator if isinstance(decorator, Call) else Call(decorator.span, decorator)


def _add_body(found: list[Site], scope: Scope, origin: Origin, via: Site | None) -> None:
    """Add the calls of a function, in their order, those of the functions it calls behind each."""
    block, is_left_out = NO_BLOCK, False
    for statement, calls in scope.function.calls:
        if statement.block is not block:
            block = statement.block
            is_left_out = never_runs(block, scope)
        if not is_left_out:
            _add_calls(found, calls, scope, origin, statement, via)


def _add_calls(
    found: list[Site],
    calls: Iterable[Call],
    scope: Scope,
    origin: Origin,
    statement: Statement | None,
    via: Site | None,
) -> None:
    for call in calls:
        local, target = scope.resolve(call), scope.dotted(call.function)
        kinds = vocabulary().kinds_of(target)
        if local is None:
            kinds = _with_form(kinds, call, scope)
            site = Site(call, scope, target, kinds, origin, None, False, statement, via)
            followed = None
        else:
            followed = helper(call, scope)
            site = Site(call, scope, target, kinds, origin, local[0], followed is not None, statement, via)
        found.append(site)
        hands_over = not kinds.isdisjoint(_HANDS_OVER)
        if followed:
            _add_body(found, scope.enter(call, *followed), origin, site)
        elif hands_over:
            _add_handed_over(found, call, scope, site)
        if scope.module.lang != "python":  # Python's functions without a name hold no statements
            runs = Origin.LATER if hands_over or call.name in _LISTENS else origin
            for closure in closures(call):
                _add_body(found, scope.inside(call, closure), runs, via)


def _with_form(kinds: frozenset[Kind], call: Call, scope: Scope) -> frozenset[Kind]:
    """`kinds` of a call of no function of the project, with what its method and what it executes say."""
    if isinstance(call.function, Attribute):
        if (known := vocabulary().methods.get((scope.module.lang, call.function.name))) is not None:
            kinds |= known
    elif not isinstance(call.function, Name):
        return kinds
    written = executes_write(call, scope)
    return kinds | written if written else kinds


_CHAINED = re.compile(r" \.(?=[\w$])")
"""Where a chain of calls went on in the next line."""
_LISTENS = frozenset({"on", "once", "addListener", "addEventListener"})
_HANDS_OVER = {Kind.ENQUEUE, Kind.THREAD}


def closures(call: Call) -> Iterator[Closure]:
    """The functions without a name that a call is handed, in its arguments or in an object literal among them."""
    for argument in call.arguments:
        if isinstance(argument, Closure):
            yield argument
        elif isinstance(argument, Collection):
            yield from (item for item in argument.items if isinstance(item, Closure))


def _add_handed_over(found: list[Site], call: Call, scope: Scope, via: Site) -> None:
    """What a function does that another thread, or a background task, is told to call."""
    at = next((i for i, a in enumerate(call.arguments[:2]) if isinstance(a, (Name, Attribute))), None)
    if at is None:
        return
    later = Call(call.span, call.arguments[at], call.arguments[at + 1 :], call.keywords)
    if followed := helper(later, scope):
        _add_body(found, scope.enter(later, *followed), Origin.LATER, via)


def _dependencies(scope: Scope) -> Iterator[Site]:
    """What FastAPI runs first: the functions in `Depends(…)`, their own dependencies before them."""
    for parameter in scope.function.parameters:
        if parameter.default is None and parameter.annotation is None:
            continue
        for marker, at in scope.markers(parameter):
            kinds = at.kinds(marker)
            if Kind.DEPENDS in kinds:
                wanted = marker.argument(0, "dependency") or parameter.annotation
                yield from dependency(marker, wanted, kinds, at if at.module is not scope.module else scope)


def dependency(
    marker: Call, wanted: Expression | None, kinds: frozenset[Kind], scope: Scope
) -> Iterator[Site]:
    """What runs for one `Depends(wanted)`."""
    if wanted is None:
        return
    call = Call(marker.span, wanted)
    local = scope.resolve(call)
    target = scope.dotted(wanted)
    followed = helper(call, scope, is_dependency=True) if local else None
    own = kinds | vocabulary().kinds_of(target)
    site = Site(
        call, scope, target, own, Origin.DEPENDENCY, local[0] if local else None, followed is not None
    )
    yield site
    if followed:
        yield from _inside(site, *followed)


def _inside(site: Site, function: Function, module: Module) -> Iterator[Site]:
    """The calls in a dependency. They are the same for every handler that names it: found once, told again."""
    scope = site.scope
    if scope.caller is not None or scope.passes(site.call, function):
        yield from _inside_of(site, scope.enter(site.call, function, module, apart=True))
        return
    root = scope.global_scope(scope.module)
    known = module.shared.setdefault("dependencies", {})
    key = (function, scope.module is module)
    if key not in known:
        first = Site(site.call, root, site.target, site.kinds, site.origin, function, is_followed=True)
        known[key] = first, _inside_of(first, root.enter(site.call, function, module, apart=True))
    first, sites = known[key]
    again = {first: site}
    for each in sites:
        found = again[each] = Site(
            each.call,
            each.scope,
            each.target,
            each.kinds,
            each.origin,
            each.function,
            each.is_followed,
            each.statement,
            again.get(each.via),
        )
        yield found


def _inside_of(site: Site, inner: Scope) -> list[Site]:
    found = [*_dependencies(inner)]
    _add_body(found, inner, Origin.INSIDE_DEPENDENCY, site)
    return found
