"""Functions and modules without a language: parameters, decorators, and statements in their order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

from routegen.handlers.expression import Call, Deferred, Expression, Span, Yield
from routegen.handlers.once import lazy


class Effect(Enum):
    """What a statement does with its value."""

    BIND = auto()
    ITERATE = auto()  # binds each element of the value in turn
    TEST = auto()
    RETURN = auto()
    RAISE = auto()
    EVALUATE = auto()

    __hash__ = object.__hash__  # Enum's own is written in Python


class BlockKind(Enum):
    """Why the statements of a block run: always, by a test, per element, or when something failed."""

    BODY = auto()
    IF = auto()
    ELSE = auto()
    LOOP = auto()
    TRY = auto()
    EXCEPT = auto()
    FINALLY = auto()
    WITH = auto()


@dataclass(slots=True, eq=False)
class Block:
    """Statements that run together, inside `parent`.

    `test` is the condition of IF (and of the ELSE beside it), or what a WITH enters; `caught` the exception
    types of an EXCEPT (empty: all), `names` what the header binds; `handlers` are the EXCEPT blocks of a TRY.
    `last` is what the last statement written directly in it does, `following` the block that the same `if` tries next.
    """

    kind: BlockKind
    span: Span
    parent: "Block | None" = None
    test: Expression | None = None
    caught: tuple[Expression, ...] = ()
    names: tuple[str, ...] = ()
    handlers: "Sequence[Block]" = ()
    last: "Statement | None" = None

    @property
    def around(self) -> "Iterator[Block]":
        """This block and those it lies in, inner first."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def inside(self, *kinds: BlockKind) -> "Block | None":
        """The nearest block of one of these kinds: this one or one around it."""
        block: Block | None = self
        while block is not None and block.kind not in kinds:
            block = block.parent
        return block

    @property
    def leaves(self) -> bool:
        """Whether its end is never reached: it returns or raises."""
        return self.last is not None and self.last.effect in (Effect.RETURN, Effect.RAISE)


NO_BLOCK = Block(BlockKind.BODY, Span(0, 0))
"""The block of statements outside functions."""


@dataclass(slots=True, eq=False)
class Statement:
    """One step of a function. `targets` are the names it binds; several take the value apart.

    `parts` are the expressions it evaluates, in their order.
    """

    effect: Effect
    span: Span
    value: Expression | None
    targets: tuple[str, ...] = ()
    parts: Sequence[Expression] = ()
    block: Block = NO_BLOCK


ENDS = {effect: Statement(effect, Span(0, 0), None) for effect in Effect}
"""How a block ends. Its own last statement would know the block in turn: circles are left to the garbage collector."""


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter; `is_rest` says that it takes any number of arguments (`*x`, `**x`)."""

    name: str
    span: Span
    annotation: Expression | None = None
    default: Expression | None = None
    is_rest: bool = False


@dataclass(slots=True, eq=False)
class Body:
    """The inside of a function: its statements in order and the functions defined between them.

    `definitions` are all of them, `functions` the last of each name.
    """

    statements: list[Statement] = field(default_factory=lambda: [])
    functions: dict[str, "Function"] = field(default_factory=lambda: {})
    definitions: "list[Function | Class]" = field(default_factory=lambda: [])


@dataclass(eq=False)
class Function:
    """A function. Its body and its result are read when first asked for: most functions of a project are no handlers."""

    name: str
    span: Span
    name_span: Span
    is_async: bool
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    read_body: Callable[[], Body]
    damaged: bool = False
    read_result: Callable[[], Expression | None] = lambda: None

    @lazy
    def result(self) -> Expression | None:
        """The annotation of what it returns."""
        return self.read_result()

    @lazy
    def body(self) -> Body:
        """The inside of the function."""
        return self.read_body()

    @lazy
    def by_name(self) -> dict[str, Parameter]:
        """Its parameters by their names."""
        return {parameter.name: parameter for parameter in self.parameters}

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return self.by_name.get(name)

    @lazy
    def parts(self) -> dict[type[Expression], list[Expression]]:
        """The expressions in it by their type, in the order they are evaluated."""
        found: dict[type[Expression], list[Expression]] = defaultdict(list)
        for statement in self.body.statements:
            for part in statement.parts:
                found[type(part)].append(part)
        return found

    @lazy
    def calls(self) -> list[tuple[Statement, list[Call]]]:
        """The statements that call anything, each with its calls, in the order they run."""
        found: list[tuple[Statement, list[Call]]] = []
        for statement in self.body.statements:
            calls = [part for part in statement.parts if isinstance(part, Call)]
            if calls:
                found.append((statement, calls))
        return found

    @lazy
    def is_generator(self) -> bool:
        """Whether it yields."""
        return any(isinstance(part, Yield) for s in self.body.statements for part in s.parts)

    def returns(self) -> list[Statement]:
        """The statements that give its result."""
        return [s for s in self.body.statements if s.effect is Effect.RETURN and s.value is not None]


@dataclass(slots=True, eq=False)
class Closure(Deferred):
    """A function without a name whose statements are known: what it is handed to may call it."""

    function: Function


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its text with the marker, its span, and whether code stands before it on its line."""

    text: str
    span: Span
    is_trailing: bool


class Text(Protocol):
    """The text that spans count in."""

    @property
    def path(self) -> Path: ...
    @property
    def lines(self) -> list[str]: ...
    def text(self, start: int, end: int) -> str: ...
    def position(self, byte: int) -> tuple[int, int]: ...


@dataclass(eq=False)
class Class:
    """A class: its bases, and what it holds, which is read when first asked for.

    `fields` are its annotated or assigned names: annotation and value.
    """

    name: str
    span: Span
    bases: tuple[Expression, ...]
    decorators: tuple[Expression, ...]
    read_members: Callable[[], "Members"]

    @lazy
    def _members(self) -> "Members":
        return self.read_members()

    @property
    def functions(self) -> "dict[str, Function]":
        """Its methods."""
        return self._members.functions

    @property
    def fields(self) -> "dict[str, tuple[Expression | None, Expression | None]]":
        """Its fields: annotation and value."""
        return self._members.fields


@dataclass(slots=True)
class Members:
    """What stands in a class."""

    functions: dict[str, Function]
    fields: dict[str, tuple[Expression | None, Expression | None]]


class Files(Protocol):
    """The other files of a project, to follow imports into."""

    def find(self, importer: "Module", dotted: str) -> "tuple[Module, str] | None": ...
    def at(self, path: str) -> "Module | None": ...


@dataclass(eq=False)
class Module:
    """A file: what its names stand for.

    `imports` maps a local name to the dotted name it comes from, `values` holds what is assigned once at the
    top level, `bound` every name of the top level; `main` is the top level as a function, read when first asked
    for. `damaged`: parts of it could not be read. `shared` is what was worked out about it, for all who look in,
    `dotted_names` what its names were found to stand for.
    """

    source: Text
    lang: str
    imports: dict[str, str]
    functions: dict[str, Function]
    values: dict[str, Expression]
    classes: dict[str, Class]
    main: Function
    bound: frozenset[str] = frozenset()
    comments: tuple[Comment, ...] = ()
    damaged: bool = False
    files: Files | None = None
    shared: dict[str, Any] = field(default_factory=lambda: {})
    dotted_names: dict[str, str | None] = field(default_factory=lambda: {})
    _imported: "dict[str, tuple[Module, str] | None]" = field(default_factory=lambda: {})
    _mentioned: dict[tuple[str, ...], bool] = field(default_factory=lambda: {})

    def text(self, of: Expression | Span) -> str:
        """The source text of an expression, in one line."""
        span = of.span if isinstance(of, Expression) else of
        return " ".join(self.source.text(span.start, span.end).split())

    def mentions(self, *words: str) -> bool:
        """Whether any of these words stands anywhere in the file: a quick no, before its parts are looked at."""
        if (known := self._mentioned.get(words)) is None:
            whole = self.whole
            known = self._mentioned[words] = any(word in whole for word in words)
        return known

    @property
    def whole(self) -> str:
        """The whole text."""
        return self.source.text(0, 1 << 40)  # however long it is

    def imported(self, name: str) -> "tuple[Module, str] | None":
        """The file of the project that an imported name comes from, and the name there (empty: the file)."""
        if self.files is None or name not in self.imports:
            return None
        if name not in self._imported:
            self._imported[name] = None  # while it is looked for: imports can run in a circle
            self._imported[name] = self.files.find(self, self.imports[name])
        return self._imported[name]

    def module_of(self, dotted: str) -> "tuple[Module | None, str]":
        """The file in `<file>.name`, and the rest."""
        path, _, rest = dotted[1:].partition(">")
        if path == str(self.source.path):
            return self, rest[1:]
        return (self.files.at(path) if self.files else None), rest[1:]

    def function_of(self, dotted: str) -> "tuple[Function, Module] | None":
        """The function or method with this name of the project."""
        module, rest = self.module_of(dotted)
        owner, _, method = rest.partition(".")
        if module is None:
            return None
        if method:
            found = module.classes[owner].functions.get(method) if owner in module.classes else None
        else:
            found = module.functions.get(owner)
        return (found, module) if found else None
