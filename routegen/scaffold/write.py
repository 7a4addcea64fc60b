"""Compares what should be with the disk, then writes all of it or nothing."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from routegen.errors import ProjectError


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


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Write every change that has something to write; on any failure the tree is as it was.

    Raises:
        ProjectError: something could not be written.
    """
    todo = [change for change in changes if change.status in ("create", "update", "overwrite")]
    with contextlib.ExitStack() as undo:
        try:
            staged = [(_stage(root, change, undo), _inside(root, change.target), change) for change in todo]
            for temporary, file, change in staged:
                temporary.replace(file)
                undo.callback(_restore, file, change)
        except OSError as error:
            undo.close()
            raise ProjectError(
                f"nothing was written: `{error.filename or root}`: {error.strerror or error}",
                hint="make the folder writable and run the command again",
            ) from error
        except BaseException:  # also Ctrl-C: half a tree is never left
            undo.close()
            raise
        undo.pop_all()


def _change(root: Path, output: Output, force: bool) -> Change:
    before = _read(_inside(root, output.target), output.target)
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


def _inside(root: Path, target: str) -> Path:
    """The file that a target names, symlinks followed, which must not lead out of the project."""
    file = (root / target).resolve()
    if not file.is_relative_to(root.resolve()) or file == root.resolve():
        raise ProjectError(
            f"`{target}` leads out of the project, to `{file}`", hint="remove the symlink in its path"
        )
    return file


def _read(file: Path, target: str) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProjectError(
            f"`{target}` cannot be read: {error.strerror}", hint="move what is there out of the way"
        ) from error


def _stage(root: Path, change: Change, undo: contextlib.ExitStack) -> Path:
    """The new content in a temporary file beside its target, so that a rename is all that is left to do."""
    file = _inside(root, change.target)
    for folder in reversed([folder for folder in file.parents if not folder.exists()]):
        folder.mkdir()
        undo.callback(_remove_folder, folder)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".tmp", dir=file.parent)
    undo.callback(Path(name).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as stream:
        stream.write(change.after)
    Path(name).chmod(_mode(file, change.secret))
    return Path(name)


def _mode(file: Path, secret: bool) -> int:
    if file.exists():
        return file.stat().st_mode & 0o7777
    if secret:
        return 0o600
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _restore(file: Path, change: Change) -> None:
    if change.before is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(change.before)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # someone else put a file there meanwhile
        folder.rmdir()
