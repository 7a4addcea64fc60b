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

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class Busy(Exception):
    """Another request is writing to this upload."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an unfinished upload.

    `length` is in bytes, `expires` in seconds since 1970, `metadata` as the client sent it. `done` says that the file
    is stored, under the name `<id>.<extension>`.
    """

    id: str
    length: int
    filename: str
    extension: str
    metadata: str
    owner: str
    expires: float
    done: bool = False


class Pieces:
    """The unfinished uploads in one folder. Everything here blocks, so it belongs into a thread.

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

    def sweep(self) -> None:
        """Remove the uploads whose time is over, and files that belong to none."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(OSError, Busy):
                aged = time.time() - path.stat().st_mtime > 3600
                if aged and self.find(path.stem) is None:
                    with self.writing(path.stem) if path.suffix == ".data" else contextlib.nullcontext():
                        path.unlink()

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


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ModuleNotFoundError:  # not on Windows, where `O_APPEND` still keeps pieces whole
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy from None
