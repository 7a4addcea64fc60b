"""`routegen update`: brings what `routegen add` wrote to the templates of today."""

from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import addition, ask, complete, console
from routegen.cli.found import changing

if TYPE_CHECKING:
    from routegen.scaffold.update import Update


def update(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERN",
            help="As it was given to `add`; leave it out to update everything.",
            show_default=False,
            autocompletion=complete.generated_patterns,
        ),
    ] = None,
    arguments: addition.Arguments = None,
    path: addition.Path = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be updated, and write nothing.")
    ] = False,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Show what would be different, also in edited files; write nothing."),
    ] = False,
) -> None:
    """Bring what `add` wrote to the templates of today.

    Files that nobody edited are replaced. What you edited is left as it is: `--diff` shows what its template says
    today. Migrations never change. `routegen status` shows which templates are newer.

    Example:

        routegen update --diff
        routegen update webhook stripe
    """
    from routegen.scaffold.plan import AddRequest
    from routegen.scaffold.update import prepare_update, updatable
    from routegen.scaffold.write import apply

    request = AddRequest(pattern, tuple(arguments or ()), path) if pattern is not None else None
    with changing() as project:
        told: set[str] = set()  # a file that several share is told once
        for each in updatable(project, request):
            found = prepare_update(project, each)
            _show(found, told, diff=diff)
            if not (dry_run or diff):
                apply(project.root, found.changes)
    if not told:
        console.note("everything is as its template says, or yours")
    elif dry_run or diff:
        console.note(f"nothing was written: {'--diff' if diff else '--dry-run'}")


def _show(found: "Update", told: set[str], *, diff: bool) -> None:
    from routegen.scaffold.record import RECORD_FILE

    changed = [change for change in found.changes if change.status in ("create", "update")]
    for change in [*changed, *found.left]:
        if change.target in told or change.target == RECORD_FILE:
            continue
        told.add(change.target)
        if diff and not change.secret:
            ask.show_diff(change.target, change.before, change.after)
        elif change in found.left:
            console.status("keep", f"{change.target}  (you edited it; `--diff` shows what is new)")
        else:
            console.status(change.status, change.target)
