"""Reads from a template which actions its forms call: `form(subscribe)`, `action="?/subscribe"`."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.contents import content_of, position_in
from routegen.handlers.expression import Span
from routegen.handlers.function import Body, Function, Module
from routegen.handlers.markup import Tag, tags, without_comments

_FORM = re.compile(r"(?<![\w.])form\(\s*([A-Za-z]\w*)\s*[.,)]")
_TARGET = re.compile(
    r"""\b(?:action|formaction|hx-post|data-hx-post)\s*=\s*["']\?/([A-Za-z_]\w*)(?=["'&])""", re.IGNORECASE
)
_SETS = re.compile(r"-?\s*(?:set|for|macro|import|from|with|call)\b")
_IF = re.compile(r"-?\s*(?:el)?if\b")
_SHOWN_IF = re.compile(r"\sif\s")
_TESTED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?![\w.(\[])")
_PART = re.compile(r"\{%-?\s*(end)?(?:if|block)\b")
_NAMED = re.compile(r"""\{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")


@dataclass(slots=True)
class TemplateText:
    """The text of a template, in which spans count bytes."""

    path: Path
    data: bytes
    _lines: list[str] = field(default_factory=list[str])

    @property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        if not self._lines:
            self._lines = self.data.decode(errors="replace").split("\n")
        return self._lines

    def text(self, start: int, end: int) -> str:
        """The text between two byte offsets."""
        return self.data[start:end].decode(errors="replace")

    def position(self, byte: int) -> tuple[int, int]:
        """Line and column of a byte offset, both from 1."""
        return position_in(self.data, byte)


@dataclass(frozen=True, slots=True)
class ActionUse:
    """A form that names an action: the name, the text that does, and whether it may not be shown."""

    name: str
    span: Span
    text: str
    is_conditional: bool = False


class Template:
    """A template, or what `contents` says it holds. Raises OSError when it cannot be read."""

    def __init__(self, path: Path, contents: Mapping[Path, bytes] = MappingProxyType({})) -> None:
        self._bytes = content_of(path, contents)
        text = self._bytes.decode(errors="replace")
        self._text = without_comments(text)
        nothing = Function("", Span(0, 0), Span(0, 0), False, (), (), Body)
        self.module = Module(TemplateText(path, self._bytes), "jinja", {}, {}, {}, {}, nothing)

    @cached_property
    def uses(self) -> list[ActionUse]:
        """The actions that its forms name, in order; names that the template itself has set are none."""
        return sorted(self._uses(self.sets), key=lambda use: use.span.start)

    @cached_property
    def _tags(self) -> list[Tag]:
        return list(tags(self._text))

    @cached_property
    def sets(self) -> set[str]:
        """The names that it sets itself, or shows something for only when they are there."""
        found: set[str] = set()
        for tag in self._tags:
            if tag.is_block and _SETS.match(tag.inner):
                found |= set(re.findall(r"\w+", tag.inner))
            elif tag.is_block and (test := _IF.match(tag.inner)):
                found |= set(_TESTED.findall(tag.inner[test.end() :]))
            elif not tag.is_block:
                found |= set(_TESTED.findall(" ".join(_SHOWN_IF.split(tag.inner)[1:])))
        return found

    @cached_property
    def templates(self) -> list[str]:
        """The names of the templates that it includes or extends."""
        return [found[1] for found in _NAMED.finditer(self._text)]

    @cached_property
    def _conditional(self) -> list[tuple[int, int]]:
        """From where to where something is shown only under a condition, or may be replaced by a block."""
        found: list[tuple[int, int]] = []
        begun: list[int] = []
        for tag in _PART.finditer(self._text):
            if not tag[1]:
                begun.append(tag.start())
            elif begun:
                found.append((begun.pop(), tag.end()))
        return found

    def _uses(self, own: Collection[str]) -> Iterator[ActionUse]:
        for tag in self._tags:
            for form in _FORM.finditer(tag.inner) if not tag.is_block else ():
                if form[1] not in own:
                    yield self._use(form[1], tag.start + form.start(1), form[0])
        for target in _TARGET.finditer(self._text):
            yield self._use(target[1], target.start(1), target[0])

    def _use(self, name: str, start: int, text: str) -> ActionUse:
        at = len(self._text[:start].encode())
        is_conditional = any(begin < start < end for begin, end in self._conditional)
        return ActionUse(name, Span(at, at + len(name)), text, is_conditional)

    def span_of_line(self, line: int) -> Span:
        """The span of a line, counted from 1."""
        lines = self._bytes.split(b"\n")
        start = sum(len(one) + 1 for one in lines[: line - 1])
        text = lines[line - 1]
        return Span(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))
