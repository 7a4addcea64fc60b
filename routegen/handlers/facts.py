"""Facts about handlers: three-valued, each with its evidence. A rule reports only on a proven no (or yes)."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from routegen.handlers.expression import Span
from routegen.handlers.function import Module


class Truth(Enum):
    """Yes, no, or not known: what cannot be resolved is never a no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a fact: a sentence part and its place in `module`, by default the handler's file.

    Without a span it is the route itself; what is no code has a path and a line. `is_cause`: what is wrong is this
    place, and wrong for every handler that reaches it.
    """

    text: str
    span: Span | None = None
    module: Module | None = None
    path: Path | None = None
    line: int = 0
    is_cause: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A truth and the reasons for it."""

    truth: Truth
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Proven."""
        return self.truth is Truth.YES

    def __or__(self, other: "Fact") -> "Fact":
        """Yes when one of the two is, else unknown when one of the two is."""
        if self.truth is Truth.NO:
            return other
        return other if other.truth is Truth.YES and self.truth is Truth.UNKNOWN else self

    @property
    def is_no(self) -> bool:
        """Disproven."""
        return self.truth is Truth.NO


def yes(text: str, span: Span | None = None, module: Module | None = None) -> Fact:
    """A proven fact."""
    return Fact(Truth.YES, (Evidence(text, span, module),))


def unknown(text: str, span: Span | None = None, module: Module | None = None) -> Fact:
    """A fact that cannot be told, and why."""
    return Fact(Truth.UNKNOWN, (Evidence(text, span, module),))


NO = Fact(Truth.NO)
