"""`routegen add`: shows the patterns, or writes a route handler from one, with its test."""

import difflib
import shutil
import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from routegen.cli import console

if TYPE_CHECKING:
    from routegen.scaffold.pattern import Pattern
    from routegen.scaffold.write import Change


def add(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERN", help="What to write; leave it out to see the patterns.", show_default=False
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENT",
            help="A name, a provider, or a route relative to app/api (to app when it starts with /).",
            show_default=False,
        ),
    ] = None,
    path: Annotated[
        str | None,
        typer.Option(
            "--path",
            metavar="ROUTE",
            help="Where to, instead of the pattern's own route.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that hold something else.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    guard: Annotated[
        bool | None,
        typer.Option(
            "--guard/--public",
            help="Who may write: callers that lib/auth.py knows, or anyone.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a route handler from a pattern, with its test.

    Without a pattern: the table of patterns, with when to use which. What a handler needs (dependencies, settings,
    modules in `lib/`) is written too. All is rendered and compared first: a conflict writes nothing.

    Example:

        routegen add crud users
        routegen add webhook stripe --dry-run
        routegen add dynamic 'posts/[slug]'
    """
    from routegen.project import find_project
    from routegen.scaffold.add import prepare
    from routegen.scaffold.plan import AddRequest
    from routegen.scaffold.write import apply

    if pattern is None:
        _show_patterns()
        return
    project = find_project()
    addition = prepare(project, AddRequest(pattern, tuple(arguments or ()), path, guard), force=force)
    if diff:
        _show_diff(addition.changes)
        return
    for change in addition.changes:
        console.status(change.status, change.target)
    addition.refuse_conflicts()
    if dry_run:
        console.note("nothing was written: --dry-run")
        return
    apply(project.root, addition.changes)
    console.next_steps(addition.next)


def _show_patterns() -> None:
    from routegen.errors import ProjectError
    from routegen.project import find_project
    from routegen.scaffold.catalog import Catalog

    try:
        root = find_project().root
    except ProjectError:
        root = None
    catalog = Catalog.of(root)
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    for line in pattern_table(catalog.patterns(), width):
        console.out(line)
    for pattern in catalog.patterns():
        if names := catalog.provider_names(pattern.name):
            console.out(f"{pattern.name} providers: {', '.join(names)}")
    console.next_steps(["routegen add webhook stripe"])


def pattern_table(patterns: "list[Pattern]", width: int) -> list[str]:
    """The table of patterns as lines of at most `width` characters: when to use which, and when not."""
    first = max(len(_usage(pattern)) for pattern in patterns) + 2
    column = max((width - first - 2) // 2, 20)
    rows = [("PATTERN", ["WHEN TO USE"], ["WHEN NOT"])]
    rows += [(_usage(p), textwrap.wrap(p.use, column), textwrap.wrap(p.avoid, column)) for p in patterns]
    lines: list[str] = []
    for name, use, avoid in rows:
        for number in range(max(len(use), len(avoid))):
            cells = [name if number == 0 else "", use[number] if number < len(use) else ""]
            tail = avoid[number] if number < len(avoid) else ""
            lines.append(f"{cells[0]:<{first}}{cells[1]:<{column}}  {tail}".rstrip())
        lines.append("")
    return lines


def _usage(pattern: "Pattern") -> str:
    metavar = pattern.argument.metavar
    return f"{pattern.name} {metavar if pattern.argument.required else f'[{metavar}]'}"


def _show_diff(changes: "tuple[Change, ...]") -> None:
    for change in changes:
        if change.status in ("identical", "skip"):
            continue
        if change.secret:
            console.note(f"{change.target}: {change.status}, not shown since it holds secrets")
            continue
        before = (change.before or b"").decode("utf-8", "replace").splitlines()
        after = change.after.decode("utf-8", "replace").splitlines()
        old = "/dev/null" if change.before is None else f"a/{change.target}"
        for line in difflib.unified_diff(before, after, old, f"b/{change.target}", lineterm=""):
            console.out(line)
