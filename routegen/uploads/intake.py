"""Takes one file in while it arrives: counts it, checks its first bytes, hashes it, writes it in large pieces."""

import dataclasses

from routegen.uploads.refusals import storing, too_large, wrong_content
from routegen.uploads.storage import Storage
from routegen.uploads.stored import StoredFile, kept_filename, new_id, now
from routegen.uploads.types import HEAD, FileType
from routegen.uploads.write_behind import WriteBehind


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
        self._extension = extension
        self._kind = kind
        self._max_bytes = max_bytes
        name = f"{new_id()}.{extension}"
        self.key: str = f"{folder}files/{name}"
        self._file = StoredFile(name, kept_filename(filename), kind.media_type, 0, "", now())
        self._size = 0
        self._head = b""
        self._checked = False
        self._writer = storage.begin(self.key, self._file)
        self._behind = WriteBehind(self._writer.write)

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            HTTPException: 413 above `max_bytes`, 415 when the first bytes are of another kind, 507 on a full disk.
        """
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        if not self._checked:
            self._head += chunk[:HEAD]
            if len(self._head) >= HEAD:
                self._check()
        with storing():
            await self._behind.add(chunk)

    async def finish(self) -> StoredFile:
        """Make the file durable under its name. Raises as `write` does."""
        if not self._checked:
            self._check()
        with storing():
            await self._behind.drain()
            await self._writer.commit()
        return dataclasses.replace(self._file, size=self._size, sha256=self._writer.sha256)

    async def discard(self) -> None:
        """Leave nothing of it behind."""
        await self._behind.abandon()
        await self._writer.discard()

    def _check(self) -> None:
        if not self._kind.fits(self._head[:HEAD]):
            raise wrong_content(self._extension)
        self._checked = True
