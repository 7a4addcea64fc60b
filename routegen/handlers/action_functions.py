"""The functions that `@action` marks, as handlers: facts about what an action does, and for whom."""

import re
from collections.abc import Iterator

from routegen.handlers.effects import changes
from routegen.handlers.expression import Call, Expression
from routegen.handlers.facts import NO, Evidence, Fact
from routegen.handlers.function import Block, BlockKind, Effect, Function, Module
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind, vocabulary
from routegen.handlers.protection import checks_caller, is_for_strangers
from routegen.handlers.requests import headers
from routegen.handlers.scope import Scope, top_level

ACTIONS_FILE = "actions.py"
_ACTION = "routegen.actions.action"
_FILES = {"routegen.respond.file", "fastapi.responses.FileResponse"}
_MACHINES = {"webhook", "webhooks", "ipn", "cron"}
_KEYS = {"authorization", "x-api-key", "api-key", "x-auth-token"}

_READS = {Kind.DB_READ, Kind.FIND_ONE, Kind.FS_READ, Kind.PROBE}
_QUIET = {
    *_READS,
    *(Kind.ASYNC, Kind.KEEP, Kind.PARSE, Kind.HEADER, Kind.QUERY, Kind.PARAM, Kind.COOKIE),
    *(Kind.RESPOND, Kind.ERROR, Kind.DEPENDS, Kind.BLOCKING, Kind.BLOCKING_FILE),
}
# What a query is made of and read with; whatever else is called may do anything.
_QUERIES = re.compile(
    r"select|where|filter(_by)?|(order|group)_by|limit|offset|join|options|distinct|all|first|one(_or_none)?"
    r"|scalars?|scalar_one_or_none|exec|i?like|in_|is_|desc|asc|strip|lower|upper|split|items|keys|values"
    r"|model_dump|model_validate|Invalid"
)


class PageFunction(Handler):
    """An action or the `load` of a page, as the handler of POST or GET that it becomes."""


class ErrorAnswer(PageFunction):
    """What a client of actions answers when one of them raises. It is called by no browser: no action itself."""

    @property
    def caught(self) -> Block:
        """All of it, as if it were an EXCEPT around the action."""
        first = self.function.parameters[:1] if self.function is not None else ()
        span = self.function.span if self.function is not None else self.span
        return Block(BlockKind.EXCEPT, span, names=tuple(parameter.name for parameter in first))


def load_of(module: Module, route_id: str = "") -> PageFunction | None:
    """The `load` of a `page.py`, as a browser calls it: with GET."""
    load = module.functions.get("load")
    if load is None:
        return None
    return PageFunction(module, "GET", "load", load.name_span, load, route_id=route_id, is_file_route=False)


def actions_in(module: Module) -> list[PageFunction]:
    """The actions of an `actions.py`, and the server functions of a script. As a form calls them: with POST.

    They are made once, for all who ask, until the file is forgotten.
    """
    if "actions" not in module.shared:
        module.shared["actions"] = list(_find_actions(module))
    return module.shared["actions"]


def judged_in(module: Module) -> list[PageFunction]:
    """The actions of a file, and what the clients of actions that a script makes answer when one raises."""
    return [*actions_in(module), *(_error_answers(module) if module.lang != "python" else ())]


def _error_answers(module: Module) -> Iterator[ErrorAnswer]:
    from routegen.handlers.typescript.clients import error_answers  # its grammar is large

    for name, function, outer in error_answers(module):
        span = function.name_span
        yield ErrorAnswer(module, "POST", name, span, function, is_file_route=False, outer=outer)


def _find_actions(module: Module) -> Iterator[PageFunction]:
    if module.lang != "python":
        from routegen.handlers.typescript.actions import server_functions  # its grammar is large

        for each in server_functions(module):
            yield _handler(module, each.name, each.function, each.wrappers, each.above, each.outer)
    elif module.source.path.name == ACTIONS_FILE:
        top = top_level(module)
        for name, function in module.functions.items():
            marks = [d for d in function.decorators if top.dotted(_called(d)) == _ACTION]
            if marks and not name.startswith("_"):
                yield _handler(
                    module, name, function, tuple(d for d in function.decorators if d not in marks)
                )


def _called(decorator: Expression) -> Expression:
    return decorator.function if isinstance(decorator, Call) else decorator


def _handler(
    module: Module,
    name: str,
    function: Function,
    decorators: tuple[Expression, ...],
    above: Fact = NO,
    outer: Scope | None = None,
) -> PageFunction:
    return PageFunction(
        module,
        method="POST",
        name=name,
        span=function.name_span,
        function=function,
        above=above,
        decorators=decorators,
        is_file_route=False,
        outer=outer,
    )


def only_reads(action: Handler) -> list[Evidence]:
    """What an action reads, when it provably does nothing else and answers with that; empty otherwise."""
    if not action.is_known or not any(s.value is not None for s in action.returns):
        return []
    for statement, _ in action.statements:
        if statement.effect is Effect.BIND and not statement.targets:
            return []  # it sets an attribute or an item of something
    if not all(_is_quiet(site) for site in action.sites):
        return []
    reads = [site for site in action.sites if site.origin is Origin.BODY and _is_read(site)]
    return [Evidence(f"reads: `{action.text(site.call)}`", site.call.span) for site in reads[:1]]


def _is_read(site: Site) -> bool:
    return not site.kinds.isdisjoint(_READS) or site.name in ("exec", "scalars")


def _is_quiet(site: Site) -> bool:
    if site.origin in (Origin.DEPENDENCY, Origin.INSIDE_DEPENDENCY):
        return True  # it runs for every form, whatever the action does
    if site.origin is not Origin.BODY:
        return False
    if site.kinds:
        return site.kinds <= _QUIET
    return (
        site.is_followed
        or _QUERIES.fullmatch(site.name) is not None
        or (site.target or "").startswith("builtins.")
    )


def answers_for_machines(action: Handler) -> list[Evidence]:
    """Where an action answers with a stream or a file."""
    found = [
        site
        for site in action.sites
        if site.origin is Origin.BODY and (Kind.STREAM in site.kinds or site.target in _FILES)
    ]
    return [
        Evidence(f"answers with `{action.text(site.call, site.scope)}`", site.call.span, site.scope.module)
        for site in found[:1]
    ]


def called_by_machines(action: Handler) -> list[Evidence]:
    """What says that a program calls an action: a provider's header, a key, its name."""
    found = [
        evidence
        for name, evidence in headers(action).items()
        if name in vocabulary().headers or name in _KEYS or "signature" in name
    ]
    is_python = action.module.lang == "python"  # many scripts have actions that keep the settings of webhooks
    if not found and is_python and not _MACHINES.isdisjoint(action.name.lower().split("_")):
        found.append(Evidence(f"is called `{action.name}`", action.span))
    return found[:1]


def unchecked_beside_guard(action: Handler) -> list[Evidence]:
    """That the page beside an action checks who looks at it, when the action changes data and checks nobody."""
    if action.module.files is None or not action.is_known or is_for_strangers(action):
        return []
    is_python = action.module.lang == "python"
    load = _loader(action) if is_python else _component(action)
    if load is None or (is_python and _has_guards(action)):
        return []
    effects = changes(action)
    checks = checks_caller(load)
    if not effects or not (checks.is_yes or (is_python and not checks.is_no)):
        return []
    if not checks_caller(action).is_no:
        return []
    changed = effects[0]
    return [
        Evidence(
            f"changes: `{action.text(changed.call, changed.scope)}`", changed.call.span, changed.scope.module
        ),
        Evidence("the page checks who looks at it", load.span, load.module),
    ]


def _loader(action: Handler) -> PageFunction | None:
    """The `load` of the page beside an `actions.py`."""
    files = action.module.files
    page = files.at(str(action.path.parent / "page.py")) if files is not None else None
    return load_of(page) if page is not None else None


def _component(action: Handler) -> PageFunction | None:
    """The component of the page that a server function belongs to, unless a middleware may guard both."""
    from routegen.handlers.typescript.actions import may_be_guarded, page_of

    found = page_of(action.module)
    if found is None or may_be_guarded(action.module):
        return None
    page, component = found
    return PageFunction(page, "GET", "page", component.name_span, component, is_file_route=False)


def _has_guards(action: Handler) -> bool:
    """Whether a `dependencies.py` may stand above it: it guards actions too."""
    files = action.module.files
    return files is not None and any(
        files.at(str(folder / "dependencies.py")) is not None for folder in action.path.parents[:12]
    )


def words_of(name: str) -> frozenset[str]:
    """The words of a name: `send-message` and `sendMessage` are `send`, `message`."""
    return frozenset(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().replace("-", "_").split("_"))
