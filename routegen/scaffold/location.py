"""Turns an argument such as `posts/[slug]` into a place in the route tree, or refuses it and says why."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from routegen.errors import UsageError
from routegen.routes import Kind, Segment, SegmentError
from routegen.routes.route import route_id
from routegen.routes.segment import parse
from routegen.scaffold.naming import identifier, kebab, shown

_STATIC = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?")
_GROUP = re.compile(r"\([A-Za-z0-9][A-Za-z0-9_-]*\)")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))]
)
_LONGEST_SEGMENT = 40
_MOST_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path parameter as generated code needs it: its type, and a sample value as a literal and in a URL."""

    name: str
    annotation: str
    literal: str
    sample: str
    missing: str


@dataclass(frozen=True, slots=True)
class Location:
    """A place below the app folder, groups included: `(shop)/api/posts/[slug]`."""

    segments: tuple[Segment, ...]

    @property
    def folder(self) -> str:
        """The path below the app folder; empty for the root."""
        return "/".join(segment.folder for segment in self.segments)

    @property
    def url_segments(self) -> tuple[Segment, ...]:
        """The segments without the groups, which are no part of the URL."""
        return tuple(segment for segment in self.segments if segment.kind is not Kind.GROUP)

    @property
    def id(self) -> str:
        """The route id: `/api/posts/[slug]`."""
        return route_id(self.url_segments)

    @property
    def test(self) -> str:
        """Where the handler's test goes: `tests/api/posts/test_slug.py` (pytest refuses brackets)."""
        words = [identifier(segment.name).rstrip("_") or "x" for segment in self.url_segments] or ["index"]
        return str(PurePosixPath("tests", *words[:-1], f"test_{words[-1]}.py"))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The path parameters, in order."""
        return tuple(_parameter(segment) for segment in self.url_segments if segment.is_parameter)

    @property
    def static_names(self) -> tuple[str, ...]:
        """The static segments, in order."""
        return tuple(segment.name for segment in self.url_segments if not segment.is_parameter)

    def url(self, *, missing: bool = False) -> str:
        """A URL of this place with sample values, or with values that the sample data does not have."""
        values = {p.name: p.missing if missing else p.sample for p in self.parameters}
        parts = [values[s.name] if s.is_parameter else s.name for s in self.url_segments]
        return "/" + "/".join(parts)

    def below(self, folder: str) -> "Location":
        """The place of a folder inside this one."""
        return Location((*self.segments, parse(folder)))


def locate(text: str, *, example: str) -> Location:
    """The place that an argument names: relative to `app/api`, or to `app` when it starts with `/`.

    Raises:
        UsageError: no route can live there; the hint has a name that would do (else `example`).
    """
    try:
        return _parse(text)
    except ValueError as error:
        reason = error.message if isinstance(error, SegmentError) else str(error)
        raise UsageError(reason, hint=f"for example `{_suggestion(text, example)}`") from None


def _parse(text: str) -> Location:
    if bad := next((c for c in text if not c.isprintable() or c == "\\" or c.isspace()), None):
        raise ValueError(f"`{shown(text)}` holds {_character(bad)}")
    if not text.isascii():
        raise ValueError(f"`{shown(text)}` holds a character that is no ASCII")
    absolute = text.startswith("/")
    names = text.removeprefix("/").removesuffix("/").split("/") if text != "/" else []
    if len(names) > _MOST_SEGMENTS:
        raise ValueError(f"`{shown(text)}` has more than {_MOST_SEGMENTS} segments")
    segments = [_segment(name, text) for name in names]
    return Location(tuple(segments) if absolute else (parse("api"), *segments))


def _segment(name: str, text: str) -> Segment:
    if name in ("", ".", ".."):
        what = f"a `{name}` segment" if name else "an empty segment"
        raise ValueError(f"`{shown(text)}` has {what}, which is no place in the route tree")
    if len(name) > _LONGEST_SEGMENT:
        raise ValueError(f"`{shown(name)}` is longer than {_LONGEST_SEGMENT} characters")
    segment = parse(name)
    if segment.kind is Kind.PRIVATE:
        raise ValueError(f"`{name}` is a private folder, which is never served")
    if segment.kind is Kind.STATIC and (
        not _STATIC.fullmatch(name) or name.partition(".")[0].lower() in _DEVICES
    ):
        raise ValueError(f"`{name}` is no portable folder name: letters, digits, `-`, `_`, `.` and `~`")
    if segment.kind is Kind.GROUP and not _GROUP.fullmatch(name):
        raise ValueError(f"`{name}` is no route group: letters, digits, `-` and `_` in parentheses")
    if segment.is_parameter and not _PARAMETER.fullmatch(segment.name):
        raise ValueError(f"`{name}`: `{segment.name}` is no plain parameter name")
    return segment


def _character(character: str) -> str:
    names = {"\0": "a NUL character", "\\": "a backslash", " ": "a space"}
    return names.get(character, f"the character `{shown(character)}`")


def _suggestion(text: str, example: str) -> str:
    """The nearest argument that `locate` takes, else `example`."""
    parts = [_repaired(part) for part in re.split(r"[/\\]+", text)]
    nearest = "/".join([part for part in parts if part][:_MOST_SEGMENTS])
    try:
        _parse(nearest)
    except ValueError:
        return example
    return nearest


def _repaired(part: str) -> str:
    if "[" not in part and "]" not in part:
        return kebab(part)[:_LONGEST_SEGMENT].strip("-")
    name = identifier(part)[: _LONGEST_SEGMENT - 5].strip("_")
    name = identifier(name)  # cutting may have left a keyword
    dots = "..." if "..." in part else ""
    return f"[{dots}{name}]" if name else ""


def _parameter(segment: Segment) -> Parameter:
    if segment.is_catch_all:
        return Parameter(segment.name, "list[str]", '["hello", "world"]', "hello/world", "missing")
    if segment.name == "id" or segment.name.endswith("_id"):
        return Parameter(segment.name, "int", "1", "1", "999")
    return Parameter(segment.name, "str", '"hello"', "hello", "missing")
