"""Facts about streams: which generator a streaming answer gives, and how."""

import re
from dataclasses import dataclass

from routegen.handlers.expression import Call, Collection, Constant, Expression, Name, Template, Yield
from routegen.handlers.flow import origins
from routegen.handlers.function import BlockKind, Effect, Function, Module
from routegen.handlers.handler import Handler, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope


@dataclass(frozen=True, slots=True)
class Stream:
    """A streaming answer: where it is made, and the generator that feeds it when it is of the project."""

    site: Site
    source: Expression | None
    generator: Function | None
    module: Module | None
    scope: Scope

    @property
    def is_plain(self) -> bool:
        """Whether it sends what the generator yields as it is: not an EventSourceResponse."""
        return self.site.target == "fastapi.responses.StreamingResponse"


def streams(handler: Handler) -> list[Stream]:
    """The streaming answers of a handler that a generator feeds."""
    found: list[Stream] = []
    if handler.module.lang != "python":  # what a `ReadableStream` does is in no generator
        return found
    for site in handler.calls(Kind.STREAM):
        source = site.call.argument(0, "content")
        generator = _generator(source, site.scope) if source is not None else None
        function, module = generator or (None, None)
        scope = site.scope
        if function is not None and module is not None and isinstance(source, Call):
            scope = site.scope.enter(source, function, module)
        elif function is not None and module is not None:
            scope = Scope(module, function, outer=site.scope)
        found.append(Stream(site, source, function, module, scope))
    return found


def _generator(source: Expression, scope: Scope) -> tuple[Function, Module] | None:
    for step in _sources(source, scope):
        here, inner = step
        call = here if isinstance(here, Call) else Call(here.span, here) if isinstance(here, Name) else None
        found = inner.resolve(call) if call is not None else None
        if found is not None and found[0].is_generator:
            return found
    return None


def _sources(source: Expression, scope: Scope) -> list[tuple[Expression, Scope]]:
    """The expression itself and, behind a name, what was bound to it."""
    found = [(source, scope)]
    if isinstance(source, Name):
        statement = scope.binding(source.name, source.span.start)
        if statement is not None and statement.value is not None:
            found.append((statement.value, scope))
    found += [(step.expression, step.scope) for step in origins(source, scope)]
    return found


def _yields(stream: Stream) -> list[Yield]:
    if stream.generator is None:
        return []
    return [p for s in stream.generator.body.statements for p in s.parts if isinstance(p, Yield)]


def _text(expression: Expression | None) -> str | None:
    """The text of a literal or an f-string, its holes as `…`; None for anything else."""
    if isinstance(expression, Template):
        texts = [
            p.value if isinstance(p, Constant) and isinstance(p.value, str) else "…" for p in expression.parts
        ]
        return "".join(texts)
    if isinstance(expression, Constant) and isinstance(expression.value, (str, bytes)):
        value = expression.value
        return value if isinstance(value, str) else value.decode(errors="replace")
    if isinstance(expression, Call) and expression.name == "encode":
        return _text(expression.receiver)
    return None


def event_yields(stream: Stream) -> list[Expression]:
    """The texts of a generator that are lines of an event stream."""
    values = [y.value for y in _yields(stream) if y.value is not None]
    return [value for value in values if re.match(r"(data|event): ?", _text(value) or "")]


def media_type(stream: Stream) -> str | None:
    """The media type of a streaming answer: "" for none, None when it is no literal."""
    call = stream.site.call
    if call.unpacks:
        return None
    given = call.keywords.get("media_type", call.arguments[3] if len(call.arguments) > 3 else None)
    if given is None:
        headers = call.keywords.get("headers")
        return "" if headers is None or "ontent-" not in stream.site.scope.module.text(headers) else None
    steps = origins(given, stream.site.scope)
    value = steps[0].expression if len(steps) == 1 else None
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def unfinished_events(stream: Stream) -> list[Expression]:
    """The events that end with no empty line, in a stream whose events are yielded whole."""
    kind = media_type(stream)
    if not stream.is_plain or kind is None or "event-stream" not in kind:
        return []
    texts = [(y.value, _text(y.value)) for y in _yields(stream) if y.value is not None]
    if any(text is None or text.strip("\n\r ") == "" for _, text in texts):
        return []  # lines that are made elsewhere, or an empty line by itself
    return [
        value for value, text in texts if text is not None and text.startswith("data:") and not _ends(text)
    ]


def _ends(text: str) -> bool:
    return text.replace("\\n", "\n").replace("\\r", "").replace("\r", "").endswith(("\n\n", "…"))


def held_open(stream: Stream) -> Expression | None:
    """What a plain generator keeps open around a `yield`, when it is more than a file."""
    if stream.generator is None or stream.generator.is_async:
        return None
    for statement in stream.generator.body.statements:
        if not any(isinstance(part, Yield) for part in statement.parts):
            continue
        block = statement.block.inside(BlockKind.WITH)
        if block is not None and block.test is not None:
            opened = stream.scope.dotted(block.test.function) if isinstance(block.test, Call) else None
            is_file = opened is None or "open" in opened or opened.startswith(("io.", "pathlib."))
            return None if is_file else block.test
    return None


def closed_early(stream: Stream) -> str | None:
    """The name of what a `with` of the handler closes before the stream reads it."""
    statement = stream.site.statement
    if statement is None or statement.effect is not Effect.RETURN or stream.source is None:
        return None
    used = {part.name for part in stream.source.walk() if isinstance(part, Name)}
    inner = stream.generator if stream.module is stream.site.scope.module else None
    if inner is not None and inner in stream.site.scope.function.body.functions.values():
        bound = {name for s in inner.body.statements for name in s.targets}
        used |= {p.name for s in inner.body.statements for p in s.parts if isinstance(p, Name)} - bound
    for block in statement.block.around:
        if block.kind is BlockKind.WITH:
            closed = next((name for name in block.names if name in used), None)
            if closed is not None:
                return closed
    return None


_BUFFERS = {"io.BytesIO", "io.StringIO", "builtins.iter"}


def is_buffered(stream: Stream) -> bool:
    """Whether the source is in memory already: `BytesIO(data)`, `iter([text])`, a list."""
    source = stream.source
    if isinstance(source, Collection):
        return True
    if not isinstance(source, Call) or not source.arguments:
        return False
    name = stream.site.scope.dotted(source.function)
    return name in _BUFFERS and (name != "builtins.iter" or isinstance(source.arguments[0], Collection))


_SUBSCRIBES = re.compile(r"^(p?subscribe|add_listener|add_subscriber|register_listener)$")
_RELEASES = re.compile(
    r"^(p?unsubscribe|a?close|disconnect|remove_\w+|unregister\w*|discard|remove|cancel|stop)$"
)


def kept_subscription(stream: Stream, handler: Handler) -> Site | None:
    """What a handler subscribes to before its generator runs, and that the generator's `finally` does not give back."""
    if stream.generator is None or "background" in stream.site.call.keywords or stream.source is None:
        return None
    given = {part.name for part in stream.source.walk() if isinstance(part, Name)}
    for site in handler.sites:
        if site.scope is not handler.scope or not _SUBSCRIBES.match(site.call.name):
            continue
        names = {part.name for part in site.call.walk() if isinstance(part, Name)}
        names |= set(site.statement.targets) if site.statement else set[str]()
        if names & given and not _gives_back(stream.generator):
            return site
    return None


def _gives_back(generator: Function) -> bool:
    """Whether a `finally` or a `with` around a `yield` ends something."""
    for statement in generator.body.statements:
        block = statement.block.inside(BlockKind.FINALLY, BlockKind.WITH)
        if block is None:
            continue
        if block.kind is BlockKind.WITH and any(isinstance(part, Yield) for part in statement.parts):
            return True
        calls = [part for part in statement.parts if isinstance(part, Call)]
        if block.kind is BlockKind.FINALLY and any(_RELEASES.match(call.name) for call in calls):
            return True
    return False
