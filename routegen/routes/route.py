"""One route or page of the tree and what can be wrong with it, as data."""

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
    def modules(self) -> tuple[Path, ...]:
        """The Python files that make this route what it is."""
        return (self.file, *self.guards)

    @property
    def specificity(self) -> tuple[tuple[Kind, str], ...]:
        """Sort key: static before `[x]` before `[...x]` before `[[...x]]`, segment by segment."""
        return tuple((s.kind, s.name) for s in self.segments)


@dataclass(frozen=True, slots=True)
class Page(Route):
    """A `page.html` and the URL it answers; `file` is the template.

    `loader` is the `page.py` beside it, `layouts` are the `layout.html` files that wrap it, the outermost first, and
    `actions` is the nearest `actions.py` upwards, whose actions its forms post to.
    """

    loader: Path | None = None
    layouts: tuple[Path, ...] = ()
    actions: Path | None = None

    @property
    def modules(self) -> tuple[Path, ...]:
        """The Python files that make this page what it is."""
        own = (self.loader, self.actions)
        return (*(file for file in own if file is not None), *self.guards)

    @property
    def templates(self) -> tuple[Path, ...]:
        """The templates of this page, its own one first."""
        return (self.file, *self.layouts)


def route_id(segments: tuple[Segment, ...]) -> str:
    """The URL in folder notation: `/users/[id]`."""
    return "/" + "/".join(s.folder if s.is_parameter else s.name for s in segments)
