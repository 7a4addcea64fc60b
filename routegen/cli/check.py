"""`routegen check`: misuse of route handlers, found without running them."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from routegen.cli import complete, console
from routegen.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from routegen.check.outcome import Checked

Format = Literal["text", "concise", "json", "github", "gitlab", "junit", "sarif"]


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the whole project by default.")
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            help="Run only these rules: `RG201`, `RG2`, a name, `ALL`.", autocompletion=complete.rules
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Leave these rules out.", autocompletion=complete.rules)
    ] = None,
    per_file_ignores: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB:CODES", help="Leave rules out for some files: `app/legacy/**:RG501`."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Run the rules too whose precision was not measured yet.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How findings are written.")] = "text",
    explain: Annotated[
        str,
        typer.Option(metavar="CODE", help="Show a rule's manual, and stop.", autocompletion=complete.rules),
    ] = "",
    list_rules: Annotated[bool, typer.Option("--list-rules", help="List all rules, and stop.")] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count the findings of each rule instead.")
    ] = False,
) -> None:
    """Find misuse of route handlers. Nothing of the project is run.

    Exit code 0: nothing found; 1: findings; 2: could not run, or a file could not be read.

    Example:

        routegen check
        routegen check app/api --select RG2 --format json
        routegen check --explain RG201
    """
    if list_rules:
        _list_rules()
    elif explain:
        _explain(explain)
    else:
        request = _Request(select or [], ignore or [], per_file_ignores or [], preview)
        raise typer.Exit(_check(paths or [], request, format, statistics))


@dataclass(frozen=True)
class _Request:
    """What the command line asks of the rules."""

    select: list[str]
    ignore: list[str]
    per_file_ignores: list[str]
    preview: bool


def _check(paths: list[Path], request: _Request, format: str, statistics: bool) -> int:
    from routegen.check import reports

    with _could_not_run():
        checked = _checked(paths, request)
    text = reports.statistics(checked) if statistics else reports.render(checked, format, root=Path.cwd())
    if text:
        console.out(text)
    for error in checked.errors:
        console.error(error.message, error.hint)
    if format == "text":
        _say_summary(reports.summary(checked), bool(text) or bool(checked.errors), bool(checked.findings))
    return 2 if checked.errors else int(bool(checked.findings))


def _checked(paths: list[Path], request: _Request) -> "Checked":
    """What the last check came to when nothing has changed since, else a new one."""
    from routegen.check.cache import open_cache, remembered
    from routegen.check.files import find_targets

    targets = find_targets(paths)
    settings = repr(targets.settings.get("check"))
    within = [str(path) for path in targets.within]
    # A project of another kind has no folder for a cache, and gets none.
    cache = open_cache(targets.root, [repr(request), settings, *within]) if targets.trees else None
    if cache is not None and (known := remembered(targets, cache)) is not None:
        return known
    from routegen.check.engine import check
    from routegen.check.settings import read_selection

    selection = read_selection(
        targets.settings,
        select=request.select,
        ignore=request.ignore,
        per_file_ignores=request.per_file_ignores,
        preview=request.preview,
    )
    with _progress() as progress:
        return check(targets, selection, cache, progress)


def _say_summary(summary: str, something_above: bool, has_findings: bool) -> None:
    if something_above:
        console.note()
    console.note(summary, style="red" if has_findings else None)
    if has_findings:
        console.note("`routegen check --explain CODE` tells more about a rule")


def _list_rules() -> None:
    from routegen.check.registry import rules

    width = max(len(rule.name) for rule in rules().values())
    for rule in rules().values():
        preview = "preview" if rule.preview else ""
        console.out(f"{rule.code}  {rule.severity:<7}  {preview:<7}  {rule.name:<{width}}  {rule.summary}")


def _explain(code: str) -> None:
    from routegen.check.nearest import nearest
    from routegen.check.registry import rules

    known = rules()
    found = next((rule for rule in known.values() if code.upper() == rule.code or code == rule.name), None)
    if found is None:
        near = nearest(code.upper(), known)
        hint = f"did you mean `{near}`?" if near else "see `routegen check --list-rules`"
        raise UsageError(f"`{code}` is no rule", hint=hint)
    console.out(found.documentation)


@contextmanager
def _progress() -> Generator[Callable[[int, int], None] | None]:
    """How far it is, on a terminal, once it takes over a second."""
    if not sys.stderr.isatty():
        yield None
        return
    begun, shown = time.monotonic(), False

    def say(done: int, of: int) -> None:
        nonlocal shown
        if done % 20 == 0 and time.monotonic() - begun > 1:
            shown = True
            sys.stderr.write(f"\rchecked {done} of {of} files")
            sys.stderr.flush()

    yield say
    if shown:
        sys.stderr.write("\r\033[K")


@contextmanager
def _could_not_run() -> Generator[None]:
    """A check that could not run exits 2, whatever kept it from running: 1 would say "findings"."""
    try:
        yield
    except ProjectError as error:
        raise UsageError(error.message, hint=error.hint) from error
