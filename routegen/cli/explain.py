"""`routegen explain`: when to use a route handler and when a server action; the verdict for one route, and why."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routegen.cli import complete, console
from routegen.cli.found import found_project
from routegen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routegen.check.files import Targets
    from routegen.check.verdict import Verdict
    from routegen.routes import Manifest

_ADVICE = {
    "server action": (
        "`routegen check --unsafe-fixes --diff` shows how, `routegen add action NAME` writes a new one",
        'make it a function of a file that begins with `"use server"`, and call that from the page',
    ),
    "route handler": (
        "`routegen add` shows the patterns of route handlers",
        "move it to a `route.ts` that verifies who sends",
    ),
    "unclear": (
        'if others call it, say so in its file: `EXPOSE = "public"`',
        'if others call it, say so in its file: `const EXPOSE = "public"`',
    ),
}
"""The way out by what a thing should be: in Python, and in a script."""


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[WHAT]",
            help="A route (`/api/users`), a file, or the code of a rule.",
            show_default=False,
            autocompletion=complete.explained,
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Say whether a route should be a handler or a server action, and why.

    Without a route, say when to use which: a route handler only where a server action won't do. Nothing of the project
    is run.

    Examples:
        routegen explain
        routegen explain /api/users
        routegen explain app/contact/actions.py
        routegen explain app/api/users/route.ts
        routegen explain RG101
    """
    if not what:
        _show_table(as_json)
    elif what.upper().startswith("RG") and what[2:].isdigit():
        from routegen.cli.check import explain_rule

        explain_rule(what)
    else:
        _explain(what, as_json)


def _show_table(as_json: bool) -> None:
    from routegen.check.decision import TABLE

    if as_json:
        rows = [
            {
                "need": r.need,
                "use": r.use,
                "because": r.because,
                "command": f"routegen {r.command}" if r.command else None,
            }
            for r in TABLE
        ]
        console.out(json.dumps({"decisions": rows}, indent=2))
        return
    header = ("WHO OR WHAT", "USE", "BECAUSE", "WRITTEN BY")
    cells = [(r.need, r.use, r.because, f"routegen {r.command}" if r.command else "you") for r in TABLE]
    widths = [max(len(row[column]) for row in [header, *cells]) for column in range(3)]
    for style, row in [("bold", header), *((None, row) for row in cells)]:
        padded = [f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)]
        console.out("  ".join(padded).rstrip(), style=style)


def _explain(what: str, as_json: bool) -> None:
    from routegen.check.verdict import verdicts
    from routegen.handlers import SourceError

    method, _, route = what.rpartition(" ")
    files, targets = _files(route)
    found: list[Verdict] = []
    try:
        for file in files:
            found += verdicts(targets, file)
    except SourceError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if method:
        found = [verdict for verdict in found if verdict.label.startswith(f"{method} ")]
    if not found:
        raise UsageError(
            f"`{what}` has neither handler nor action",
            hint="give a route, a `route.py` or `route.ts`, an `actions.py`, or a file with FastAPI routes",
        )
    if as_json:
        console.out(json.dumps({"verdicts": [_as_data(verdict) for verdict in found]}, indent=2))
        return
    for number, verdict in enumerate(found):
        if number:
            console.out("")
        _show(verdict)


def _files(what: str) -> "tuple[list[Path], Targets]":
    """The files that are meant, and the project to look at them in."""
    from routegen.check.files import find_targets
    from routegen.routes import NEXT_SUFFIXES

    if not what.startswith("/") or Path(what).is_file():
        path = Path(what).absolute()
        if path.is_file() and path.name.endswith((".py", *NEXT_SUFFIXES)):
            return [path], find_targets([_top(path)])
    return _of_route(what)


def _top(path: Path) -> Path:
    from routegen.errors import ProjectError
    from routegen.project import find_project

    try:
        return find_project(path.parent).root
    except ProjectError:
        marks = ("pyproject.toml", "setup.py", "requirements.txt", ".git", "package.json")
        tops = (folder for folder in path.parents if any((folder / mark).exists() for mark in marks))
        return next(tops, path.parent)


def _of_route(what: str) -> "tuple[list[Path], Targets]":
    """The handler, and the actions of the page, that answer a route or a URL, in Python or in Next.js.

    Raises:
        UsageError: nothing does; the hint offers the nearest.
        ProjectError: there is neither a project of routegen nor one of Next.js.
    """
    from routegen.check.nearest import nearest

    manifests, targets = _manifests()
    route, _, action = what.partition("?/")
    found = [file for manifest in manifests for file in _found(route, manifest, targets)]
    if action:
        found = [file for file in found if file.stem == "actions"]
    known = {one.id for manifest in manifests for one in (*manifest.routes, *manifest.pages)}
    if found or any(page.id == route for manifest in manifests for page in manifest.pages):
        return found, targets
    near = nearest(route, known)
    tree = "see `routegen routes`" if targets.trees else "a route is the path of its folder below `app`"
    hint = f"did you mean `{near}`?" if near else tree
    raise UsageError(f"`{what}` is no route of this project, and no file", hint=hint)


def _manifests() -> "tuple[list[Manifest], Targets]":
    """The trees of routes in this project, those of Next.js among them."""
    from routegen.check.files import find_targets
    from routegen.errors import ProjectError
    from routegen.routes import scan, scan_next

    try:
        project = found_project()
    except ProjectError:
        targets = find_targets([Path.cwd()])
        if not targets.next_trees:
            raise
        return targets.manifests, targets
    targets = find_targets([project.root])
    return [scan(project.app_dir), *map(scan_next, targets.next_trees)], targets


def _found(route: str, manifest: "Manifest", targets: "Targets") -> list[Path]:
    from routegen.routes import NEXT_SUFFIXES

    wanted = "/" + route.strip("/")
    routes = [one for one in manifest.routes if wanted in (one.id, one.template)]
    pages = [one for one in manifest.pages if wanted in (one.id, one.template)]
    if not routes and not pages:
        routes = [one for one in manifest.routes if _answers(wanted, one.segments)][:1]
        pages = [one for one in manifest.pages if _answers(wanted, one.segments)][:1]
    actions = [one.actions for one in pages if one.actions is not None]
    folders = {one.file.parent for one in pages if one.file.name.endswith(NEXT_SUFFIXES)}
    beside = [file for file in targets.files if file.parent in folders and file.name.endswith(NEXT_SUFFIXES)]
    return [*(one.file for one in routes), *actions, *beside]


def _answers(url: str, segments: "Sequence[Any]") -> bool:
    """Whether a URL such as `/users/7` is one of a route's."""
    parts = [part for part in url.split("/") if part]
    if segments and segments[-1].is_catch_all:
        parts, segments = parts[: len(segments) - 1], segments[:-1]
    return len(parts) == len(segments) and all(
        segment.is_parameter or segment.name == part for part, segment in zip(parts, segments, strict=True)
    )


def _show(verdict: "Verdict") -> None:
    word = f"a {verdict.is_now}"
    if verdict.should_be == "unclear":
        word = f"a {verdict.is_now}, and it cannot be told whether it should be"
    elif not verdict.fits:
        word = f"should be a {verdict.should_be}"
    console.out(f"{verdict.label}: {word}", style="bold")
    console.out(f"  {_shown(verdict.path)}:{verdict.line}  {verdict.because}")
    for reason in verdict.reasons:
        place = f"{_shown(reason.path)}:{reason.line}" if reason.path and reason.line else _shown(reason.path)
        console.out(f"  {place}  {reason.text}")
    if verdict.should_be == "unclear" or not verdict.fits:
        in_python, in_script = _ADVICE[verdict.should_be]
        console.note(f"hint: {in_python if verdict.path.suffix == '.py' else in_script}")


def _shown(path: Path | None) -> str:
    if path is None:
        return ""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)


def _as_data(verdict: "Verdict") -> dict[str, Any]:
    return {
        "label": verdict.label,
        "path": _shown(verdict.path),
        "line": verdict.line,
        "is": verdict.is_now,
        "should_be": None if verdict.should_be == "unclear" else verdict.should_be,
        "because": verdict.because,
        "evidence": [
            {"text": reason.text, "path": _shown(reason.path), "line": reason.line or None}
            for reason in verdict.reasons
        ],
    }
