"""Turns an exception into what a person needs to mend it, as data and as a few lines for the terminal."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from routegen.errors import RoutegenError
from routegen.server.dev.frames import Frame, FrameReader
from routegen.server.dev.hints import suggest
from routegen.server.dev.source import SourceLine
from routegen.server.dev.text import BOLD, CYAN, DIM, RED, blank, cut, paint, visible
from routegen.server.entry import RouteError

_MAX_MESSAGE = 4000
_MAX_CHAIN = 8
_MAX_MEMBERS = 8
_MAX_DEPTH = 4
_WORDS = {"cause": "caused by", "context": "raised while handling"}


@dataclass(frozen=True, slots=True)
class Cause:
    """An earlier exception: the `cause` of the later one, or the one that was being handled."""

    relation: Literal["cause", "context"]
    report: "ErrorReport"

    @property
    def words(self) -> str:
        """How the later exception relates to this one."""
        return _WORDS[self.relation]


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """What happened and where.

    `frames` holds the user's frames first, then the libraries', each with the most recent call first;
    `omitted` more were left out (recursion). `files` are the files at fault when no frame shows them. `causes`
    go back in time, `members` are those of an exception group.
    """

    type: str
    message: str
    hint: str = ""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    omitted: int = 0
    files: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    members: tuple["ErrorReport", ...] = ()

    @property
    def title(self) -> str:
        """`ValueError: no such user`."""
        return f"{self.type}: {self.message}" if self.message else self.type

    @property
    def user_frames(self) -> tuple[Frame, ...]:
        """The frames of the project's own code."""
        return tuple(frame for frame in self.frames if frame.is_user)

    @property
    def library_frames(self) -> tuple[Frame, ...]:
        """All other frames."""
        return tuple(frame for frame in self.frames if not frame.is_user)

    @property
    def frame(self) -> Frame | None:
        """The frame to look at first: the user's, if need be that of a group's member or of a cause."""
        related = (*self.members, *(cause.report for cause in self.causes))
        candidates = [
            *self.user_frames,
            *(frame for report in related for frame in report.user_frames),
            *self.frames,
        ]
        return candidates[0] if candidates else None


def explain(error: BaseException, root: Path) -> ErrorReport:
    """What is known about an exception. Never raises, whatever the exception does.

    A RouteError gives way to its cause. Source is read from disk now.
    """
    try:
        return _Explainer(root).report(error)
    except Exception:
        return ErrorReport(type(error).__name__, "this exception cannot be described")


class _Explainer:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._reader = FrameReader(root)
        self._seen: set[int] = set()

    def report(self, error: BaseException, depth: int = 0) -> ErrorReport:
        wrapper, error = _unwrap(error)
        self._seen.add(id(error))
        frames, omitted = self._reader.of_traceback(error.__traceback__)
        if (own := self._place_of(error)) and not _same_place(own, frames):
            frames.insert(0, own)
        frames.sort(key=lambda frame: not frame.is_user)
        return ErrorReport(
            type=type(error).__name__,
            message=self._message(error),
            hint=self._shorten(_string(error, "hint") or suggest(error)),
            notes=_notes(error),
            frames=tuple(frames),
            omitted=omitted,
            files=() if any(frame.is_user for frame in frames) else self._files(wrapper),
            causes=self._causes(error) if depth < _MAX_DEPTH else (),
            members=self._members(error, depth) if depth < _MAX_DEPTH else (),
        )

    def _message(self, error: BaseException) -> str:
        if isinstance(error, RoutegenError | RouteError):
            return self._shorten(error.message)
        message = _string(error, "msg") if isinstance(error, SyntaxError) else ""
        return cut(message or _str(error), _MAX_MESSAGE)

    def _shorten(self, text: str) -> str:
        """Paths inside the project without the project."""
        return cut(text.replace(f"{self._root}{os.sep}", ""), _MAX_MESSAGE)

    def _place_of(self, error: BaseException) -> Frame | None:
        """The place an exception itself names: a SyntaxError, or a template's."""
        file, line = _get(error, "filename"), _get(error, "lineno")
        if not isinstance(file, str) or not isinstance(line, int) or line < 1:
            return None
        start, end = _get(error, "offset"), _get(error, "end_offset")
        if not isinstance(start, int) or start < 1:
            return self._reader.at(file, line)
        same_line = _get(error, "end_lineno") in (line, None)
        end = end if isinstance(end, int) and end > start and same_line else start + 1
        return self._reader.at(file, line, (start, end), text=_string(error, "text"))

    def _files(self, wrapper: RouteError | None) -> tuple[str, ...]:
        if wrapper is None:
            return ()
        problem = wrapper.route.problem
        files = problem.files if problem is not None else (wrapper.route.file,)
        return tuple(self._reader.name_of(str(file))[0] for file in files)

    def _causes(self, error: BaseException) -> tuple[Cause, ...]:
        causes: list[Cause] = []
        while len(causes) < _MAX_CHAIN:
            relation: Literal["cause", "context"] = "cause"
            earlier = error.__cause__
            if earlier is None and not error.__suppress_context__:
                relation, earlier = "context", error.__context__
            if earlier is None or id(earlier) in self._seen:
                break
            _, error = _unwrap(earlier)
            causes.append(Cause(relation, self.report(error, _MAX_DEPTH)))
        return tuple(causes)

    def _members(self, error: BaseException, depth: int) -> tuple[ErrorReport, ...]:
        if not isinstance(error, BaseExceptionGroup):
            return ()
        members = cast("BaseExceptionGroup[BaseException]", error).exceptions
        return tuple(self.report(member, depth + 1) for member in members[:_MAX_MEMBERS])


def _unwrap(error: BaseException) -> tuple[RouteError | None, BaseException]:
    if isinstance(error, RouteError):
        return error, error.__cause__ or error
    return None, error


def _same_place(own: Frame, frames: list[Frame]) -> bool:
    return bool(frames) and (frames[0].file, frames[0].line) == (own.file, own.line)


def _get(error: BaseException, name: str) -> Any:
    try:
        return getattr(error, name, None)
    except Exception:
        return None


def _string(error: BaseException, name: str) -> str:
    value = _get(error, name)
    return value if isinstance(value, str) else ""


def _str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its message cannot be shown: __str__ fails)"


def _notes(error: BaseException) -> tuple[str, ...]:
    notes = _get(error, "__notes__")
    if not isinstance(notes, list):
        return ()
    return tuple(
        cut(note, _MAX_MESSAGE)
        for note in cast("list[object]", notes)[:_MAX_MEMBERS]
        if isinstance(note, str)
    )


def as_text(report: ErrorReport, color: bool) -> str:
    """A dozen lines for the terminal: the message, the user's line, what it came from and the hint."""
    first, *more = visible(report.title, keep="\n").split("\n")
    lines = [paint(cut(first, 200), BOLD, RED, color=color)]
    if more:
        lines.append(
            paint("  " + cut(more[0].strip(), 198) + (" …" if len(more) > 1 else ""), RED, color=color)
        )
    if frame := report.frame:
        lines += _frame_text(frame, color)
    lines += [f"  {visible(file)}" for file in report.files[:3]]
    lines += [f"  {cause.words} {_one_line(cause.report)}" for cause in report.causes[:2]]
    lines += [f"  | {_one_line(member)}" for member in report.members[:3]]
    if count := len(report.library_frames) + report.omitted:
        lines.append(paint(f"  + {count} library frame{'s' if count > 1 else ''}", DIM, color=color))
    if report.hint:
        lines.append(f"{paint('hint:', BOLD, color=color)} {visible(report.hint)}")
    return "\n".join(lines)


def _frame_text(frame: Frame, color: bool) -> list[str]:
    where = paint(visible(frame.place), CYAN, color=color)
    lines = [f"  {where} in {visible(frame.function)}" if frame.function else f"  {where}"]
    marked = next((index for index, line in enumerate(frame.source) if line.marked), 0)
    shown = frame.source[max(marked - 2, 0) : marked + 2]
    width = len(str(shown[-1].number)) if shown else 0
    for line in shown:
        text = f"  {'>' if line.marked else ' '} {line.number:>{width}} | {visible(line.text, keep=chr(9))}"
        lines.append(
            paint(text.rstrip(), BOLD, color=color) if line.marked else paint(text.rstrip(), DIM, color=color)
        )
        if line.marked and frame.column and frame.end_column:
            lines.append(_caret(line, frame.column, frame.end_column, width, color))
    return lines


def _caret(line: SourceLine, column: int, end_column: int, width: int, color: bool) -> str:
    before = visible(line.text[: column - 1], keep="\t")
    under = visible(line.text[column - 1 : end_column - 1], keep="\t")
    return f"    {' ' * width} | {blank(before)}" + paint("^" * max(len(blank(under)), 1), RED, color=color)


def _one_line(report: ErrorReport) -> str:
    title = cut(visible(report.title.split("\n")[0]), 120)
    frame = report.frame
    return f"{title} ({visible(frame.place)})" if frame else title


def as_json(report: ErrorReport) -> dict[str, Any]:
    """The same facts for an API client; every string can be encoded."""
    return {
        "type": report.type,
        "message": visible(report.message, keep="\n\t"),
        "hint": visible(report.hint, keep="\n\t") or None,
        "notes": [visible(note, keep="\n\t") for note in report.notes],
        "files": [visible(file) for file in report.files],
        "frames": [_frame_json(frame) for frame in report.user_frames],
        "library_frames": [visible(f"{frame.place} in {frame.function}") for frame in report.library_frames],
        "causes": [{"relation": cause.words, **as_json(cause.report)} for cause in report.causes],
        "members": [as_json(member) for member in report.members],
    }


def _frame_json(frame: Frame) -> dict[str, Any]:
    return {
        "file": visible(frame.shown),
        "line": frame.line,
        "column": frame.column,
        "end_column": frame.end_column,
        "function": visible(frame.function),
        "source": [
            {"line": line.number, "text": visible(line.text, keep="\t"), "marked": line.marked}
            for line in frame.source
        ],
    }
