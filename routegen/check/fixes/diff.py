"""Turns the new contents of files into a unified diff that `git apply` and `patch -p1` take."""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from routegen.check.reports.places import shown
from routegen.check.texts import Text, read_text


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
    lines = difflib.unified_diff(_lines(old), _lines(new), source, target, lineterm="")
    for line in lines:
        yield line.removesuffix("\n")
        if line[:1] in "+- " and not line.startswith(("+++", "---")) and not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _lines(text: Text | None) -> list[str]:
    """The lines with their ends; only a line feed ends one, as for git."""
    data = text.data.decode() if text else ""
    return [line for line in re.split(r"(?<=\n)", data) if line]
