"""`routegen routes`: the tree as a table: method, path, file; pages and their actions too."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from routegen.cli import console
from routegen.cli.found import found_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from routegen.project import Project
    from routegen.routes import Manifest, Problem, Route


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a route with the methods of its file, a page, or an action of a page."""

    methods: tuple[str, ...]
    route: "Route"
    file: Path
    action: str = ""

    @property
    def path(self) -> str:
        """As it is shown: `/contact?/send` for an action."""
        return f"{self.route.id}?/{self.action}" if self.action else self.route.id


def routes(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH", help="The project; the current folder's by default.", show_default=False
        ),
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="A table, or JSON for programs.")
    ] = "text",
) -> int:
    """List the routes of the tree: method, path, file.

    Pages are listed too, and their actions as `/contact?/send`. Nothing of the project is run. What cannot be served
    is listed as well, and makes the exit code 1.

    Example: routegen routes --format json
    """
    from routegen.routes import scan

    project = found_project(path)
    manifest = scan(project.app_dir)
    rows, unreadable = _read(manifest)
    problems = [*manifest.problems, *unreadable]
    if format == "json":
        console.out(_as_json(rows, problems, project.root))
    else:
        _show(rows, problems, project)
    return 1 if problems else 0


def _read(manifest: "Manifest") -> tuple[list[Row], list["Problem"]]:
    """The rows of the table, and a problem for each file that cannot be read."""
    from routegen.handlers import SourceError, read_actions, read_methods
    from routegen.routes import Problem

    rows: list[Row] = []
    problems: dict[Path, Problem] = {}  # one `actions.py` may serve many pages

    def read(reader: "Callable[[Path], tuple[str, ...]]", file: Path) -> tuple[str, ...]:
        try:
            return reader(file)
        except SourceError as error:
            problems[file] = Problem("", error.message, error.hint, (file,))
            return ()

    rows += [Row(read(read_methods, route.file), route, route.file) for route in manifest.routes]
    for page in manifest.pages:
        rows.append(Row(("GET",), page, page.file))
        if page.actions is not None:
            rows += [Row(("POST",), page, page.actions, name) for name in read(read_actions, page.actions)]
    return rows, list(problems.values())


def _show(rows: list[Row], problems: list["Problem"], project: "Project") -> None:
    cells = [
        (", ".join(row.methods) or "-", row.path, row.file.relative_to(project.root).as_posix())
        for row in rows
    ]
    if cells:
        header = ("METHOD", "PATH", "FILE")
        first, second = (max(len(row[column]) for row in [header, *cells]) for column in (0, 1))
        for style, (method, path, file) in [("bold", header), *((None, row) for row in cells)]:
            console.out(f"{method:<{first}}  {path:<{second}}  {file}", style=style)
    elif not problems:
        console.note(f"no routes in `{project.app_dir}`")
        console.note("\nhint: add one, `routegen add` shows the patterns")
    for problem in problems:
        console.note()
        console.error(" ".join(filter(None, (problem.code, problem.message))), problem.hint)


def _as_json(rows: list[Row], problems: list["Problem"], root: Path) -> str:
    """The routes, one object a method, and the problems; paths are relative to the project, with `/`."""

    def relative(file: Path) -> str:
        return file.relative_to(root).as_posix()

    document = {
        "routes": [
            {
                "method": method,
                "path": row.route.template,
                "file": relative(row.file),
                "id": row.route.id,
                **({"action": row.action} if row.action else {}),
            }
            for row in rows
            for method in row.methods
        ],
        "problems": [
            {
                "code": problem.code or None,
                "message": problem.message,
                "hint": problem.hint,
                "files": [relative(file) for file in problem.files],
            }
            for problem in problems
        ],
    }
    return json.dumps(document, indent=2)
