"""Keeps files in a folder: temporary name, fsync, rename, so that a file is whole or not there."""

import asyncio
import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import anyio.to_thread
from starlette.responses import Response

from routegen.respond.files import file as file_answer
from routegen.uploads.stored import NO_FILE, StoredFile, new_id

_UNFINISHED: Final = "incoming"
_STALE: Final = 24 * 3600.0
"""Seconds after which an unfinished file belongs to a process that is gone."""
_FLUSH_EVERY: Final = 8 * 1024 * 1024
_NEW: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
_T = TypeVar("_T")


class DiskStorage:
    """A folder; it is made when it is first written to.

    Args:
        root: an absolute path, outside the code.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root: Path = Path(root)
        self._swept = False

    def begin(self, key: str, file: StoredFile) -> "DiskWriter":
        """A new file, under a temporary name as soon as something is written."""
        return DiskWriter(self.root / _UNFINISHED / f"{new_id()}.part", self.root / key, self._prepare)

    async def put(self, key: str, data: bytes) -> None:
        """Write a small file."""

        writer = self.begin(key, NO_FILE)

        def put() -> None:
            try:
                writer.append(data)
                writer.finish()
            finally:
                writer.remove_unfinished()

        await in_thread(put)

    async def get(self, key: str) -> bytes | None:
        """Read a small file."""
        path = self.root / key

        def get() -> bytes | None:
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

        return await in_thread(get)

    async def delete(self, *keys: str) -> None:
        """Remove files."""

        def delete() -> None:
            for key in keys:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    (self.root / key).unlink()

        await in_thread(delete)

    async def names(self, folder: str) -> list[str]:
        """What a folder holds."""

        def names() -> list[str]:
            try:
                return [path.name for path in (self.root / folder).iterdir()]
            except (FileNotFoundError, NotADirectoryError):
                return []

        return await in_thread(names)

    def answer(self, key: str, file: StoredFile, *, download: bool | None) -> Response:
        """Send a file from the disk."""
        return file_answer(
            key, root=self.root, filename=file.filename, download=download, media_type=file.media_type
        )

    async def adopt(self, path: Path, key: str, file: StoredFile) -> None:
        """Take over a file that is on the disk already, by a rename."""

        def adopt() -> None:
            with path.open("rb") as opened:
                os.fsync(opened.fileno())
            final = self.root / key
            final.parent.mkdir(parents=True, exist_ok=True)
            path.rename(final)
            _fsync_folder(final.parent)

        await in_thread(adopt)

    async def link(self, key: str, seconds: int) -> str | None:
        """A folder has no URLs."""
        return None

    def _prepare(self) -> None:
        unfinished = self.root / _UNFINISHED
        unfinished.mkdir(parents=True, exist_ok=True)
        if not self._swept:
            self._swept = True
            _sweep(unfinished)


class DiskWriter:
    """One new file. What it does to the disk runs in threads."""

    def __init__(self, unfinished: Path, final: Path, prepare: Callable[[], None]) -> None:
        self._unfinished = unfinished
        self._final = final
        self._prepare = prepare
        self._digest = hashlib.sha256()
        self._descriptor: int | None = None
        self._written = 0
        self._flushed = 0

    @property
    def sha256(self) -> str:
        """The digest of what was written."""
        return self._digest.hexdigest()

    async def write(self, pieces: Sequence[memoryview]) -> None:
        """Append, and add to the digest."""

        def write() -> None:
            for piece in pieces:
                self.append(piece)

        await in_thread(write)

    async def commit(self) -> None:
        """Force the bytes onto the disk, then let the file appear under its name."""
        await in_thread(self.finish)

    async def discard(self) -> None:
        """Remove the file, finished or not."""

        def discard() -> None:
            self.remove_unfinished()
            self._final.unlink(missing_ok=True)

        await in_thread(discard)

    def append(self, data: bytes | memoryview) -> None:
        """Write all of it; blocks."""
        descriptor = self._open()
        self._digest.update(data)
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        self._written += len(data)
        if self._written - self._flushed >= _FLUSH_EVERY:
            self._flushed = _start_to_flush(descriptor, self._flushed, self._written)

    def finish(self) -> None:
        """Make the file durable and rename it; blocks. Of an empty one there is only the name, which its folder keeps."""
        descriptor = self._open()
        if self._written:
            os.fsync(descriptor)
        self._close()
        self._final.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.rename(self._final)
        _fsync_folder(self._final.parent)

    def remove_unfinished(self) -> None:
        """Remove what has not been renamed yet; blocks."""
        self._close()
        self._unfinished.unlink(missing_ok=True)

    def _open(self) -> int:
        if self._descriptor is None:
            self._prepare()
            self._descriptor = os.open(self._unfinished, _NEW, 0o640)
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


async def in_thread(function: Callable[[], _T]) -> _T:
    """Run to the end even when the caller is cancelled: nobody may close a file that a thread still writes to."""
    step = asyncio.ensure_future(anyio.to_thread.run_sync(function))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait({step})
        raise


def _start_to_flush(descriptor: int, start: int, end: int) -> int:
    """Let the kernel write these bytes to the disk now, in the background, so that the fsync at the end finds little
    to do. This is what POSIX_FADV_DONTNEED does first on Linux; it is a hint, and missing on other systems."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)
    return end


def _fsync_folder(folder: Path) -> None:
    """A rename is durable once its folder is (rename(2)); where folders cannot be opened, it is as good as it gets."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed have left."""
    oldest = time.time() - _STALE
    for path in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
