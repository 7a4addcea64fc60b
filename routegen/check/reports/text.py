"""Turns findings into text with code frames, or into one line each."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from routegen.check.finding import Finding, Reason, Severity
from routegen.check.outcome import Checked
from routegen.check.registry import rules
from routegen.check.reports.places import shown
from routegen.check.texts import read_text

Paint = Callable[[str, str], str]
"""Gives a text one of the console's styles, or none: every text goes through it."""

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def unpainted(text: str, style: str) -> str:
    """The text as it is."""
    return text


def render(checked: Checked, root: Path, paint: Paint = unpainted) -> str:
    """The findings, each with a code frame, its evidence and the way out."""
    lines: dict[Path, list[str]] = {}
    for path in {finding.path for finding in checked.findings}:
        text = read_text(path, checked.contents)
        lines[path] = text.lines if text else []
    return "\n\n".join("\n".join(_block(finding, lines, root, paint)) for finding in checked.findings)


def concise(checked: Checked, root: Path, paint: Paint = unpainted) -> str:
    """The findings, one line each."""
    return "\n".join(_headline(finding, root, paint) for finding in checked.findings)


def statistics(checked: Checked, paint: Paint = unpainted) -> str:
    """How many findings each rule has, most first."""
    return "\n".join(
        f"{count:>5}  {paint(code, _STYLES[rules()[code].severity])}  {rules()[code].name}"
        for code, count in counts(checked)
    )


def counts(checked: Checked) -> list[tuple[str, int]]:
    """The codes that were found and how often, most first."""
    found = Counter(finding.code for finding in checked.findings)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def summary(checked: Checked) -> str:
    """One line: how many findings in how many files."""
    files = _count(checked.files, "file")
    if not checked.findings and not checked.errors:
        return f"no findings in {files}"
    parts = [f"{_count(len(checked.findings), 'finding')} in {files}"]
    if checked.errors:
        parts.append(f"{_count(len(checked.errors), 'file')} could not be read")
    return ", ".join(parts)


def fixes(checked: Checked) -> str:
    """One line: how many findings have a fix, and how to get it; empty when none has."""
    found = [finding.fix for finding in checked.findings if finding.fix is not None]
    safe = sum(fix.is_safe for fix in found)
    parts = [f"{safe} can be fixed with `--fix`"] if safe else []
    if len(found) > safe:
        parts.append(f"{len(found) - safe} with `--unsafe-fixes` (add `--diff` to see how)")
    return ", ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _headline(finding: Finding, root: Path, paint: Paint) -> str:
    place = f":{finding.line}:{finding.column}" if finding.line else ""
    path, code = paint(shown(finding.path, root), "bold"), paint(finding.code, _STYLES[finding.severity])
    return f"{path}{place} {code} {paint(finding.message, '')}"


def _block(finding: Finding, lines: dict[Path, list[str]], root: Path, paint: Paint) -> Iterator[str]:
    yield _headline(finding, root, paint)
    yield from _frame(finding, lines[finding.path], paint)
    for reason in finding.evidence:
        yield paint(f"  {reason.text}{_place(reason, root)}", "")
    yield f"{paint('hint:', 'bold')} {paint(finding.hint, '')}"
    if finding.fix is not None:
        option = "--fix" if finding.fix.is_safe else "--unsafe-fixes"
        yield f"{paint('fix:', 'bold')} {paint(finding.fix.title, '')} (`{option}`)"


def _place(reason: Reason, root: Path) -> str:
    if reason.path is not None:
        return f", {shown(reason.path, root)}:{reason.line}"
    return f", line {reason.line}" if reason.line else ""


def _frame(finding: Finding, lines: list[str], paint: Paint) -> Iterator[str]:
    """The line of the finding with a caret below it, tabs as one blank, long lines cut around the place."""
    if not 0 < finding.line <= len(lines):
        return
    line = lines[finding.line - 1].replace("\t", " ")
    start = finding.column - 1
    end = finding.end_column - 1 if finding.end_line == finding.line else len(line)
    cut = max(0, start - 60)
    gutter = f"{finding.line:>5} | "
    yield paint(gutter, "cyan") + paint(line[cut : cut + 140].rstrip(), "")
    caret = "^" * max(1, min(end, cut + 140) - start)
    blank = " " * (len(gutter) - 2) + "| "
    yield paint(blank, "cyan") + " " * (start - cut) + paint(caret, _STYLES[finding.severity])
