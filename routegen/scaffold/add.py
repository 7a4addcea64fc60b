"""`routegen add`, without the words: a request becomes changes of the project, to be shown or applied."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from routegen.errors import ConflictError, ProjectError
from routegen.project import Project
from routegen.routes import Route, scan
from routegen.routes.conflicts import find_conflicts
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.edits import Edit, add_dependencies, add_variables, secret_values
from routegen.scaffold.location import Location
from routegen.scaffold.plan import AUTH_FILE, AddRequest, Plan, Surroundings, plan
from routegen.scaffold.record import RECORD_FILE, Edited, Written, edited, guards, remember
from routegen.scaffold.render import RenderedFile, render
from routegen.scaffold.resource import Tables, recorded_fields
from routegen.scaffold.tables import models_of, steps_of
from routegen.scaffold.write import Change, Output, compare


@dataclass(frozen=True, slots=True)
class Addition:
    """What one `add` comes to: its changes in the order of the report, and the commands to type next."""

    changes: tuple[Change, ...]
    next: tuple[str, ...]

    @property
    def conflicts(self) -> list[str]:
        """The targets that hold something else."""
        return [change.target for change in self.changes if change.status == "conflict"]

    def refuse_conflicts(self) -> None:
        """Raises ConflictError, naming the files, when something stands in the way."""
        if names := self.conflicts:
            listed = ", ".join(f"`{name}`" for name in names)
            stand = "exists" if len(names) == 1 else "exist"
            raise ConflictError(
                f"nothing was written: {listed} {stand} with other contents",
                hint="see the difference with `--diff`, or replace with `--force`",
            )


def prepare(
    project: Project,
    request: AddRequest,
    *,
    force: bool = False,
    decided: Mapping[str, bool] | None = None,
) -> Addition:
    """Plan, render and compare with the disk; nothing is written.

    Args:
        force: what stands in the way is replaced.
        decided: for files that stand in the way, one by one: whether it is replaced, or left alone.

    Raises:
        UsageError: the request makes no sense.
        ConflictError: the new route cannot live beside those that exist.
        ProjectError: a file of the project, or a template, is at fault.
    """
    return prepare_settled(project, request, lambda change: _settled(change, decided or {}), force=force)


def prepare_settled(
    project: Project, request: AddRequest, settle: Callable[[Change], Change], *, force: bool = False
) -> Addition:
    """As `prepare`, where `settle` has the last word on what becomes of each file of the plan."""
    catalog = Catalog.of(project.root)
    app = _app(project)
    record = _text(project.root, RECORD_FILE)
    tables = Tables(models_of(project.root), steps_of(project.root), recorded_fields(record))
    around = Surroundings(app, (project.root / AUTH_FILE).is_file(), guards(record), tables)
    planned = plan(request, catalog, around)
    refuse_route_conflicts(project, planned.routes)
    rendered = render(planned.files, catalog.read)
    compared = compare(project.root, [_output(file) for file in rendered], force=force)
    files = [settle(change) for change in compared]
    found = frozenset(change.target for change in files if change.status == "identical")
    outputs, written = _edits(project.root, planned, _kept(rendered, files), found)
    if not any(change.status == "conflict" for change in files):
        outputs.append(Output(RECORD_FILE, remember(record, planned, written).encode(), edit=True))
    changes = (*files, *compare(project.root, outputs))
    return Addition(changes, (*_install_steps(project.root, planned, written), *planned.next))


def refuse_route_conflicts(project: Project, new: Mapping[str, Location]) -> None:
    """Scan the tree with the new routes in it.

    Raises:
        ConflictError: one of the new routes would answer 500, or break another one.
    """
    files = {project.root / target for target in new}
    existing = [route for route in scan(project.app_dir).routes if route.file not in files]
    added = [Route(place.id, project.root / target, place.url_segments) for target, place in new.items()]
    for conflict in find_conflicts([*existing, *added], root=project.root):
        if files & {route.file for route in conflict.routes}:
            raise ConflictError(conflict.problem.message, hint=conflict.problem.hint)


def _app(project: Project) -> str:
    return project.app_dir.resolve().relative_to(project.root.resolve()).as_posix()


def _output(file: RenderedFile) -> Output:
    return Output(file.target, file.text.encode(), once=file.once)


def _settled(change: Change, decided: Mapping[str, bool]) -> Change:
    if change.status != "conflict" or change.target not in decided:
        return change
    return replace(change, status="overwrite" if decided[change.target] else "skip")


def _kept(rendered: Sequence[RenderedFile], changes: Sequence[Change]) -> list[RenderedFile]:
    """The files whose pristine text is on the disk afterwards."""
    skipped = {change.target for change in changes if change.status == "skip"}
    return [file for file in rendered if file.target not in skipped]


def _edits(
    root: Path, planned: Plan, files: list[RenderedFile], found: frozenset[str]
) -> tuple[list[Output], Written]:
    """The edits of the user's own files, and the account of them."""
    outputs: list[Output] = []
    edits: list[Edited] = []
    requires: tuple[str, ...] = ()
    if planned.requires and (root / "pyproject.toml").exists():
        edit = add_dependencies(_text(root, "pyproject.toml"), planned.requires)
        outputs.append(_edited("pyproject.toml", edit))
        edits += _account(root, "pyproject.toml", edit)
        requires = edit.added
    variables: tuple[str, ...] = ()
    if planned.variables:
        example = add_variables(_text(root, ".env.example"), planned.variables, values={})
        own = add_variables(_text(root, ".env"), planned.variables, values=secret_values(planned.variables))
        outputs += [_edited(".env.example", example), _edited(".env", own, secret=True)]
        edits += _account(root, ".env.example", example)
        variables = example.added
    return outputs, Written(files, requires, variables, edits, found)


def _account(root: Path, target: str, edit: Edit) -> list[Edited]:
    """The lines that an edit replaces, for the record; `.env` has none, since it is not the same everywhere."""
    before = _text(root, target) if (root / target).exists() else None
    return [edited(target, before, edit.text)] if edit.added else []


def _edited(target: str, edit: Edit, *, secret: bool = False) -> Output:
    return Output(target, edit.text.encode(), edit=True, secret=secret)


def _text(root: Path, target: str) -> str:
    try:
        return (root / target).read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"`{target}` cannot be read: {error}", hint="mend the file") from error


def _install_steps(root: Path, planned: Plan, written: Written) -> list[str]:
    """How to install what was added; without a pyproject.toml to add it to, by name."""
    if written.requires:
        return ["pip install -e '.[dev]'"]
    if planned.requires and not (root / "pyproject.toml").exists():
        return [f"pip install {' '.join(f'{requirement!r}' for requirement in planned.requires)}"]
    return []
