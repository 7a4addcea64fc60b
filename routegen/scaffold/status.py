"""`routegen status`, without the words: what became of everything that the record holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from routegen.errors import ProjectError
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.edits import distribution, variable_names
from routegen.scaffold.record import RECORD_FILE, Generated, Recorded, read
from routegen.scaffold.remove import state_of
from routegen.scaffold.undo import dependencies, take_dependencies


@dataclass(frozen=True, slots=True)
class State:
    """One recorded thing: a file, or an `entry` (a requirement, a variable) of a file of the user.

    `state` is pristine, edited or missing; `outdated` tells that its template has changed since.
    """

    addition: str
    route: str | None
    path: str
    state: str
    entry: str | None = None
    template: str | None = None
    outdated: bool = False


def states(root: Path) -> list[State]:
    """Everything that was generated in a project, addition by addition; a shared file stands under the first.

    Raises:
        ProjectError: the record, or a file, cannot be read.
    """
    catalog = Catalog.of(root)
    seen: set[str] = set()
    found: list[State] = []
    additions = read(_text(root, RECORD_FILE))
    for addition in additions:
        for file in addition.files:
            if file.path not in seen:
                seen.add(file.path)
                found.append(_of_file(root, addition, file, catalog, additions))
        found += _of_entries(root, addition)
    return found


def _of_file(
    root: Path, addition: Recorded, file: Generated, catalog: Catalog, additions: Sequence[Recorded]
) -> State:
    state = state_of(root, file)
    if state == "edited" and file.path == "pyproject.toml" and _is_ours(root, file, additions):
        state = "pristine"
    outdated = bool(file.template_sha256) and _hash(catalog, file.template) != file.template_sha256
    return State(
        addition.name,
        addition.route,
        file.path,
        state,
        template=file.template,
        outdated=outdated,
    )


def _is_ours(root: Path, file: Generated, additions: Sequence[Recorded]) -> bool:
    """Whether nothing but `add` has edited the file since it was written."""
    added = {entry for addition in additions for entry in addition.requires}
    before = take_dependencies(_text(root, file.path), added)
    return sha256(before.encode()).hexdigest() == file.sha256


def _hash(catalog: Catalog, template: str) -> str:
    """The hash of a template as it is today; empty when there is none of this name any more."""
    return sha256(catalog.read(template).encode()).hexdigest() if catalog.exists(template) else ""


def _of_entries(root: Path, addition: Recorded) -> list[State]:
    there = dependencies(_text(root, "pyproject.toml")) if addition.requires else []
    variables = variable_names(_text(root, ".env.example")) if addition.variables else []
    return [
        *(
            State(addition.name, addition.route, "pyproject.toml", _of_requirement(entry, there), entry)
            for entry in addition.requires
        ),
        *(
            State(
                addition.name,
                addition.route,
                ".env.example",
                "pristine" if entry in variables else "missing",
                entry,
            )
            for entry in addition.variables
        ),
    ]


def _of_requirement(entry: str, there: Sequence[str]) -> str:
    if entry in there:
        return "pristine"
    return "edited" if distribution(entry) in map(distribution, there) else "missing"


def _text(root: Path, target: str) -> str:
    try:
        return (root / target).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"`{target}` cannot be read: {error}", hint="mend the file") from error
