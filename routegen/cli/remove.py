"""`routegen remove`: takes back what `routegen add` wrote."""

from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import addition, ask, complete, console
from routegen.cli.found import changing
from routegen.errors import RoutegenError, UsageError

if TYPE_CHECKING:
    from routegen.project import Project
    from routegen.scaffold.plan import AddRequest
    from routegen.scaffold.remove import Removal, Taken


def remove(
    pattern: Annotated[
        str,
        typer.Argument(
            metavar="PATTERN",
            help="As it was given to `add`.",
            show_default=False,
            autocompletion=complete.generated_patterns,
        ),
    ],
    arguments: addition.Arguments = None,
    path: addition.Path = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Remove also what was edited since, or is used elsewhere.")
    ] = False,
    keep_edited: Annotated[
        bool, typer.Option("--keep-edited", help="Leave files that were edited since; they are yours then.")
    ] = False,
) -> None:
    """Take back what the same `add` wrote.

    Its files go, with the folders that become empty, and the dependencies and variables that nothing else needs.
    Shared files (`lib/db.py`) stay while something uses them, and so do migrations that the database has run. Nothing
    is removed when a file was edited since, unless an option, or your answer on a terminal, says what to do with it.

    Example:

        routegen remove webhook stripe --dry-run
        routegen remove dynamic 'posts/[slug]' --keep-edited
    """
    from routegen.scaffold.plan import AddRequest

    if force and keep_edited:
        raise UsageError("`--force` and `--keep-edited` contradict each other", hint="leave out one of them")
    request = AddRequest(pattern, tuple(arguments or ()), path)
    with changing() as project:
        _remove(project, request, dry_run=dry_run, force=force, keep_edited=keep_edited)


def _remove(
    project: "Project", request: "AddRequest", *, dry_run: bool, force: bool, keep_edited: bool
) -> None:
    from routegen.scaffold.remove import RAN, apply_removal, prepare_removal

    removal = prepare_removal(project, request, force=force, keep_edited=keep_edited)
    ran = _ran(project, removal)
    if ran:
        removal = prepare_removal(project, request, force=force, keep_edited=keep_edited, ran=ran)
    if removal.edited and not dry_run and ask.is_interactive():
        decided = _ask(removal)
        if decided is None:
            console.note("nothing was removed")
            raise typer.Exit(1)
        removal = prepare_removal(project, request, decided=decided, ran=ran)
    for taken in removal.changes:
        console.status(taken.status, f"{taken.target}{f'  ({taken.why})' if taken.why else ''}")
    removal.refuse()
    if dry_run:
        console.note("nothing was removed: --dry-run")
        return
    apply_removal(project, removal)
    if any(taken.why == RAN for taken in removal.changes):
        what = " ".join(("drop", *request.arguments[:1])) if request.arguments else f"drop {request.pattern}"
        console.note("the tables, and the data in them, are still in the database; to drop them as well:")
        console.next_steps([f"routegen db migrate '{what}' --allow-drop", "routegen db upgrade --allow-drop"])


def _ran(project: "Project", removal: "Removal") -> tuple[str, ...]:
    """Those of the migrations about to go that the database has run; all of them when it cannot be asked."""
    going = [
        taken.target
        for taken in removal.changes
        if taken.status == "remove" and taken.target.startswith("migrations/")
    ]
    if not going:
        return ()
    try:
        from routegen.database.migrations import state
    except ModuleNotFoundError:  # then nothing has run either
        return ()
    try:
        done = {f"migrations/{migration.file.name}" for migration in state(project.root).done}
    except RoutegenError as error:
        console.note(f"the database was not asked which migrations it has run: {error.message}")
        return tuple(going)
    return tuple(target for target in going if target in done)


def _ask(removal: "Removal") -> dict[str, bool] | None:
    """Which of the edited files go."""
    changes: dict[str, Taken] = {taken.target: taken for taken in removal.changes}
    return ask.decide(
        removal.edited,
        lambda target: ask.prompt(f"remove `{target}`, which was edited since?"),
        lambda target: ask.show_diff(target, changes[target].before, None),
    )
