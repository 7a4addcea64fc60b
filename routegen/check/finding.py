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
class Edit:
    """`text` in place of the bytes from `start` to `end` of a file; a file that is not there is made of it.

    The bytes are those of the text as UTF-8, as `Source.data` holds it.
    """

    path: Path
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding: all edits or none. A safe one changes nothing that a client was promised."""

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule yields: a message about a place in the file it looks at.

    `span` None means the whole file; `path` another file than the one under the rule; `code` and `severity`
    replace the rule's own; `module` is the file the span counts in, when it is another; `fix` what mends it.
    """

    message: str
    hint: str
    span: Span | None = None
    evidence: Sequence[Evidence] = ()
    path: Path | None = None
    code: str | None = None
    severity: Severity | None = None
    module: Module | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of evidence with its place; `line` is 0 when it has none, `path` None in the finding's own file.

    `is_cause`: it is what is wrong, and many handlers may reach it.
    """

    text: str
    line: int
    path: Path | None = None
    is_cause: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding, ordered by place. Lines and columns count from 1; 0 stands for the whole file.

    `handler` is what it is about (`POST /users`, or a function), `digest` the hash of that one's code: they
    recognise a finding whose line has moved.
    """

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
    handler: str = ""
    digest: str = ""
    fix: Fix | None = None

    def __lt__(self, other: "Finding") -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[Path, int, int, str, str, str, str]:
        """What tells findings apart in a report; reasons and fixes have no order."""
        place = (self.path, self.line, self.column)
        return (*place, self.code, self.message, self.handler, self.digest)
