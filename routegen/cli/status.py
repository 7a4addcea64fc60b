"""`routegen status`: what became of the files that routegen wrote."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from routegen.cli import console
from routegen.cli.found import found_project

if TYPE_CHECKING:
    from routegen.scaffold.status import State

_STYLES = {"pristine": "dim", "edited": "yellow", "missing": "red"}


def status(
    format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A list, or JSON for programs.")
    ] = "text",
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 when something is edited or missing.")
    ] = False,
) -> int:
    """Show what was generated: pristine, edited or missing.

    To edit what was generated is what it is for, so the exit code is 0 unless `--check` asks for more. Files
    whose template has changed since they were written are marked.

    Example: routegen status --format json
    """
    from routegen.scaffold.status import states

    found = states(found_project().root)
    if format == "json":
        console.out(
            json.dumps({"generated": [asdict(state) for state in found]}, indent=2, ensure_ascii=False)
        )
    elif found:
        _show(found)
    else:
        console.note("nothing was generated here")
        console.note("\nhint: `routegen add` shows the patterns")
    return int(check and any(state.state != "pristine" for state in found))


def _show(found: "list[State]") -> None:
    """The things, each below the command that wrote it."""
    above = None
    for state in found:
        if above != (state.addition, state.route):
            above = (state.addition, state.route)
            console.out(f"{state.addition}{f'  {state.route}' if state.route else ''}", style="bold")
        entry = f": {state.entry}" if state.entry else ""
        outdated = "  (its template is newer)" if state.outdated else ""
        console.out(f"  {state.state:<8}  {state.path}{entry}{outdated}", style=_STYLES.get(state.state))
