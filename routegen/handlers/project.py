"""What a project knows about its handlers that no single file says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from routegen.handlers.callers import Caller
from routegen.routes import Segment

SCHEMA_SUFFIX = ".prisma"
Models = Mapping[str, Sequence[Mapping[str, str]]]
"""The models by the property of a Prisma client (`user`), each as its fields with their types, once for each file."""


@dataclass(slots=True)
class Context:
    """Who calls which path; `has_actions`: the project can have server actions; `models` what `schema.prisma` declares;
    `routes` gives the segments of each route of its trees.

    `contents` are those of files that are not what the disk says.
    """

    callers: list[Caller] = field(default_factory=list[Caller])
    has_actions: bool = True
    root: Path = Path()
    contents: Mapping[Path, bytes] = field(default_factory=dict[Path, bytes])
    models: Models = field(default_factory=lambda: {})
    routes: Callable[[], Iterable[tuple[Segment, ...]]] = tuple
