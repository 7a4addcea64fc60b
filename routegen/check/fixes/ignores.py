"""Turns findings into suppression comments with a reason: a project starts with what it has, and keeps to it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from routegen.check.engine import MARKUP, check
from routegen.check.files import Targets
from routegen.check.finding import Edit, Finding, Fix
from routegen.check.fixes.apply import apply
from routegen.check.fixes.mend import Mended, Narrow
from routegen.check.settings import Selection
from routegen.check.texts import Text, read_text

_ABOUT_SUPPRESSIONS = {"RG001", "RG002", "RG003"}
_CODES = re.compile(r"routegen:\s*ignore\s*\[([^\]]*)\]")


def ignore(targets: Targets, selection: Selection, narrow: Narrow, reason: str) -> Mended:
    """Suppress every finding by a comment that gives the reason. Nothing is written.

    What no comment can silence stays found and gets none: files as a whole, comments that name no rule.
    """
    found = narrow(check(targets, selection))
    hopeless: set[tuple[str, ...]] = set()
    while True:
        groups = _by_line(f for f in found.findings if _key(f) not in hopeless)
        fixes = {fix: group for group in groups if (fix := _comment(group, reason, targets.contents))}
        used, changed = apply(fixes, targets.contents)
        left = narrow(check(targets.holding({**targets.contents, **changed}), selection)) if used else found
        silenced = [finding for fix in used for finding in fixes[fix]]
        loud = _keys(left.findings) - (_keys(found.findings) - _keys(silenced))
        if not loud:
            return Mended(left, len(silenced), changed)
        hopeless |= set(loud)


def _key(finding: Finding) -> tuple[str, ...]:
    return finding.code, str(finding.path), finding.handler


def _keys(findings: Iterable[Finding]) -> Counter[tuple[str, ...]]:
    return Counter(finding for finding in map(_key, findings) if finding[0] not in _ABOUT_SUPPRESSIONS)


def _by_line(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[tuple[Path, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.line and finding.code not in _ABOUT_SUPPRESSIONS:
            groups[finding.path, finding.line].append(finding)
    return list(groups.values())


def _comment(group: list[Finding], reason: str, contents: Mapping[Path, bytes]) -> Fix | None:
    """A comment of its own above the line, or the codes in the one that is there."""
    path, line = group[0].path, group[0].line
    text = read_text(path, contents)
    if text is None:
        return None
    codes = list(dict.fromkeys(finding.code for finding in group))
    edit = _codes_added(path, line, text, codes) or _line_above(path, line, text, codes, reason)
    return Fix("suppress it", (edit,), is_safe=True)


def _codes_added(path: Path, line: int, text: Text, codes: list[str]) -> Edit | None:
    """The codes in the comment on this line, or in the one that has the line above for itself."""
    marker = _marker(path)
    for number in (line, line - 1):
        content = text.lines[number - 1] if 0 < number <= len(text.lines) else ""
        match = _CODES.search(content)
        if match and (number == line or content.lstrip().startswith(marker)):
            start = text.start_of(number) + len(content[: match.start(1)].encode())
            known = [code.strip() for code in match[1].split(",") if code.strip()]
            merged = ", ".join(dict.fromkeys([*known, *codes]))
            return Edit(path, start, start + len(match[1].encode()), merged)
    return None


def _line_above(path: Path, line: int, text: Text, codes: list[str], reason: str) -> Edit:
    content, start = text.lines[line - 1], text.start_of(line)
    indent = content[: len(content) - len(content.lstrip())]
    closing = " #}" if _marker(path) == "{#" else ""
    comment = f"{indent}{_marker(path)} routegen: ignore[{', '.join(codes)}] {reason}{closing}\n"
    return Edit(path, start, start, comment)


def _marker(path: Path) -> str:
    if path.suffix in MARKUP:
        return "{#"
    return "#" if path.suffix == ".py" else "//"
