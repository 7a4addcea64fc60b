"""Expressions without a language: what a reader turns syntax into, and what facts and rules look at."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a file, in byte offsets."""

    start: int
    end: int


@dataclass(slots=True, eq=False)
class Expression:
    """Anything that has a value. Waiting for a value (`await`) is the value itself; a call says if it is.

    `bounds` are where it starts and ends, as the parser tells it: few are ever asked for their `span`.
    """

    bounds: tuple[int, int]

    @property
    def span(self) -> Span:
        """Where it stands."""
        # As `Span._make`, which costs three times as much.
        return tuple.__new__(Span, self.bounds)  # pyright: ignore[reportUnknownMemberType]

    def children(self) -> tuple["Expression", ...]:
        """The expressions this one is made of, in the order they are evaluated."""
        return ()

    def walk(self) -> list["Expression"]:
        """All expressions below this one and then itself: the order of evaluation."""
        found: list[Expression] = []
        self._walk(found)
        return found

    def _walk(self, found: list["Expression"]) -> None:
        for child in self.children():
            child._walk(found)
        found.append(self)


@dataclass(slots=True, eq=False)
class Name(Expression):
    """A variable."""

    name: str


@dataclass(slots=True, eq=False)
class Constant(Expression):
    """A literal; `value` is None also where the literal could not be read."""

    value: str | bytes | int | float | bool | None


@dataclass(slots=True, eq=False)
class Attribute(Expression):
    """`object.name`."""

    object: Expression
    name: str

    def children(self) -> tuple[Expression, ...]:
        return (self.object,)


@dataclass(slots=True, eq=False)
class Subscript(Expression):
    """`object[index]`."""

    object: Expression
    index: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.object, *self.index)


@dataclass(slots=True, eq=False)
class Call(Expression):
    """`function(…)`; `unpacks`: `*x` or `**x` hides some of the arguments; `awaited`: `await` stands before it.

    `is_new`: it makes an object (`new Stripe(…)`), where the language says so.
    """

    function: Expression
    arguments: tuple[Expression, ...] = ()
    keywords: dict[str, Expression] = field(default_factory=lambda: {})
    unpacks: bool = False
    awaited: bool = False
    is_new: bool = False
    name: str = field(init=False)
    """The last part of what is called: `verify` in `a.b.verify()`, empty for `f()()`."""

    def __post_init__(self) -> None:
        called = self.function
        self.name = called.name if isinstance(called, (Name, Attribute)) else ""

    def children(self) -> tuple[Expression, ...]:
        return (self.function, *self.arguments, *self.keywords.values())

    @property
    def receiver(self) -> Expression | None:
        """The object of a method call."""
        return self.function.object if isinstance(self.function, Attribute) else None

    def argument(self, position: int, keyword: str = "") -> Expression | None:
        """The argument at `position`, or the one of this keyword."""
        if position < len(self.arguments):
            return self.arguments[position]
        return self.keywords.get(keyword)


@dataclass(slots=True, eq=False)
class Template(Expression):
    """Text with holes: an f-string; `parts` are its texts and its holes."""

    parts: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.parts


@dataclass(slots=True, eq=False)
class Binary(Expression):
    """`left operator right`, arithmetic."""

    operator: str
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(slots=True, eq=False)
class Compare(Expression):
    """`a < b == c`: operators and operands."""

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return self.operands


@dataclass(slots=True, eq=False)
class Choice(Expression):
    """One of `options`, chosen by `test` (none in `a or b`, where the options are the test)."""

    test: Expression | None
    options: tuple[Expression, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.test, *self.options) if self.test else self.options


@dataclass(slots=True, eq=False)
class Collection(Expression):
    """A list, tuple, set or mapping literal: its items (keys and values of a mapping in turn)."""

    items: tuple[Expression, ...]
    is_mapping: bool = False

    def children(self) -> tuple[Expression, ...]:
        return self.items


@dataclass(slots=True, eq=False)
class Yield(Expression):
    """`yield value`: one part of what a generator gives."""

    value: Expression | None

    def children(self) -> tuple[Expression, ...]:
        return (self.value,) if self.value else ()


@dataclass(slots=True, eq=False)
class Deferred(Expression):
    """A function without a name: what is inside runs when somebody calls it, if ever."""

    body: Expression


@dataclass(slots=True, eq=False)
class Unpacked(Expression):
    """`*value` or `**value` among arguments and items."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(slots=True, eq=False)
class Place(Expression):
    """`a.b = value` or `a[b] = value`: what is written into an object."""

    target: Expression
    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.target, self.value)


@dataclass(slots=True, eq=False)
class Opaque(Expression):
    """What rules need not understand; its parts can still hold calls."""

    parts: tuple[Expression, ...] = ()

    def children(self) -> tuple[Expression, ...]:
        return self.parts


def options_of(expression: Expression | None) -> dict[str, Expression]:
    """The values of a mapping literal by the names that are written there, also behind `...x` and `**x`."""
    if not isinstance(expression, Collection) or not expression.is_mapping:
        return {}
    found: dict[str, Expression] = {}
    items = iter(expression.items)
    for key in items:
        if not isinstance(key, Unpacked):
            value = next(items, key)
            if isinstance(key, Constant) and isinstance(key.value, str):
                found[key.value] = value
    return found
