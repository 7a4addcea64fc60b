"""One call of a function: what it is passed, who calls it, where it is defined, and what its names are bound to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from routegen.handlers.expression import Call, Expression, Span
from routegen.handlers.function import Body, Function, Module, Statement
from routegen.handlers.once import lazy

NOWHERE = Function("", Span(0, 0), Span(0, 0), False, (), (), Body)
"""The function whose names are those of a module."""


@dataclass(slots=True)
class Budget:
    """How many statements of called functions are still read: of very large programs only the beginning counts."""

    left: int = 600

    def spend(self, function: Function) -> None:
        """Pay for one function that is followed."""
        self.left -= len(function.body.statements)


@dataclass(eq=False)
class Frame:
    """A function as one call of it runs.

    `arguments` are what the caller passes, each in its own scope; `outer` is where the function is defined, when
    that is another function; `budget` is shared by all that one handler, or one of its dependencies, calls. `call`
    is what enters it, unless FastAPI does: then a parameter's default says nothing. `known` is what was worked out
    about it.
    """

    module: Module
    function: Function
    caller: "Self | None" = None
    arguments: Mapping[str, tuple[Expression, Self]] = field(default_factory=lambda: {})
    outer: "Self | None" = None
    budget: Budget = field(default_factory=Budget)
    call: Call | None = None
    known: dict[Any, Any] = field(default_factory=lambda: {})
    _entered: "dict[Call, Self]" = field(default_factory=lambda: {})

    @property
    def lang(self) -> str:
        """The language of the file."""
        return self.module.lang

    @lazy
    def depth(self) -> int:
        """How many calls of functions with a name lie between the handler and here."""
        return self.caller.depth + (self.outer is not self.caller) if self.caller else 0

    @property
    def first(self) -> Self:
        """The frame that the chain of callers begins with."""
        return self.caller.first if self.caller else self

    def parts(self, *kinds: type[Expression]) -> list[Expression]:
        """The expressions of these types in the function."""
        return [part for kind in kinds for part in self.function.parts.get(kind, ())]

    @lazy
    def bindings(self) -> dict[str, list[Statement]]:
        """For each local name the statements that bind it, in order."""
        found: dict[str, list[Statement]] = defaultdict(list)
        for statement in self.function.body.statements:
            for name in statement.targets:
                found[name].append(statement)
        return found

    def is_local(self, name: str) -> bool:
        """Whether `name` is a parameter or a variable of the function."""
        return name in self.bindings or name in self.function.by_name

    def binding(self, name: str, before: int) -> Statement | None:
        """The last statement that ends before this place and binds `name`: in `x = f(x)` the inner `x` is older."""
        for statement in reversed(self.bindings.get(name, ())):
            if statement.span.end <= before:
                return statement
        return None

    def forget(self) -> None:
        """Let go of what was worked out and entered: these know the frame in turn, and would outlive the handler."""
        self.known.clear()
        entered = list(self._entered.values())
        self._entered.clear()
        for frame in entered:
            frame.forget()

    def has_entered(self, call: Call) -> bool:
        """Whether the function that `call` runs was followed already."""
        return call in self._entered

    def enter(self, call: Call, function: Function, module: Module, *, apart: bool = False) -> Self:
        """The scope of `function` when `call` runs it; `apart`: it has a budget of its own."""
        if (known := self._entered.get(call)) is not None:
            return known
        budget = Budget() if apart or self.function is NOWHERE else self.budget
        budget.spend(function)
        given, by = self._arguments(call, function), None if apart else call
        found = type(self)(module, function, self, given, call=by, budget=budget)
        self._entered[call] = found
        return found

    def passes(self, call: Call, function: Function) -> bool:
        """Whether `call` passes anything to `function`."""
        return bool(self._arguments(call, function))

    def _arguments(self, call: Call, function: Function) -> dict[str, tuple[Expression, Self]]:
        positional = [p for p in function.parameters if not p.is_rest]
        owner = positional[0].name if positional and positional[0].name in ("self", "cls") else ""
        if owner:
            positional = positional[1:]
        arguments = {p.name: (a, self) for p, a in zip(positional, call.arguments, strict=False)}
        arguments |= {name: (value, self) for name, value in call.keywords.items()}
        if call.unpacks:
            arguments = {}
        if owner and call.receiver is not None:
            arguments[owner] = (call.receiver, self)
        return arguments
