"""The record of what was generated, `.routegen/generated.json`: what `remove` and `status` go by.

    {"version": 1, "additions": [{
        "name": "webhook stripe", "template_version": 1, "options": {"route": "/api/webhooks/stripe", ...},
        "files": [{"path": ..., "template": ..., "sha256": <of the pristine text>}],
        "requires": [<requirements that it added to pyproject.toml>],
        "variables": [<variables that it added to .env.example>]
    }]}

A shared file (`lib/db.py`) stands under every addition that would write it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from routegen.errors import ProjectError
from routegen.scaffold.plan import Plan
from routegen.scaffold.render import RenderedFile

RECORD_FILE = ".routegen/generated.json"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What one command wrote: the files with their pristine text, and what it added to files of the user."""

    files: Sequence[RenderedFile]
    requires: Sequence[str]
    variables: Sequence[str]


def remember(text: str, plan: Plan, written: Written) -> str:
    """The record after `plan` was carried out. Recording the same command again changes nothing.

    Args:
        text: the record so far; empty for none.

    Raises:
        ProjectError: the record cannot be read.
    """
    additions = _additions(text)
    key = (plan.name, plan.options.get("route"))
    former = next((a for a in additions if (a["name"], a["options"].get("route")) == key), None)
    addition: dict[str, Any] = {
        "name": plan.name,
        "template_version": plan.version,
        "options": dict(plan.options),
        "files": _files(written.files, former["files"] if former else []),
        "requires": _together(former["requires"] if former else [], written.requires),
        "variables": _together(former["variables"] if former else [], written.variables),
    }
    rest = [a for a in additions if a is not former]
    ordered = sorted([*rest, addition], key=lambda a: (a["name"], a["options"].get("route") or ""))
    return json.dumps({"version": _VERSION, "additions": ordered}, indent=2, ensure_ascii=False) + "\n"


def guards(text: str) -> dict[tuple[str, str], bool]:
    """Which additions, by name and route id, were guarded when they were made. Raises as `remember` does."""
    return {
        (addition["name"], addition["options"]["route"]): addition["options"]["guard"]
        for addition in _additions(text)
        if {"route", "guard"} <= set(addition["options"])
    }


def _additions(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    try:
        record = json.loads(text)
        additions = record["additions"]
        if record["version"] != _VERSION:
            raise ProjectError(
                f"`{RECORD_FILE}` is of version {record['version']}, this routegen knows {_VERSION}",
                hint="upgrade routegen",
            )
        for addition in additions:
            if not {"name", "options", "files", "requires", "variables"} <= set(addition):
                raise ValueError("an addition lacks a key")
        return cast("list[dict[str, Any]]", additions)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProjectError(
            f"`{RECORD_FILE}` cannot be read: {error}", hint="take it back from version control, or delete it"
        ) from error


def _files(written: Iterable[RenderedFile], former: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """What was written now, and what was written before and left alone now."""
    files = {file["path"]: file for file in former}
    for file in written:
        files[file.target] = {"path": file.target, "template": file.template, "sha256": file.sha256}
    return [files[path] for path in sorted(files)]


def _together(former: Iterable[str], added: Iterable[str]) -> list[str]:
    return sorted({*former, *added})
