"""One finding: what is wrong, where, why that is known, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from routegen.handlers.expression import Span
from routegen.handlers.facts import Evidence
from routegen.handlers.function import Module


class Severity(StrEnum):
    """How bad a true finding is: `error` is a fault, `warning` should change."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule yields: a message about a place in the file it looks at.

    `span` None means the whole file; `path` another file than the one under the rule; `code` and `severity`
    replace the rule's own; `module` is the file the span counts in, when it is another.
    """

    message: str
    hint: str
    span: Span | None = None
    evidence: Sequence[Evidence] = ()
    path: Path | None = None
    code: str | None = None
    severity: Severity | None = None
    module: Module | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of evidence with its place; `line` is 0 when it has none, `path` None in the finding's own file."""

    text: str
    line: int
    path: Path | None = None


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A finding, ordered by place. Lines and columns count from 1; 0 stands for the whole file."""

    path: Path
    line: int
    column: int
    code: str
    message: str
    hint: str
    end_line: int
    end_column: int
    severity: Severity
    evidence: tuple[Reason, ...] = ()
