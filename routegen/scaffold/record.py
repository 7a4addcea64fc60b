"""The record of what was generated, `.routegen/generated.json`: what `remove`, `status` and `update` go by.

    {"version": 1, "additions": [{
        "name": "webhook stripe", "template_version": 1, "routegen": "0.1.0",
        "options": {"route": "/api/webhooks/stripe", ...},
        "files": [{"path": ..., "template": ..., "template_sha256": ..., "sha256": <of the pristine text>}],
        "requires": [<requirements that it added to pyproject.toml>],
        "variables": [<variables that it added to .env.example>],
        "needs": {"requires": [<all that it needs>], "variables": {<name>: <comment>}},
        "edits": [{"path": "pyproject.toml", "before": <lines that it replaced>, "after": <by these>}]
    }]}

A shared file (`lib/db.py`) has `"once": true` and stands under every addition that would write it. An addition
with `"removed": true` was taken back, except for what others still use. The pristine text itself is not kept:
generation is deterministic, so name, options and the release give it again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from routegen import __version__
from routegen.errors import ProjectError
from routegen.scaffold.plan import Plan
from routegen.scaffold.render import RenderedFile

RECORD_FILE = ".routegen/generated.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Edited:
    """Lines of a file of the user that were replaced; `before` is None where the file did not exist."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Written:
    """What one command wrote: the files with their pristine text, and what it added to files of the user.

    `found` are the files that were there before, with the very same text.
    """

    files: Sequence[RenderedFile]
    requires: Sequence[str]
    variables: Sequence[str]
    edits: Sequence[Edited] = ()
    found: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Generated:
    """A generated file: its template, and the hashes of the template and of the pristine text."""

    path: str
    template: str
    template_sha256: str
    sha256: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """One addition as the record keeps it; the variables it needs with their comments."""

    name: str
    template_version: int
    options: Mapping[str, Any]
    files: tuple[Generated, ...]
    requires: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    needed_requires: tuple[str, ...] = ()
    needed_variables: Mapping[str, str] = field(default_factory=dict[str, str])
    edits: tuple[Edited, ...] = ()
    routegen: str = ""
    removed: bool = field(default=False, kw_only=True)

    @property
    def route(self) -> str | None:
        """The route id that it was made for; None for `new`."""
        return self.options.get("route")

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others: its name and its route."""
        return self.name, self.route or ""


def remember(text: str, plan: Plan, written: Written) -> str:
    """The record after `plan` was carried out. Recording the same command again changes nothing.

    Args:
        text: the record so far; empty for none.

    Raises:
        ProjectError: the record cannot be read.
    """
    additions = read(text)
    key = (plan.name, plan.options.get("route") or "")
    former = next((addition for addition in additions if addition.key == key), None)
    known = {file.path for addition in additions for file in addition.files}
    strange = written.found - known  # the user's own, as it happens
    files = [file for file in written.files if not (file.once and file.target in strange)]
    addition = Recorded(
        name=plan.name,
        template_version=plan.version,
        options=dict(plan.options),
        files=_files(files, former.files if former else ()),
        requires=_together(former.requires if former else (), written.requires),
        variables=_together(former.variables if former else (), written.variables),
        needed_requires=tuple(sorted(plan.requires)),
        needed_variables={variable.name: variable.comment for variable in plan.variables},
        edits=(*(former.edits if former else ()), *written.edits),
        routegen=__version__,
    )
    return dump([*(one for one in additions if one is not former), addition])


def guards(text: str) -> dict[tuple[str, str], bool]:
    """Which additions, by name and route id, were guarded when they were made. Raises as `remember` does."""
    return {
        addition.key: addition.options["guard"]
        for addition in read(text)
        if {"route", "guard"} <= set(addition.options) and not addition.removed
    }


def edited(path: str, before: str | None, after: str) -> Edited:
    """The lines that differ between two texts of a file, when they differ in one place."""
    old, new = (before or "").splitlines(keepends=True), after.splitlines(keepends=True)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    replaced = "".join(old[first : len(old) - last]) if before is not None else None
    return Edited(path, replaced, "".join(new[first : len(new) - last]))


def read(text: str) -> list[Recorded]:
    """The additions of a record; none for an empty text.

    Raises:
        ProjectError: the record cannot be read.
    """
    if not text:
        return []
    try:
        record = json.loads(text)
        if record["version"] != _VERSION:
            raise ProjectError(
                f"`{RECORD_FILE}` is of version {record['version']}, this routegen knows {_VERSION}",
                hint="upgrade routegen",
            )
        return [_addition(row) for row in record["additions"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise ProjectError(
            f"`{RECORD_FILE}` cannot be read: {reason}",
            hint="take it back from version control, or delete it",
        ) from error


def dump(additions: Iterable[Recorded]) -> str:
    """The record with these additions, in its one order."""
    rows = [_row(addition) for addition in sorted(additions, key=lambda addition: addition.key)]
    return json.dumps({"version": _VERSION, "additions": rows}, indent=2, ensure_ascii=False) + "\n"


def _addition(row: dict[str, Any]) -> Recorded:
    needs = row.get("needs", {})
    return Recorded(
        name=_text(row["name"]),
        template_version=row.get("template_version", 0),
        options=dict(row["options"]),
        files=tuple(_file(file) for file in row["files"]),
        requires=tuple(map(_text, row["requires"])),
        variables=tuple(map(_text, row["variables"])),
        needed_requires=tuple(map(_text, needs.get("requires", row["requires"]))),
        needed_variables=dict(needs.get("variables", dict.fromkeys(row["variables"], ""))),
        edits=tuple(Edited(**edit) for edit in row.get("edits", [])),
        routegen=row.get("routegen", ""),
        removed=bool(row.get("removed")),
    )


def _file(row: dict[str, Any]) -> Generated:
    return Generated(
        _text(row["path"]),
        _text(row["template"]),
        _text(row.get("template_sha256", "")),
        _text(row["sha256"]),
        bool(row.get("once")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _row(addition: Recorded) -> dict[str, Any]:
    return {
        "name": addition.name,
        **({"removed": True} if addition.removed else {}),
        "template_version": addition.template_version,
        "routegen": addition.routegen,
        "options": dict(addition.options),
        "files": [_file_row(file) for file in addition.files],
        "requires": list(addition.requires),
        "variables": list(addition.variables),
        "needs": {
            "requires": list(addition.needed_requires),
            "variables": dict(sorted(addition.needed_variables.items())),
        },
        "edits": [asdict(edit) for edit in addition.edits],
    }


def _file_row(file: Generated) -> dict[str, Any]:
    row = asdict(file)
    if not row.pop("once"):
        return row
    return {**row, "once": True}


def _files(written: Iterable[RenderedFile], former: Iterable[Generated]) -> tuple[Generated, ...]:
    """What was written now, and what was written before and left alone now."""
    files: Mapping[str, Generated] = {
        **{file.path: file for file in former},
        **{
            file.target: Generated(file.target, file.template, file.template_sha256, file.sha256, file.once)
            for file in written
        },
    }
    return tuple(files[path] for path in sorted(files))


def _together(former: Iterable[str], added: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*former, *added}))
