"""Facts about handlers: three-valued, each with its evidence. A rule reports only on a proven no (or yes)."""

from dataclasses import dataclass
from enum import Enum

from routegen.handlers.expression import Span


class Truth(Enum):
    """Yes, no, or not known: what cannot be resolved is never a no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a fact: a sentence part and its place in the handler's file (None: the route itself)."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A truth and the reasons for it."""

    truth: Truth
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Proven."""
        return self.truth is Truth.YES

    @property
    def is_no(self) -> bool:
        """Disproven."""
        return self.truth is Truth.NO


def yes(text: str, span: Span | None = None) -> Fact:
    """A proven fact."""
    return Fact(Truth.YES, (Evidence(text, span),))


def unknown(text: str, span: Span | None = None) -> Fact:
    """A fact that cannot be told, and why."""
    return Fact(Truth.UNKNOWN, (Evidence(text, span),))


NO = Fact(Truth.NO)
