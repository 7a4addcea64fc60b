"""Carries out writes and deletions as one step: all or nothing on an error, and after a kill too.

What is to be done is written down below `.routegen/cache` first, and one rename makes it valid. Killed before
that, nothing was done; killed after it, `recover` does the rest, at the start of the next command. Commands that
change a project do so one after the other.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routegen.errors import ConflictError, ProjectError

if sys.platform != "win32":
    import fcntl

_CACHE = Path(".routegen/cache")
_PENDING = "pending"
_STAGING = "pending-new"
_STEPS = "steps.json"
_BESIDE = ".routegen-step"
_PATIENCE = 10.0  # seconds
_held: set[Path] = set()


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
    with alone(root):
        cache = root / _CACHE
        try:
            _stage(cache / _STAGING, root, steps, sorted(keep))
            (cache / _STAGING).replace(cache / _PENDING)
        except BaseException as error:  # also Ctrl-C
            _forget(root, _STAGING)
            if isinstance(error, OSError):
                raise _failed(root, error) from error
            raise
        _finish(root)


@contextlib.contextmanager
def alone(root: Path) -> Generator[bool]:
    """Keep other commands from changing the project meanwhile; what a killed one had begun is finished first.

    Tells whether there was something to finish.

    Raises:
        ConflictError: another command is at work, and takes its time.
        ProjectError: as `recover`.
    """
    with _locked(root, _PATIENCE) as is_ours:
        if not is_ours:
            raise ConflictError(
                f"another routegen command is changing `{root}`", hint="wait until it has ended, or end it"
            )
        yield recover(root)


def recover(root: Path) -> bool:
    """Finish what a killed command had begun. Tells whether there was something to finish.

    A file that was edited since the kill stays as it is.

    Raises:
        ProjectError: it cannot be finished; it is tried again at the next command.
    """
    if not (root / _CACHE.parent).is_dir():
        return False
    with _locked(root, 0) as is_ours:
        return is_ours and _recovered(root)  # whoever holds the lock was not killed


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


@contextlib.contextmanager
def _locked(root: Path, patience: float) -> Generator[bool]:
    """Hold the lock of a project: it lies on the folder itself, needs no file, and ends with the process."""
    home = root.resolve()
    if home in _held or sys.platform == "win32":  # Windows has no lock of that kind
        yield True
        return
    folder = os.open(home, os.O_RDONLY)
    try:
        if not _lock(folder, time.monotonic() + patience):
            yield False
            return
        _held.add(home)
        yield True
    finally:
        _held.discard(home)
        os.close(folder)


def _lock(folder: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        except OSError:  # a file system without locks
            return True
        else:
            return True


def _recovered(root: Path) -> bool:
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


def _stage(folder: Path, root: Path, steps: Sequence[Step], keep: list[str]) -> None:
    """Write down everything that is needed to do the steps."""
    folder.mkdir(parents=True)
    folder.chmod(0o700)  # one of the files may hold secrets
    rows: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        file = inside(root, step.target)
        staged = None if step.content is None else str(number)
        rows.append({"target": step.target, "staged": staged, "before": _digest(_content(file))})
        if step.content is not None:
            _write(folder / str(number), step.content)
            (folder / str(number)).chmod(_mode(file, step.mode))
    _write(folder / _STEPS, json.dumps({"steps": rows, "keep": keep}).encode())


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def _digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


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
    """Do the steps that are written down; doing them again, from wherever it was ended, changes nothing."""
    pending = root / _CACHE / _PENDING
    journal = json.loads((pending / _STEPS).read_bytes())
    for row in journal["steps"]:
        staged = pending / row["staged"] if row["staged"] else None
        _do(inside(root, row["target"]), staged, row["before"], undo)
    stay = {root.resolve(), *((root / folder).resolve() for folder in journal["keep"])}
    for row in journal["steps"]:
        if row["staged"] is None:
            _remove_empty(inside(root, row["target"]).parent, stay)


def _do(file: Path, staged: Path | None, known: str | None, undo: contextlib.ExitStack) -> None:
    """One step; a file that is neither as it was (`known`) nor as it shall be has an owner."""
    file.resolve().with_name(_BESIDE).unlink(missing_ok=True)
    before, after = _content(file), staged.read_bytes() if staged else None
    if _digest(before) != known or before == after:
        return
    mode = file.stat().st_mode & 0o7777 if before is not None else 0
    _make_folder(file.parent, undo)
    undo.callback(_put, file, before, mode)
    _put(file, after, staged.stat().st_mode & 0o7777 if staged else 0)


def _make_folder(folder: Path, undo: contextlib.ExitStack) -> None:
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        undo.callback(_remove_folder, missing)
        missing.mkdir(exist_ok=True)


def _remove_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # someone else put a file there meanwhile
        folder.rmdir()


def _put(file: Path, content: bytes | None, mode: int) -> None:
    """Let a file be of this content, or of the former one if that fails; None removes it."""
    if content is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.resolve().with_name(_BESIDE)  # a rename does not cross the border of a disk
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(content)
        beside.chmod(mode)
        beside.replace(file.resolve())
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


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
