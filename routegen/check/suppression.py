"""Suppressions: `# routegen: ignore[RG201] reason` on a line, on the line above, or on a handler's header."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from routegen.check.finding import Finding
from routegen.handlers.expression import Span
from routegen.handlers.function import Function, Module
from routegen.handlers.markup import comments, without_comments
from routegen.handlers.page_forms import TemplateText

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
    below = _below(alone)
    entries: list[Suppression] = []
    for comment in module.comments:
        if match := _FORM.search(comment.text):
            codes = tuple(code.strip() for code in (match[1] or "").split(",") if code.strip())
            line, _ = module.source.position(comment.span.start)
            lines = _reach(line, below.get(line, line), headers)
            entries.append(Suppression(codes, match[2].strip(), comment.span, lines))
    return Suppressions(entries, module)


def read_markup_suppressions(text: TemplateText) -> Suppressions:
    """The suppressions in the comments of a template: `<!-- routegen: ignore[RG705] reason -->`, `{# … #}`.

    One that stands alone speaks for the next line that is more than comments, any other for its own.
    """
    whole = text.data.decode(errors="replace")
    bare = enumerate(without_comments(whole).split("\n"), 1)
    below = _below({number for number, line in bare if not line.strip()})
    entries: list[Suppression] = []
    byte = line = at = 0
    for start, end in comments(whole):
        byte, line, at = byte + len(whole[at:start].encode()), line + whole.count("\n", at, start), start
        if match := _FORM.search(whole[start:end].removesuffix("-->").removesuffix("#}")):
            codes = tuple(code.strip() for code in (match[1] or "").split(",") if code.strip())
            last = line + whole.count("\n", start, end) + 1
            span = Span(byte, byte + len(whole[start:end].encode()))
            lines = range(line + 1, below.get(last, last) + 1)
            entries.append(Suppression(codes, match[2].strip(), span, lines))
    return Suppressions(entries)


def _headers(functions: Iterable[Function], module: Module) -> dict[int, range]:
    """For each line of a function's header (decorators to the name) all lines of the function."""
    found: dict[int, range] = {}
    for function in functions:
        first, name, last = (
            module.source.position(at)[0]
            for at in (function.span.start, function.name_span.start, function.span.end)
        )
        found.update(dict.fromkeys(range(first, name + 1), range(first, last + 1)))
    return found


def _below(alone: Collection[int]) -> dict[int, int]:
    """For each line that holds only a comment the first one behind it that holds more."""
    found: dict[int, int] = {}
    for line in sorted(alone, reverse=True):
        found[line] = found.get(line + 1, line + 1)
    return found


def _reach(line: int, at: int, headers: Mapping[int, range]) -> range:
    """The lines that a comment on `line` speaks for: `at`, its own line or the next that holds code.

    On the header of a function it speaks for the whole of it.
    """
    whole = headers.get(at)
    return range(at, at + 1) if whole is None else range(min(line, whole.start), whole.stop)


def _covers(entry: Suppression, finding: Finding) -> bool:
    last = max(finding.line, finding.end_line)
    return entry.lines.start <= last and finding.line < entry.lines.stop
