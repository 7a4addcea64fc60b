"""Reads from a page's template which actions its forms call: `form(subscribe)`, `action="?/subscribe"`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from routegen.handlers.expression import Span
from routegen.handlers.function import Body, Function, Module

_SHOWN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->|\{%-?\s*raw\b.*?endraw\s*-?%\}", re.DOTALL)
_FORM = re.compile(r"(?<![\w.])form\(\s*([A-Za-z]\w*)\s*[.,)]")
_TARGET = re.compile(
    r"""\b(?:action|formaction|hx-post|data-hx-post)\s*=\s*["']\?/([A-Za-z_]\w*)(?=["'&])""", re.IGNORECASE
)
_BLOCK = re.compile(r"\{%-?\s*(?:set|for|macro|import|from|with|call)\b.*?%\}", re.DOTALL)


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
        start = self.data.rfind(b"\n", 0, byte) + 1
        return self.data.count(b"\n", 0, start) + 1, len(self.data[start:byte].decode(errors="replace")) + 1


@dataclass(frozen=True, slots=True)
class ActionUse:
    """A form that names an action: the name, and the text that does."""

    name: str
    span: Span
    text: str


class Template:
    """A page's template. Raises OSError when it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        text = self._bytes.decode(errors="replace")
        self._text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        nothing = Function("", Span(0, 0), Span(0, 0), False, (), (), Body)
        self.module = Module(TemplateText(path, self._bytes), "jinja", {}, {}, {}, {}, nothing)

    @cached_property
    def uses(self) -> list[ActionUse]:
        """The actions that its forms name, in order; names that the template itself has set are none."""
        own = {word for block in _BLOCK.finditer(self._text) for word in re.findall(r"\w+", block[0])}
        return sorted(self._uses(own), key=lambda use: use.span.start)

    def _uses(self, own: set[str]) -> Iterator[ActionUse]:
        for shown in _SHOWN.finditer(self._text):
            for form in _FORM.finditer(shown[0]):
                if form[1] not in own:
                    yield self._use(form[1], shown.start() + form.start(1), form[0])
        for target in _TARGET.finditer(self._text):
            yield self._use(target[1], target.start(1), target[0])

    def _use(self, name: str, start: int, text: str) -> ActionUse:
        at = len(self._text[:start].encode())
        return ActionUse(name, Span(at, at + len(name)), text)

    def span_of_line(self, line: int) -> Span:
        """The span of a line, counted from 1."""
        lines = self._bytes.split(b"\n")
        start = sum(len(one) + 1 for one in lines[: line - 1])
        text = lines[line - 1]
        return Span(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))
