"""Carries out writes and deletions as one step: all or nothing on an error, and after a kill too.

What is to be done is written down below `.routegen/cache` first, and one rename makes it valid. Killed before
that, nothing was done; killed after it, `recover` does the rest, at the start of the next command.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routegen.errors import ProjectError

_CACHE = Path(".routegen/cache")
_PENDING = "pending"
_STAGING = "pending-new"
_STEPS = "steps.json"


@dataclass(frozen=True, slots=True)
class Step:
    """A file as it shall be; `content` is None for one that shall be gone. A new file gets `mode`."""

    target: str
    content: bytes | None
    mode: int = 0o666


def carry_out(root: Path, steps: Sequence[Step], *, keep: Iterable[str] = ()) -> None:
    """Do all steps, and remove the folders that became empty.

    Args:
        root: the project; a target must not lead out of it.
        keep: folders that stay, though they are empty.

    Raises:
        ProjectError: a step failed; the tree is as it was.
    """
    cache = root / _CACHE
    try:
        _stage(cache / _STAGING, root, steps, sorted(keep))
        (cache / _STAGING).replace(cache / _PENDING)
    except OSError as error:
        _forget(root, _STAGING)
        raise _failed(root, error) from error
    except BaseException:  # also Ctrl-C
        _forget(root, _STAGING)
        raise
    _finish(root)


def recover(root: Path) -> bool:
    """Finish what a killed command had begun. Tells whether there was something to finish.

    Raises:
        ProjectError: it cannot be finished; it is tried again at the next command.
    """
    if not (root / _CACHE).is_dir():
        return False
    _forget(root, _STAGING)  # it was never valid
    if not (root / _CACHE / _PENDING / _STEPS).is_file():
        _forget(root, _PENDING)  # it was done
        return False
    try:
        _apply(root, contextlib.ExitStack())
    except OSError as error:
        raise ProjectError(
            f"a command that was killed cannot be finished: `{error.filename or root}`: {error.strerror or error}",
            hint="make the folder writable and run the command again",
        ) from error
    _forget(root, _PENDING)
    return True


def inside(root: Path, target: str) -> Path:
    """The file that a target names, where the symlinks of its folders lead, which is in the project.

    Raises:
        ProjectError: it leads out of the project.
    """
    home = root.resolve()
    file = (root / target).parent.resolve() / Path(target).name
    if not file.is_relative_to(home) or file == home or not file.resolve().is_relative_to(home):
        raise ProjectError(
            f"`{target}` leads out of the project, to `{file.resolve()}`",
            hint="remove the symlink in its path",
        )
    return file


def _stage(folder: Path, root: Path, steps: Sequence[Step], keep: list[str]) -> None:
    """Write down everything that is needed to do the steps."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o700)  # one of the files may hold secrets
    rows: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        inside(root, step.target)
        rows.append({"target": step.target, "staged": None if step.content is None else str(number)})
        if step.content is not None:
            _write(folder / str(number), step.content)
            (folder / str(number)).chmod(_mode(inside(root, step.target), step.mode))
    _write(folder / _STEPS, json.dumps({"steps": rows, "keep": keep}).encode())


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _mode(file: Path, mode: int) -> int:
    if file.exists():
        return file.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return mode & ~mask


def _finish(root: Path) -> None:
    """Do the steps that are written down, and strike the journal."""
    with contextlib.ExitStack() as undo:
        try:
            _apply(root, undo)
        except BaseException as error:  # also Ctrl-C
            undo.close()
            _forget(root, _PENDING)
            if isinstance(error, OSError):
                raise _failed(root, error) from error
            raise
        undo.pop_all()
    _forget(root, _PENDING)


def _apply(root: Path, undo: contextlib.ExitStack) -> None:
    """Do the steps that are written down; doing them again changes nothing."""
    pending = root / _CACHE / _PENDING
    journal = json.loads((pending / _STEPS).read_bytes())
    for row in journal["steps"]:
        _do(inside(root, row["target"]), pending / row["staged"] if row["staged"] else None, undo)
    stay = {root.resolve(), *((root / folder).resolve() for folder in journal["keep"])}
    for row in journal["steps"]:
        if row["staged"] is None:
            _remove_empty(inside(root, row["target"]).parent, stay)


def _do(file: Path, staged: Path | None, undo: contextlib.ExitStack) -> None:
    """One step; a staged file that is gone is in its place already."""
    if staged is not None and not staged.exists():
        return
    before = file.read_bytes() if file.exists() else None
    mode = file.stat().st_mode & 0o7777 if before is not None else 0
    if staged is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(file.resolve())
    undo.callback(_restore, file, before, mode)


def _restore(file: Path, before: bytes | None, mode: int) -> None:
    if before is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    file.chmod(mode)


def _remove_empty(folder: Path, stay: set[Path]) -> None:
    """Remove the folder and those above it, as long as nothing but bytecode is in them."""
    while folder not in stay:
        if folder.is_dir():
            if not all(_is_bytecode(entry) for entry in folder.iterdir()):
                return
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
            try:
                folder.rmdir()
            except OSError:  # someone put a file there right now
                return
        folder = folder.parent


def _is_bytecode(entry: Path) -> bool:
    return entry.name == "__pycache__" and entry.is_dir() and not entry.is_symlink()


def _forget(root: Path, name: str) -> None:
    """Remove the journal, and the folders that were made for it."""
    journal = root / _CACHE / name
    (journal / _STEPS).unlink(missing_ok=True)  # first: without it the rest means nothing
    shutil.rmtree(journal, ignore_errors=True)
    for folder in (root / _CACHE, root / _CACHE.parent):
        with contextlib.suppress(OSError):  # it holds something else
            folder.rmdir()


def _failed(root: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"nothing was changed: `{error.filename or root}`: {error.strerror or error}",
        hint="make the folder writable and run the command again",
    )
