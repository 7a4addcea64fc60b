"""Functions and modules without a language: parameters, decorators, and statements in their order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import Protocol

from routegen.handlers.expression import Expression, Span


class Effect(Enum):
    """What a statement does with its value."""

    BIND = auto()
    ITERATE = auto()  # binds each element of the value in turn
    TEST = auto()
    RETURN = auto()
    RAISE = auto()
    EVALUATE = auto()


@dataclass(slots=True, eq=False)
class Statement:
    """One step of a function. `targets` are the names it binds; several take the value apart."""

    effect: Effect
    span: Span
    value: Expression | None
    targets: tuple[str, ...] = ()


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
    """The inside of a function: its statements in order and the functions defined between them."""

    statements: list[Statement] = field(default_factory=list[Statement])
    functions: dict[str, "Function"] = field(default_factory=dict[str, "Function"])


@dataclass(eq=False)
class Function:
    """A function. Its body is read when first asked for: most functions of a project are no handlers."""

    name: str
    span: Span
    name_span: Span
    is_async: bool
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    read_body: Callable[[], Body]
    damaged: bool = False

    @cached_property
    def body(self) -> Body:
        """The inside of the function."""
        return self.read_body()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name."""
        return next((p for p in self.parameters if p.name == name), None)


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


@dataclass(slots=True, eq=False)
class Module:
    """A file: what its names stand for.

    `imports` maps a local name to the dotted name it comes from, `values` holds what is assigned once at the
    top level, `classes` the bases of each class. `damaged`: parts of it could not be read.
    """

    source: Text
    lang: str
    imports: dict[str, str]
    functions: dict[str, Function]
    values: dict[str, Expression]
    classes: dict[str, tuple[Expression, ...]]
    comments: tuple[Comment, ...] = ()
    damaged: bool = False

    def text(self, of: Expression | Span) -> str:
        """The source text of an expression, in one line."""
        span = of.span if isinstance(of, Expression) else of
        return " ".join(self.source.text(span.start, span.end).split())
