"""`routegen add`: shows the patterns, or writes a route handler from one, with its test."""

import shlex
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routegen.cli import ask, complete, console, pick
from routegen.cli.commands import Command
from routegen.cli.found import changing
from routegen.errors import ProjectError

if TYPE_CHECKING:
    from routegen.project import Project
    from routegen.scaffold.add import Addition
    from routegen.scaffold.catalog import Catalog
    from routegen.scaffold.pattern import Option, Pattern
    from routegen.scaffold.plan import AddRequest
    from routegen.scaffold.write import Change


class AddCommand(Command):
    """`add`, whose help after a pattern is about that pattern: when to use it, and its own options."""

    _pattern: "Pattern | None" = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; `--help` is answered while they are read, so the pattern is looked up before."""
        words = [arg for arg in args if not arg.startswith("-")]
        is_asked = words and "--help" in args
        self._pattern = _catalog().pattern_for(words[0], words[1:]) if is_asked else None
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The options that may follow, those of the pattern among them."""
        words = next(parameter for parameter in self.get_params(ctx) if parameter.name == "arguments")
        return [*words.shell_complete(ctx, incomplete), *super().shell_complete(ctx, incomplete)]

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows `routegen add` in the usage line."""
        if self._pattern is None:
            return super().collect_usage_pieces(ctx)
        return [_usage(self._pattern), *(["[FIELD...]"] if self._pattern.arguments else []), "[OPTIONS]"]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does, or what the pattern is for."""
        if self._pattern is None:
            super().format_help_text(ctx, formatter)
            return
        pattern = self._pattern
        texts = [f"{pattern.summary}.", f"When to use: {pattern.use}.", f"When not: {pattern.avoid}."]
        for text in [*texts, f"Example:\n\n    routegen add {pattern.example}"]:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(text.replace("Example:\n\n", "\b\nExample:\n\n"))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the pattern's own options before those of every pattern."""
        if self._pattern and self._pattern.options:
            with formatter.section(f"Options of {self._pattern.name}"):
                formatter.write_dl([_option_row(option) for option in self._pattern.options])
        super().format_options(ctx, formatter)


add = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Write a route handler from a pattern, with its test.",
)


@add.command(
    "add", cls=AddCommand, context_settings={"ignore_unknown_options": True}
)  # they are the pattern's
def run(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERN",
            help="What to write; leave it out to choose, or to see the patterns where nobody can be asked.",
            show_default=False,
            autocompletion=complete.patterns,
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENT",
            help="A name, a provider, or a route relative to app/api (to app when it starts with /); "
            "then fields, and options of the pattern.",
            autocompletion=complete.arguments,
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

    A pattern has options of its own: see `routegen add PATTERN --help`. Without a pattern: on a terminal you are asked,
    elsewhere the table of patterns is shown, with when to use which. What a handler needs (dependencies, settings,
    modules in `lib/`) is written too. All is rendered and compared first: a conflict writes nothing.

    Example:

        routegen add crud users name:str email:email! age:int?
        routegen add webhook stripe --dry-run
        routegen add dynamic 'posts/[slug]'
    """
    from routegen.scaffold.options import unknown
    from routegen.scaffold.plan import AddRequest

    if pattern is None and not _can_ask():
        _show_patterns()
        return
    if pattern is not None and pattern.startswith("-"):
        raise unknown(pattern, (), "routegen add --help")
    words = [pattern, *(arguments or ())] if pattern is not None else []
    if len(words) < 2 and _can_ask():
        words = _picked(words)
    request = AddRequest(words[0], tuple(words[1:]), path, guard)
    with changing() as project:
        _add(project, request, dry_run=dry_run, force=force, diff=diff)


def _add(project: "Project", request: "AddRequest", *, dry_run: bool, force: bool, diff: bool) -> None:
    from routegen.scaffold.add import prepare
    from routegen.scaffold.write import apply

    addition = prepare(project, request, force=force)
    if addition.conflicts and not (diff or dry_run) and ask.is_interactive():
        addition = prepare(project, request, decided=_ask(addition))
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


def _can_ask() -> bool:
    """Whether someone at a terminal can be asked what to add, in a project where it can be added."""
    from routegen.project import find_project

    if not (ask.is_interactive() and sys.stdout.isatty()):
        return False
    try:
        find_project()
    except ProjectError:
        return False
    return True


def _picked(words: list[str]) -> list[str]:
    """The pattern and its arguments: as far as they are given, the rest as the user answers."""
    catalog = _catalog()
    name = words[0] if words else pick.pattern(catalog)
    if words and not catalog.pattern(words[0]).argument.required:
        return words
    arguments = None if name is None else pick.arguments(catalog, catalog.pattern(name))
    if name is None or arguments is None:
        console.note("nothing was written")
        raise typer.Exit(1)
    console.note(f"\nroutegen add {shlex.join([name, *arguments])}", style="bold")
    return [name, *arguments]


def _ask(addition: "Addition") -> dict[str, bool]:
    """Which of the files in the way are replaced."""
    changes = {change.target: change for change in addition.changes}
    decided = ask.decide(
        addition.conflicts,
        lambda target: ask.prompt(f"replace `{target}`, which holds something else?"),
        lambda target: ask.show_diff(target, changes[target].before, changes[target].after),
    )
    if decided is None:
        console.note("nothing was written")
        raise typer.Exit(1)
    return decided


def _catalog() -> "Catalog":
    """The templates of the project that is the current folder, or routegen's own outside of one."""
    from routegen.project import find_project
    from routegen.scaffold.catalog import Catalog

    try:
        return Catalog.of(find_project().root)
    except ProjectError:
        return Catalog.of(None)


def _show_patterns() -> None:
    catalog = _catalog()
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    for line in pattern_table(catalog.patterns(), width):
        console.out(line)
    for pattern in catalog.patterns():
        if names := [*catalog.provider_names(pattern.name), *catalog.aliases(pattern.name)]:
            listed = f"{pattern.name} providers: {', '.join(sorted(names))}"
            console.out("\n".join(textwrap.wrap(listed, width, subsequent_indent="  ")))
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


def _option_row(option: "Option") -> tuple[str, str]:
    """An option's two columns of the help."""
    values = {"flag": "", "size": " SIZE", "choice": f" [{'|'.join(option.choices)}]"}
    note = "may be given again" if option.kind == "repeat" else f"default: {option.default}"
    text = f"{option.help}  [{note}]" if option.default or option.kind == "repeat" else option.help
    return f"{option.flag}{values.get(option.kind, ' TEXT')}", text


def _show_diff(changes: "tuple[Change, ...]") -> None:
    for change in changes:
        if change.status in ("identical", "skip"):
            continue
        if change.secret:
            console.note(f"{change.target}: {change.status}, not shown since it holds secrets")
            continue
        ask.show_diff(change.target, change.before, change.after)
