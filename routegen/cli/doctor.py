"""`routegen doctor`: what this machine and this project lack to run."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from routegen.cli import console

if TYPE_CHECKING:
    from routegen.doctor import Symptom

_STYLES = {"note": "yellow", "fault": "bold red"}


def doctor(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH", help="The project; the current folder's by default.", show_default=False
        ),
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A list, or JSON for programs.")
    ] = "text",
) -> int:
    """Look at all that a project needs: versions, secrets, database, port.

    Nothing of the project is run and nothing is changed. The exit code is 1 when something is at fault.

    Example: routegen doctor
    """
    from routegen.doctor import examine

    found: list[Symptom] = []
    for symptom in examine(path):
        found.append(symptom)
        if format == "text":
            _show(symptom)
    if format == "json":
        console.out(
            json.dumps({"symptoms": [asdict(symptom) for symptom in found]}, indent=2, ensure_ascii=False)
        )
    return int(any(symptom.state == "fault" for symptom in found))


def _show(symptom: "Symptom") -> None:
    line = f"{symptom.state:<5}  {symptom.subject:<12}  {symptom.message}"
    console.out(line, style=_STYLES.get(symptom.state))
    if symptom.state != "ok" and symptom.hint:
        console.out(f"{'':<21}{symptom.hint}")
