"""One route of the tree and what can be wrong with it, as data."""

from dataclasses import dataclass
from pathlib import Path

from routegen.routes.segment import Kind, Segment

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The names a `route.py` can export to answer HTTP; `WEBSOCKET` answers a WebSocket."""

HANDLER_NAMES = (*METHODS, "WEBSOCKET")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the tree that cannot be served, with the repair.

    `code` is the rule of `routegen check` that reports it; `files` are the files at fault, the first one being the
    place a report points to.
    """

    code: str
    message: str
    hint: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A `route.py` and the URL it answers.

    `id` is the URL in folder notation, groups left out (`/users/[id]`); `segments` leave groups out too; `guards`
    are the `dependencies.py` files from the app folder down to the route's own. A route with a `problem` answers 500.
    """

    id: str
    file: Path
    segments: tuple[Segment, ...]
    guards: tuple[Path, ...] = ()
    problem: Problem | None = None

    @property
    def template(self) -> str:
        """The URL in FastAPI's notation: `/users/{id}`, `/files/{path}` for a catch-all."""
        parts = [f"{{{s.name}}}" if s.is_parameter else s.name for s in self.segments]
        return "/" + "/".join(parts)

    @property
    def parameters(self) -> tuple[Segment, ...]:
        """The dynamic segments, in order."""
        return tuple(s for s in self.segments if s.is_parameter)

    @property
    def specificity(self) -> tuple[tuple[Kind, str], ...]:
        """Sort key: static before `[x]` before `[...x]` before `[[...x]]`, segment by segment."""
        return tuple((s.kind, s.name) for s in self.segments)


def route_id(segments: tuple[Segment, ...]) -> str:
    """The URL in folder notation: `/users/[id]`."""
    return "/" + "/".join(s.folder if s.is_parameter else s.name for s in segments)
