"""Suppressions: `# routegen: ignore[RG201] reason` on a line, on the line above, or on a handler's header."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from routegen.check.finding import Finding
from routegen.handlers.expression import Span
from routegen.handlers.function import Function, Module
from routegen.handlers.page_forms import TemplateText

_MARKUP = re.compile(r"<!--(.*?)-->|\{#(.*?)#\}", re.DOTALL)
_FORM = re.compile(r"routegen:\s*ignore\s*(?:\[([^\]]*)\])?[:\s]*(.*)")


@dataclass(slots=True)
class Suppression:
    """One comment: the codes it names, its reason, and the lines it speaks for."""

    codes: tuple[str, ...]
    reason: str
    span: Span
    lines: range
    used: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Suppressions:
    """All suppressions of a file. `ran` are the codes that were looked for, `known` all there are."""

    entries: list[Suppression]
    module: Module | None = None
    known: frozenset[str] = frozenset()
    ran: frozenset[str] = frozenset()

    def take(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that no suppression speaks for; those that swallowed one are marked as used."""
        kept: list[Finding] = []
        for finding in findings:
            entry = next((e for e in self.entries if finding.code in e.codes and _covers(e, finding)), None)
            if entry is None:
                kept.append(finding)
            else:
                entry.used.add(finding.code)
        return kept


def read_suppressions(module: Module) -> Suppressions:
    """The suppressions in the comments of a file."""
    if not module.comments:
        return Suppressions([])
    headers = _headers(module.functions.values(), module)
    alone = {module.source.position(c.span.start)[0] for c in module.comments if not c.is_trailing}
    entries: list[Suppression] = []
    for comment in module.comments:
        if match := _FORM.search(comment.text):
            codes = tuple(code.strip() for code in (match[1] or "").split(",") if code.strip())
            line, _ = module.source.position(comment.span.start)
            lines = _reach(line, alone, headers)
            entries.append(Suppression(codes, match[2].strip(), comment.span, lines))
    return Suppressions(entries, module)


def read_markup_suppressions(text: TemplateText) -> Suppressions:
    """The suppressions in the comments of a template: `<!-- routegen: ignore[RG705] reason -->`, `{# … #}`.

    One that stands alone speaks for the next line that is more than comments, any other for its own.
    """
    whole = text.data.decode(errors="replace")
    bare = _MARKUP.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), whole).split("\n")
    entries: list[Suppression] = []
    for comment in _MARKUP.finditer(whole):
        if (match := _FORM.search(comment[1] or comment[2] or "")) is None:
            continue
        codes = tuple(code.strip() for code in (match[1] or "").split(",") if code.strip())
        first = whole.count("\n", 0, comment.start())
        last = first + comment[0].count("\n")
        while last < len(bare) - 1 and not bare[last].strip():
            last += 1
        start = len(whole[: comment.start()].encode())
        span = Span(start, start + len(comment[0].encode()))
        entries.append(Suppression(codes, match[2].strip(), span, range(first + 1, last + 2)))
    return Suppressions(entries)


def _headers(functions: Iterable[Function], module: Module) -> list[tuple[range, range]]:
    """For each function the lines of its header (decorators to the name), and all its lines."""
    found: list[tuple[range, range]] = []
    for function in functions:
        first, name, last = (
            module.source.position(at)[0]
            for at in (function.span.start, function.name_span.start, function.span.end)
        )
        found.append((range(first, name + 1), range(first, last + 1)))
    return found


def _reach(line: int, alone: Collection[int], headers: Sequence[tuple[range, range]]) -> range:
    """The lines a comment speaks for: its own, or the one below it and the comments that go on there.

    On the header of a function it speaks for the whole of it. `alone` are the lines that hold only a comment.
    """
    at = line
    while at in alone:
        at += 1
    for header, whole in headers:
        if at in header:
            return range(min(line, whole.start), whole.stop)
    return range(at, at + 1)


def _covers(entry: Suppression, finding: Finding) -> bool:
    last = max(finding.line, finding.end_line)
    return entry.lines.start <= last and finding.line < entry.lines.stop
