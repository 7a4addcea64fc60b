"""Finds the project a command is run in, and finishes there what a killed command had begun to write."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from routegen.cli import console

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from routegen.project import Project


def found_project(start: "Path | None" = None) -> "Project":
    """As `find_project`, with the tree of the project whole.

    Raises:
        ProjectError: there is none, its settings cannot be read, or what was begun cannot be finished.
    """
    from routegen.project import find_project

    project = find_project(start)
    if (project.root / ".routegen/cache").is_dir():  # nothing is imported without a need
        from routegen.scaffold.journal import recover

        _tell(recover(project.root))
    return project


@contextmanager
def changing() -> "Generator[Project]":
    """The project as `found_project` gives it, which no other command changes meanwhile.

    Raises:
        ConflictError: another command is at work, and takes its time.
        ProjectError: as `found_project`.
    """
    from routegen.project import find_project
    from routegen.scaffold.journal import alone

    project = find_project()
    with alone(project.root) as was_finished:
        _tell(was_finished)
        yield project


def _tell(was_finished: bool) -> None:
    if was_finished:
        console.note("finished what a killed command had begun")
