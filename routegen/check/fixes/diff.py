"""Turns the new contents of files into a unified diff that `git apply` and `patch -p1` take."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from routegen.check.reports.places import shown
from routegen.check.texts import Text, read_text

_LONG = 20_000
"""Lines from which on frequent ones are no longer matched: there it would take too long."""


def diff_of(contents: Mapping[Path, bytes], before: Mapping[Path, bytes], root: Path) -> str:
    """The differences to the disk, or to what `before` says; paths are relative to `root`."""
    return "\n".join(line for path in sorted(contents) for line in _diff(path, contents, before, root))


def _diff(
    path: Path, contents: Mapping[Path, bytes], before: Mapping[Path, bytes], root: Path
) -> Iterator[str]:
    old, new = read_text(path, before), read_text(path, contents)
    name = shown(path, root).lstrip("/")
    end = "\t" if " " in name else ""  # as git: what follows the tab is no part of the name
    source = f"a/{name}{end}" if old else "/dev/null"
    target = f"b/{name}{end}" if new and new.data else "/dev/null"
    hunks = [*_hunks(_lines(old), _lines(new))]
    if hunks:
        yield f"--- {source}"
        yield f"+++ {target}"
    for line in hunks:
        yield line.removesuffix("\n")
        if line[:1] in "+- " and not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    """The hunks of two texts. `difflib.unified_diff` takes lines that are frequent, `}`, for changed ones."""
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _LONG)
    for group in matcher.get_grouped_opcodes():
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@\n"
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[start:end])
            else:
                yield from (f"-{line}" for line in old[start:end])
                yield from (f"+{line}" for line in new[new_start:new_end])


def _range(start: int, end: int) -> str:
    """Lines as a hunk counts them: from 1, and an empty stretch from the line before it."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + (length > 0)},{length}"


def _lines(text: Text | None) -> list[str]:
    """The lines with their ends; only a line feed ends one, as for git."""
    data = text.data.decode() if text else ""
    return [line for line in re.split(r"(?<=\n)", data) if line]
