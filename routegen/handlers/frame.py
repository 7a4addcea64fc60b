"""One call of a function: what it is passed, who calls it, where it is defined, and what its names are bound to."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from routegen.handlers.expression import Expression, Span
from routegen.handlers.function import Body, Function, Module, Statement

NOWHERE = Function("", Span(0, 0), Span(0, 0), False, (), (), Body)
"""The function whose names are those of a module."""


@dataclass(eq=False)
class Frame:
    """A function as one call of it runs.

    `arguments` are what the caller passes, each in its own scope; `outer` is where the function is defined, when
    that is another function.
    """

    module: Module
    function: Function
    caller: "Self | None" = None
    arguments: Mapping[str, tuple[Expression, Self]] = field(
        default_factory=dict[str, "tuple[Expression, Self]"]
    )
    outer: "Self | None" = None

    @property
    def lang(self) -> str:
        """The language of the file."""
        return self.module.lang

    @cached_property
    def depth(self) -> int:
        """How many calls of functions with a name lie between the handler and here."""
        return self.caller.depth + (self.outer is not self.caller) if self.caller else 0

    @cached_property
    def bindings(self) -> dict[str, list[Statement]]:
        """For each local name the statements that bind it, in order."""
        found: dict[str, list[Statement]] = defaultdict(list)
        for statement in self.function.body.statements:
            for name in statement.targets:
                found[name].append(statement)
        return found

    def is_local(self, name: str) -> bool:
        """Whether `name` is a parameter or a variable of the function."""
        return name in self.bindings or self.function.parameter(name) is not None
