"""Carries out one `routegen check`: finds, narrows down, mends or suppresses, reports, and says the exit code."""

import os
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from routegen.cli import console
from routegen.errors import ConflictError, ProjectError, UsageError

if TYPE_CHECKING:
    from routegen.check.baseline import Baseline, Known
    from routegen.check.fixes.mend import Mended
    from routegen.check.outcome import Checked
    from routegen.check.settings import Selection

_MOST_STALE = 5
_COUNTED = {"text", "concise", "json"}
"""The formats that `--statistics` has."""


@dataclass(frozen=True)
class Request:
    """What the command line asks for. `fixes` is `safe`, `unsafe` or empty; `reason` that of `--add-ignores`."""

    paths: list[Path]
    select: list[str]
    ignore: list[str]
    per_file_ignores: list[str]
    preview: bool
    format: str
    statistics: bool
    fixes: str
    diff: bool
    changed: str
    baseline: Path | None
    write_baseline: bool
    reason: str
    stdin: Path | None


def run(request: Request) -> int:
    """Check as asked. Returns the exit code.

    Raises:
        UsageError: the request makes no sense, or the check could not run: 1 would say "findings".
    """
    _refuse_contradictions(request)
    try:
        return _Run(request).run()
    except (ProjectError, ConflictError) as error:
        raise UsageError(error.message, hint=error.hint) from error


def _refuse_contradictions(request: Request) -> None:
    asked = {
        "--add-ignores": request.reason,
        "--write-baseline": request.write_baseline,
        "--unsafe-fixes" if request.fixes == "unsafe" else "--fix": request.fixes,
    }
    given = [option for option, value in asked.items() if value]
    if request.statistics and request.format not in _COUNTED:
        raise UsageError(
            f"`--statistics` and `--format {request.format}` exclude each other",
            hint="leave one of them out, or take `--format json`",
        )
    if len(given) > 1 and not (given == ["--add-ignores", "--fix"] and request.diff):
        raise UsageError(f"`{given[0]}` and `{given[1]}` exclude each other", hint="run one after the other")
    if request.reason and len(request.reason.split()) < 2:
        hint = '`--add-ignores "the gateway checks the caller"`'
        raise UsageError(f"`{request.reason}` is no reason", hint=f"say why, in words: {hint}")
    if request.stdin is not None and (request.paths or request.write_baseline):
        other = "paths" if request.paths else "`--write-baseline`"
        raise UsageError(f"`--stdin-filename` goes with no {other}", hint="leave one of them out")


class _Run:
    """One check: the targets, and what is not to be told of all that is found in them."""

    def __init__(self, request: Request) -> None:
        from routegen.check.files import find_targets

        self._request = request
        self._given = _standard_input(request.stdin) if request.stdin else {}
        self._targets = find_targets(request.paths or [*self._given], contents=self._given)
        self._recover()
        self._file = self._baseline_file()
        self._known = self._read_baseline()
        self._stale: Counter[Known] = Counter()
        self._changed = self._changed_files() if request.changed else None

    def run(self) -> int:
        if self._request.write_baseline:
            return self._write_baseline()
        if self._request.reason:
            from routegen.check.fixes.ignores import ignore

            return self._tell(ignore(self._targets, self._selection, self._narrow, self._request.reason))
        if self._request.fixes:
            from routegen.check.fixes.mend import mend

            unsafe = self._request.fixes == "unsafe"
            return self._tell(mend(self._targets, self._selection, self._narrow, unsafe=unsafe))
        checked = self._narrow(self._checked())
        self._report(checked)
        return _code(checked)

    def _recover(self) -> None:
        """Finish what a killed `--fix` had begun: files that are half of a fix would be judged."""
        if (self._targets.root / ".routegen" / "cache").is_dir():
            from routegen.scaffold.journal import recover

            if recover(self._targets.root):
                console.note("finished what a killed command had begun")
                again = self._request.paths or [*self._given]
                from routegen.check.files import find_targets

                self._targets = find_targets(again, contents=self._given)

    @cached_property
    def _selection(self) -> "Selection":
        from routegen.check.settings import read_selection

        return read_selection(
            self._targets.settings,
            select=self._request.select,
            ignore=self._request.ignore,
            per_file_ignores=self._request.per_file_ignores,
            preview=self._request.preview,
        )

    def _checked(self) -> "Checked":
        """What the last check came to when nothing has changed since, else a new one."""
        from routegen.check.cache import open_cache, remembered

        targets, asked = self._targets, self._request
        rules = (asked.select, asked.ignore, asked.per_file_ignores, asked.preview)
        parts = [repr(rules), repr(targets.settings.get("check")), *map(str, targets.within)]
        # A project of another kind has no folder for a cache, and gets none; nor has what is not on the disk.
        cache = open_cache(targets.root, parts) if targets.trees and not targets.contents else None
        if cache is not None and (known := remembered(targets, cache)) is not None:
            return known
        from routegen.check.engine import check
        from routegen.cli.progress import shown_progress

        with shown_progress("checking", "files") as say:
            return check(targets, self._selection, cache, say)

    def _narrow(self, checked: "Checked") -> "Checked":
        """Less the findings of the baseline, and those in files that did not change."""
        if self._known is not None:
            checked, left = self._known.take(checked, self._targets.root)
            self._stale = Counter({key: n for key, n in left.items() if self._is_about(key, checked)})
        if self._changed is not None:
            changed = self._changed
            findings = [f for f in checked.findings if _is_among(f.path, changed)]
            errors = [e for e in checked.errors if _is_among(e.path, changed)]
            checked = replace(checked, findings=findings, errors=errors)
        return checked

    def _is_about(self, key: "Known", checked: "Checked") -> bool:
        """Whether this check would have found an entry of the baseline again: its rule ran, its file was read."""
        path = self._targets.root / key.path
        return (
            self._targets.concerns(path)
            and key.code in self._selection.codes
            and path not in {error.path for error in checked.errors}
        )

    def _baseline_file(self) -> Path | None:
        if self._request.baseline is not None:
            return self._request.baseline
        from routegen.check.settings import baseline_of

        setting = baseline_of(self._targets.settings)
        return self._targets.root / setting if setting else None

    def _read_baseline(self) -> "Baseline | None":
        if self._file is None or (self._request.write_baseline and not self._file.exists()):
            return None
        from routegen.check.baseline import read_baseline

        return read_baseline(self._file)

    def _write_baseline(self) -> int:
        from routegen.check.baseline import Baseline

        if self._file is None:
            raise UsageError(
                "`--write-baseline` does not know where to",
                hint='add `--baseline FILE`, or set `baseline = "…"` in `[tool.routegen.check]`',
            )
        checked, root = self._checked(), self._targets.root
        known = self._known or Baseline(Counter())
        written = known.updated(checked, root, is_about=lambda key: self._is_about(key, checked))
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        beside.write_text(written.as_text(), encoding="utf-8", newline="\n")
        beside.replace(self._file)
        self._say_unread(checked)
        count = sum(written.counts.values())
        console.note(f"`{self._file}` knows {count} finding{'' if count == 1 else 's'}")
        return 2 if checked.errors else 0

    def _changed_files(self) -> set[Path]:
        from routegen.check.changes import changed_files

        folder = self._targets.root if self._targets.root.is_dir() else Path.cwd()
        return changed_files(folder, self._request.changed)

    def _tell(self, mended: "Mended") -> int:
        """Show, print or write what shall be in the files, and what is still found."""
        if self._request.diff:
            from routegen.check.fixes.diff import diff_of

            text = diff_of(mended.contents, self._targets.contents, Path.cwd())
            if text and sys.stdout.isatty():
                console.out(text)
            elif text:
                console.raw(f"{text}\n".encode(errors="surrogateescape"))  # a patch keeps the ends of lines
            self._say_unread(mended.checked)
            return 2 if mended.checked.errors else int(bool(text))
        if self._request.stdin is not None:
            console.raw({**self._given, **mended.contents}[next(iter(self._given))])
            return 2 if mended.checked.errors else 0
        self._write(mended.contents)
        self._report(mended.checked)
        if mended.contents:
            word = "suppressed" if self._request.reason else "fixed"
            console.note(
                f"{word} {_count(mended.fixed, 'finding')} in {_count(len(mended.contents), 'file')}"
            )
        return _code(mended.checked)

    def _write(self, contents: dict[Path, bytes]) -> None:
        """All files or none, also across a kill."""
        from routegen.scaffold.journal import Step, carry_out

        if contents:
            self._refuse_edited(contents)
            root = self._targets.root
            if any(not path.is_relative_to(root) for path in contents):
                root = Path(os.path.commonpath([root, *(path.parent for path in contents)]))
            steps = [Step(p.relative_to(root).as_posix(), raw or None) for p, raw in sorted(contents.items())]
            carry_out(root, steps)

    def _refuse_edited(self, contents: dict[Path, bytes]) -> None:
        """A file that somebody saved since it was read is not overwritten."""
        from routegen.check.files import find_targets

        now = find_targets(self._request.paths).stamps
        edited = [path for path in contents if now.get(str(path)) != self._targets.stamps.get(str(path))]
        if edited:
            raise ConflictError(
                f"nothing was changed: `{edited[0]}` was edited meanwhile", hint="run it again"
            )

    def _report(self, checked: "Checked") -> None:
        from routegen.check import reports
        from routegen.check.merging import told_once

        checked = replace(checked, findings=told_once(checked.findings))
        if self._request.statistics:
            text = reports.statistics(checked, self._request.format, _paint)
        else:
            text = reports.render(checked, self._request.format, root=Path.cwd(), paint=_paint)
        if text:
            console.coloured(text, sys.stdout)
        self._say_unread(checked)
        self._say_stale()
        # In CI, a wrong path would pass for ever. Of a tree without handlers findings can be told all the same.
        if checked.files == 0 and not checked.findings and not checked.errors:
            console.note(
                "nothing was checked: no Python file outside tests, no `route.ts` in an `app` folder, no server function",
                style="yellow",
            )
        elif self._request.format == "text":
            _say_summary(checked, bool(text) or bool(checked.errors))

    def _say_unread(self, checked: "Checked") -> None:
        from routegen.check.reports.places import shown

        for error in checked.errors:
            where = shown(error.path, Path.cwd())
            console.error(error.message.replace(os.fspath(error.path), where), error.hint)

    def _say_stale(self) -> None:
        """The baseline must not hide a finding that comes back: say what it knows without need."""
        if not self._stale:
            return
        count = sum(self._stale.values())
        console.note(
            f"`{self._file}` knows {_count(count, 'finding')} that {'is' if count == 1 else 'are'} gone:"
        )
        for key in sorted(self._stale)[:_MOST_STALE]:
            console.note(f"  {key}")
        if len(self._stale) > _MOST_STALE:
            console.note(f"  … and {len(self._stale) - _MOST_STALE} more")
        console.note("hint: run it once more with `--write-baseline`")


def _standard_input(name: Path) -> dict[Path, bytes]:
    if name.is_dir():
        raise UsageError(f"`{name}` is a folder", hint="give the file that standard input stands for")
    return {Path(os.path.abspath(name)): sys.stdin.buffer.read()}  # noqa: PTH100 (resolve() would follow symlinks)


def _is_among(path: Path, changed: set[Path]) -> bool:
    """Whether a file changed, or something in a folder."""
    path = path.resolve()
    return path in changed or (path.is_dir() and any(each.is_relative_to(path) for each in changed))


def _code(checked: "Checked") -> int:
    return 2 if checked.errors else int(bool(checked.findings))


def _paint(text: str, style: str) -> str:
    return console.styled(text, style, sys.stdout)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _say_summary(checked: "Checked", something_above: bool) -> None:
    from routegen.check import reports

    if something_above:
        console.note()
    console.note(reports.summary(checked), style="red" if checked.findings else None)
    if fixes := reports.fixes(checked):
        console.note(fixes)
    if checked.findings:
        console.note("`routegen check --explain CODE` tells more about a rule")
