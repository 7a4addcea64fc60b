"""What a project knows about its handlers that no single file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from routegen.handlers.callers import Caller


@dataclass(slots=True)
class Context:
    """Who calls which path; `has_actions`: the project can have server actions.

    `contents` are those of files that are not what the disk says.
    """

    callers: list[Caller] = field(default_factory=list[Caller])
    has_actions: bool = True
    root: Path = Path()
    contents: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
