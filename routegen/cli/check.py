"""`routegen check`: misuse of route handlers, found without running them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from routegen.cli import complete, console
from routegen.errors import UsageError

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
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what has a safe fix; files are written all or not at all.")
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option("--unsafe-fixes", help="Mend with the other fixes too: look at what they change."),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what the fixes would change, and stop.")] = False,
    changed: Annotated[
        str,
        typer.Option(
            metavar="[REF]",
            help="Only findings in files that differ from this commit (HEAD by default), new ones included.",
        ),
    ] = "",
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Leave out the findings that this file knows.")
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Write what is found now into the baseline.")
    ] = False,
    add_ignores: Annotated[
        str, typer.Option(metavar="REASON", help="Suppress each finding by a comment with this reason.")
    ] = "",
    stdin_filename: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check standard input as if this file held it, for editors."),
    ] = None,
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

    Exit code 0: nothing found; 1: findings, or changes that `--diff` shows; 2: could not run, or a file could not
    be read.

    Example:

        routegen check
        routegen check app/api --select RG2 --format json
        routegen check --fix --diff
        routegen check --changed=main --baseline baseline.json
        routegen check --explain RG201
    """
    if list_rules:
        _list_rules()
        return
    if explain:
        explain_rule(explain)
        return
    from routegen.cli.checking import Request, run

    request = Request(
        paths=paths or [],
        select=select or [],
        ignore=ignore or [],
        per_file_ignores=per_file_ignores or [],
        preview=preview,
        format=format,
        statistics=statistics,
        fixes="unsafe" if unsafe_fixes else "safe" if fix or diff else "",
        diff=diff,
        changed=changed,
        baseline=baseline,
        write_baseline=write_baseline,
        reason=" ".join(add_ignores.split()),
        stdin=stdin_filename,
    )
    raise typer.Exit(run(request))


_LANGUAGES = {"python": "py", "typescript": "ts"}


def _list_rules() -> None:
    from routegen.check.registry import rules

    width = max(len(rule.name) for rule in rules().values())
    for rule in rules().values():
        preview = "preview" if rule.preview else ""
        languages = " ".join(_LANGUAGES[language] for language in rule.languages)
        console.out(
            f"{rule.code}  {rule.severity:<7}  {preview:<7}  {languages:<5}  {rule.name:<{width}}  {rule.summary}"
        )


def explain_rule(code: str) -> None:
    """Print the manual of a rule.

    Raises:
        UsageError: there is none of this code or name.
    """
    from routegen.check.nearest import nearest
    from routegen.check.registry import rules

    known = rules()
    found = next((rule for rule in known.values() if code.upper() == rule.code or code == rule.name), None)
    if found is None:
        near = nearest(code.upper(), known) or nearest(code, [rule.name for rule in known.values()])
        hint = f"did you mean `{near}`?" if near else "see `routegen check --list-rules`"
        raise UsageError(f"`{code}` is no rule", hint=hint)
    console.out(found.documentation)
