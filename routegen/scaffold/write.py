"""Compares what should be with the disk, then writes all of it or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from routegen.errors import ProjectError
from routegen.scaffold.journal import Step, carry_out, inside


@dataclass(frozen=True, slots=True)
class Output:
    """A file as it should be.

    `once` leaves an existing one alone; `edit` is a change of the user's own file, which is no conflict;
    `secret` contents are readable by the owner only and never shown.
    """

    target: str
    content: bytes
    once: bool = False
    edit: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one target.

    `status` is create, identical, skip, update, overwrite or conflict; `before` is None where no file exists.
    """

    target: str
    status: str
    before: bytes | None
    after: bytes
    secret: bool = False


def compare(root: Path, outputs: Iterable[Output], *, force: bool = False) -> list[Change]:
    """What writing `outputs` below `root` would do. With `force` a conflict is an overwrite.

    Raises:
        ProjectError: a target leads out of the project, or cannot be read.
    """
    return [_change(root, output, force) for output in outputs]


def apply(root: Path, changes: Iterable[Change]) -> None:
    """Write every change that has something to write; on any failure, or a kill, none of them.

    Raises:
        ProjectError: something could not be written; the tree is as it was.
    """
    todo = [change for change in changes if change.status in ("create", "update", "overwrite")]
    if todo:
        carry_out(root, [Step(one.target, one.after, 0o600 if one.secret else 0o666) for one in todo])


def _change(root: Path, output: Output, force: bool) -> Change:
    before = _read(inside(root, output.target), output.target)
    return Change(output.target, _status(output, before, force), before, output.content, output.secret)


def _status(output: Output, before: bytes | None, force: bool) -> str:
    if before is None:
        return "create"
    if before == output.content:
        return "identical"
    if output.edit:
        return "update"
    if output.once:
        return "skip"
    return "overwrite" if force else "conflict"


def _read(file: Path, target: str) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProjectError(
            f"`{target}` cannot be read: {error.strerror}", hint="move what is there out of the way"
        ) from error
