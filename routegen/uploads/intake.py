"""Takes one file in while it arrives: counts it, checks its first bytes, hashes it, writes it in large pieces."""

import asyncio
import dataclasses
from typing import Final

from routegen.uploads.refusals import of_disk, too_large, wrong_content
from routegen.uploads.storage import Storage, Writer
from routegen.uploads.stored import StoredFile, kept_filename, new_id, now
from routegen.uploads.types import HEAD, FileType

_BATCH: Final = 1024 * 1024
"""Bytes that are written at once. Two batches are in memory at most, one filling up while the other is written."""


class Intake:
    """One file on its way in. End it with `finish` or `discard`.

    Args:
        storage: where it goes.
        folder: the prefix of its key.
        filename: what the client calls it.
        extension: the allowed one that this name ends in.
        kind: what a file of this extension must be.
        max_bytes: how large it may be.
    """

    def __init__(
        self, storage: Storage, folder: str, *, filename: str, extension: str, kind: FileType, max_bytes: int
    ) -> None:
        self._storage = storage
        self._extension = extension
        self._kind = kind
        self._max_bytes = max_bytes
        name = f"{new_id()}.{extension}"
        self.key = f"{folder}files/{name}"
        self._file = StoredFile(name, kept_filename(filename), kind.media_type, 0, "", now())
        self._size = 0
        self._pending: list[bytes] = []
        self._waiting = 0
        self._checked = False
        self._writer: Writer | None = None
        self._job: asyncio.Task[None] | None = None

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            HTTPException: 413 above `max_bytes`, 415 when the first bytes are of another kind, 507 on a full disk.
        """
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._pending.append(chunk)
        self._waiting += len(chunk)
        if not self._checked and self._waiting >= HEAD:
            self._check()
        if self._waiting >= _BATCH:
            await self._flush()

    async def finish(self) -> StoredFile:
        """Make the file durable under its name. Raises as `write` does."""
        if not self._checked:
            self._check()
        await self._flush()
        await self._settle()
        assert self._writer is not None
        try:
            await self._writer.commit()
        except OSError as error:
            raise of_disk(error) or error from error
        return dataclasses.replace(self._file, size=self._size, sha256=self._writer.sha256)

    async def discard(self) -> None:
        """Leave nothing of it behind."""
        if self._job is not None:
            await asyncio.wait({self._job})
            if not self._job.cancelled():
                self._job.exception()  # seen: whoever discards has an error of its own
        if self._writer is not None:
            await self._writer.discard()

    def _check(self) -> None:
        head = b"".join(self._pending)[:HEAD]
        if not self._kind.fits(head):
            raise wrong_content(self._extension)
        self._checked = True

    async def _flush(self) -> None:
        """Hand what is pending to the disk; the next batch may arrive meanwhile, the one after it may not."""
        data = b"".join(self._pending)
        self._pending.clear()
        self._waiting = 0
        await self._settle()
        if self._writer is None:
            self._writer = self._storage.begin(self.key, self._file)
        if data:
            self._job = asyncio.create_task(self._writer.write(data))

    async def _settle(self) -> None:
        if self._job is not None:
            job, self._job = self._job, None
            try:
                await asyncio.shield(job)
            except asyncio.CancelledError:
                await asyncio.wait({job})
                raise
            except OSError as error:
                raise of_disk(error) or error from error
