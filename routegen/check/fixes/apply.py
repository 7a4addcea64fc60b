"""Turns fixes into the new contents of files: the first of those that touch the same bytes wins."""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from routegen.check.finding import Edit, Fix
from routegen.check.texts import Text, edited, read_text
from routegen.handlers import SourceError
from routegen.handlers.python.source import parse_source
from routegen.routes import NEXT_SUFFIXES


def apply(fixes: Iterable[Fix], contents: Mapping[Path, bytes]) -> tuple[list[Fix], dict[Path, bytes]]:
    """The fixes that go together, and the files they change as they are then.

    A fix after which a file cannot be parsed any more is left out, and so is one that edits what another one has
    edited: it can have its turn in the next round.
    """
    chosen = _without_conflicts(fixes)
    found = _contents(chosen, contents)
    if found is None:
        chosen = _one_by_one(chosen, contents)
        found = _contents(chosen, contents)
    return (chosen, found) if found else ([], {})


def _without_conflicts(fixes: Iterable[Fix]) -> list[Fix]:
    taken: dict[Path, list[Edit]] = defaultdict(list)
    chosen: list[Fix] = []
    for fix in fixes:
        if not any(_clash(edit, other) for edit in fix.edits for other in taken[edit.path]):
            chosen.append(fix)
            for edit in fix.edits:
                taken[edit.path].append(edit)
    return chosen


def _clash(one: Edit, other: Edit) -> bool:
    """Whether two edits touch; the same edit twice (an import that both need) is one."""
    if one == other:
        return False
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def _one_by_one(fixes: Sequence[Fix], contents: Mapping[Path, bytes]) -> list[Fix]:
    chosen: list[Fix] = []
    for fix in fixes:
        if _contents([*chosen, fix], contents) is not None:
            chosen.append(fix)
    return chosen


def _contents(fixes: Sequence[Fix], contents: Mapping[Path, bytes]) -> dict[Path, bytes] | None:
    """The files after these fixes; None when one of them can no longer be read."""
    edits: dict[Path, dict[Edit, None]] = defaultdict(dict)
    for fix in fixes:
        for edit in fix.edits:
            edits[edit.path][edit] = None
    found: dict[Path, bytes] = {}
    for path, own in edits.items():
        before = read_text(path, contents)
        try:
            text = before or Text(b"")
            after = text.written(edited(text.data, own, text.newline))
        except UnicodeError:
            return None
        if not _is_as_whole(path, before, after):
            return None
        found[path] = after
    return found


def _is_as_whole(path: Path, before: Text | None, after: bytes) -> bool:
    """Whether a file of code can be parsed, if it could before: by its reader, and Python by Python itself."""
    if path.name.endswith(NEXT_SUFFIXES):
        from routegen.handlers.typescript.source import parse_source as parse_script

        was_damaged = before is not None and parse_script(path, before.data).damaged
        return was_damaged or not parse_script(path, after).damaged
    if path.suffix != ".py":
        return True
    try:
        is_damaged = parse_source(path, after).damaged
    except SourceError:
        return False
    return not is_damaged and (_is_python(after) or (before is not None and not _is_python(before.data)))


def _is_python(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(
                data, "<fixed>", "exec", dont_inherit=True, optimize=0
            )  # what `ast` takes can still be wrong
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
