"""An upload that arrives in pieces: its facts and its bytes on the disk, which outlive the process."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from routegen.uploads.stored import is_id
from routegen.uploads.types import HEAD

_AGE: Final = 3600.0
"""Seconds that a file is left alone: it may belong to an upload that is just beginning."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class Busy(Exception):
    """Another request is writing to this upload."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an unfinished upload.

    `length` is in bytes, `expires` in seconds since 1970, `metadata` as the client sent it. With `sha256` everything has
    arrived, and the file is on its way into the storage, under the name `<id>.<extension>`; `done` says that it is there.
    """

    id: str
    length: int
    filename: str
    extension: str
    metadata: str
    owner: str
    expires: float
    sha256: str = ""
    done: bool = False

    @property
    def name(self) -> str:
        """Of the file that it becomes."""
        return f"{self.id}.{self.extension}"


class Pieces:
    """The unfinished uploads of one owner, in a folder. Everything here blocks, so it belongs into a thread.

    How much of an upload has arrived is the size of its file and written down nowhere else, so that the two can never
    differ, however the process ends.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, facts: Facts) -> None:
        """Begin an upload."""
        self.folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.data(facts.id), _NEW, 0o640))
        self.write(facts)

    def write(self, facts: Facts) -> None:
        """Keep the facts, whole or not at all."""
        unfinished = self.folder / f"{facts.id}.new"
        with unfinished.open("w") as file:
            json.dump(asdict(facts), file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._facts(facts.id))

    def find(self, id: str) -> Facts | None:
        """The facts; None when there is no such upload, or its time is over."""
        if not is_id(id):
            return None
        try:
            told: dict[str, Any] = json.loads(self._facts(id).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        facts = Facts(**told)
        return facts if facts.expires > time.time() else None

    def size(self, id: str) -> int | None:
        """How many bytes have arrived; None when the file is no longer here, because it is stored."""
        try:
            return self.data(id).stat().st_size
        except FileNotFoundError:
            return None

    def data(self, id: str) -> Path:
        """The file with the bytes."""
        return self.folder / f"{id}.data"

    def remove(self, id: str) -> None:
        """Forget an upload."""
        self._facts(id).unlink(missing_ok=True)
        self.data(id).unlink(missing_ok=True)

    def head(self, id: str) -> bytes:
        """The first bytes."""
        with self.data(id).open("rb") as file:
            return file.read(HEAD)

    def sha256(self, id: str) -> str:
        """The digest of all of it, hexadecimal."""
        with self.data(id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def unfinished(self) -> list[Facts]:
        """The uploads of which something is still to come."""
        found = [self.find(path.stem) for path in self.folder.glob("*.data")]
        return [facts for facts in found if facts is not None]

    @contextlib.contextmanager
    def writing(self, id: str) -> Generator[int]:
        """The file, open at its end, for this request alone; the lock goes with the process.

        Raises:
            Busy: somebody else has it.
            FileNotFoundError: it is stored already.
        """
        descriptor = os.open(self.data(id), os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
        try:
            _lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def _facts(self, id: str) -> Path:
        return self.folder / f"{id}.json"


def sweep(root: Path) -> list[Facts]:
    """Remove the uploads of all owners whose time is over, and files that belong to none.

    Returns:
        Those that were interrupted on their way into the storage: what is there of them has no record.
    """
    stranded: list[Facts] = []
    for path in root.rglob("*.*"):
        with contextlib.suppress(OSError, Busy):
            pieces = Pieces(path.parent)
            if time.time() - path.stat().st_mtime > _AGE and pieces.find(path.stem) is None:
                stranded += _stranded(path)
                with pieces.writing(path.stem) if path.suffix == ".data" else contextlib.nullcontext():
                    path.unlink()
    return stranded


def _stranded(path: Path) -> list[Facts]:
    if path.suffix != ".json" or path.with_suffix(".data").exists():
        return []
    facts = Facts(**json.loads(path.read_bytes()))
    return [facts] if facts.sha256 and not facts.done else []


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # not on Windows, where `O_APPEND` still keeps pieces whole
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy from None
