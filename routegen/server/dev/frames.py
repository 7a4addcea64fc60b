"""Turns a traceback into frames: where each one is, whose code it is, and its source."""

import itertools
import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import CodeType, TracebackType

from routegen.server.dev.source import SourceLine, SourceReader, shorten

_OUTERMOST, _INNERMOST = 20, 60
_FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules", "__pypackages__"})
_ROUTEGEN = str(Path(__file__).parents[2])
_STDLIB = sysconfig.get_path("stdlib")


@dataclass(frozen=True, slots=True)
class Frame:
    """One call. Columns count characters from 1, the end is exclusive; None where Python does not know."""

    shown: str
    file: str
    line: int
    column: int | None
    end_column: int | None
    function: str
    source: tuple[SourceLine, ...]
    is_user: bool

    @property
    def place(self) -> str:
        """`app/users/route.py:12`."""
        return f"{self.shown}:{self.line}"


class FrameReader:
    """Makes frames for one project."""

    def __init__(self, root: Path) -> None:
        self._roots = tuple(dict.fromkeys((_absolute(root), os.path.realpath(root))))
        self._source = SourceReader()
        self._names: dict[str, tuple[str, bool]] = {}

    def of_traceback(self, trace: TracebackType | None) -> tuple[list[Frame], int]:
        """The frames, the most recent call first, and how many in the middle were left out."""
        calls = list(_calls(trace))
        omitted = max(len(calls) - _OUTERMOST - _INNERMOST, 0)
        if omitted:
            calls = calls[:_OUTERMOST] + calls[-_INNERMOST:]
        return [self._of_call(call) for call in reversed(calls)], omitted

    def at(
        self, file: str, line: int, columns: tuple[int, int] | None = None, function: str = "", text: str = ""
    ) -> Frame:
        """A frame for a place. `text` stands in for a line that cannot be read."""
        if not file.startswith("<"):
            file = _absolute(file)
        shown, is_user = self.name_of(file)
        before, after = (5, 4) if is_user else (2, 2)
        source = self._source.around(file, line, before, after)
        if not source and text.strip():
            source = (SourceLine(line, shorten(text.rstrip("\r\n")), True),)
        start, end = _clamp(columns, next((item.text for item in source if item.marked), ""))
        return Frame(shown, file, line, start, end, function, source, is_user)

    def name_of(self, file: str) -> tuple[str, bool]:
        """How a file is called on the page, and whether it is the user's."""
        if file not in self._names:
            self._names[file] = self._name(file)
        return self._names[file]

    def _name(self, file: str) -> tuple[str, bool]:
        if file.startswith("<"):
            return file, False
        for root in self._roots:
            for path in (file, os.path.realpath(file)):
                if _is_below(path, root) and not _is_foreign(path, root):
                    return PurePath(os.path.relpath(path, root)).as_posix(), True
        return _library_name(file), False

    def _of_call(self, trace: TracebackType) -> Frame:
        code = trace.tb_frame.f_code
        line = _line_of(trace)
        file = code.co_filename
        columns = self._columns(code, trace.tb_lasti, file, line)
        return self.at(file, line, columns, code.co_qualname.replace("<locals>.", ""))

    def _columns(self, code: CodeType, instruction: int, file: str, line: int) -> tuple[int, int] | None:
        if "__jinja_exception__" in code.co_names:  # Jinja2 puts a made-up statement at the template's line
            return None
        position = next(itertools.islice(code.co_positions(), instruction // 2, None), None)
        if position is None or position[0] != line or position[2] is None or position[3] is None:
            return None
        text = self._source.line(file, line).encode("utf-8", "surrogatepass")
        start = len(text[: position[2]].decode("utf-8", "replace"))
        end = len((text if position[1] != line else text[: position[3]]).decode("utf-8", "replace"))
        return start + 1, end + 1


def _calls(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _line_of(trace: TracebackType) -> int:
    line: int | None = trace.tb_lineno  # None for instructions that belong to no line
    return line or trace.tb_frame.f_code.co_firstlineno


def _clamp(columns: tuple[int, int] | None, text: str) -> tuple[int | None, int | None]:
    if columns is None or not text or not 0 < columns[0] <= len(text) + 1:
        return None, None
    start = columns[0]
    return start, max(start + 1, min(columns[1], len(text) + 1))


def _absolute(path: str | Path) -> str:
    return os.path.normpath(Path(path).absolute())


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_foreign(path: str, root: str) -> bool:
    """Whether a file inside the project is none of its code: a virtual environment, or routegen itself."""
    if _is_below(path, _ROUTEGEN) or any(
        _is_below(path, prefix) and _is_below(prefix, root) and prefix != root
        for prefix in (sys.prefix, sys.base_prefix)
    ):
        return True
    folders = Path(path).relative_to(root).parents
    if any(not _FOREIGN.isdisjoint(folder.parts) for folder in folders):
        return True
    return any((Path(root) / folder / "pyvenv.cfg").is_file() for folder in folders if folder.parts)


def _library_name(file: str) -> str:
    """The part of a path that a reader needs: from the package on."""
    bases = (str(Path(_ROUTEGEN).parent), *sys.path, _STDLIB)
    below = [base for base in map(_absolute, filter(None, bases)) if _is_below(file, base)]
    if not below:
        return file
    return PurePath(os.path.relpath(file, max(below, key=len))).as_posix()
