"""`routegen check`: misuse of route handlers, found without running them."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from routegen.cli import console
from routegen.errors import ProjectError, UsageError

Format = Literal["text", "concise", "json"]


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; the whole project by default.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(help="Run only these rules: `RG201`, `RG2`, a name, `ALL`.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave these rules out.")] = None,
    format: Annotated[Format, typer.Option(help="How findings are written.")] = "text",
    explain: Annotated[str, typer.Option(metavar="CODE", help="Show a rule's manual, and stop.")] = "",
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
        raise typer.Exit(_check(paths or [], select or [], ignore or [], format, statistics))


def _check(paths: list[Path], select: list[str], ignore: list[str], format: str, statistics: bool) -> int:
    from routegen.check import reports
    from routegen.check.engine import check
    from routegen.check.files import find_targets
    from routegen.check.settings import read_selection

    with _could_not_run():
        targets = find_targets(paths)
        checked = check(targets, read_selection(targets.settings, select=select, ignore=ignore))
    text = reports.statistics(checked) if statistics else reports.render(checked, format, root=Path.cwd())
    if text:
        console.out(text)
    for error in checked.errors:
        console.error(error.message, error.hint)
    if format == "text":
        _say_summary(reports.summary(checked), bool(text) or bool(checked.errors), bool(checked.findings))
    return 2 if checked.errors else int(bool(checked.findings))


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
        console.out(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}")


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
def _could_not_run() -> Generator[None]:
    """A check that could not run exits 2, whatever kept it from running: 1 would say "findings"."""
    try:
        yield
    except ProjectError as error:
        raise UsageError(error.message, hint=error.hint) from error
