"""Keeps files in a bucket (S3, Google, Azure) by `obstore`: multipart puts, ranged gets, signed links."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
from starlette.responses import Response

from routegen.respond.disposition import content_disposition
from routegen.uploads.sending import ObjectAnswer
from routegen.uploads.stored import StoredFile

if TYPE_CHECKING:
    from obstore import AsyncWritableFile

_PART: Final = 8 * 1024 * 1024
"""Bytes of one part of a multipart put; S3 takes 10,000 of them, so files of up to 80 GB."""
_PARTS_AT_ONCE: Final = 2
_CHUNK: Final = 256 * 1024


class ObjectStorage:
    """A bucket, or what lies under a prefix of it.

    A put that a killed process has left unfinished is invisible; a lifecycle rule of the bucket ("abort incomplete
    multipart uploads") ends its costs.

    Args:
        url: as `open_storage` takes it.

    Raises:
        ModuleNotFoundError: `obstore` is not installed: `pip install 'routegen[s3]'`.
    """

    def __init__(self, url: str) -> None:
        try:
            import obstore
            from obstore.store import from_url
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"uploads in `{url.partition(':')[0]}:` need obstore: pip install 'routegen[s3]'"
            ) from error
        self._obstore = obstore
        self._store: Any = from_url(url)

    def begin(self, key: str, file: StoredFile) -> "ObjectWriter":
        """Start a multipart put; the bucket knows the type and the name to save under."""
        attributes = {
            "Content-Type": file.media_type,
            "Content-Disposition": content_disposition("attachment", file.filename),
        }
        writer = self._obstore.open_writer_async(
            self._store, key, attributes=attributes, buffer_size=_PART, max_concurrency=_PARTS_AT_ONCE
        )
        return ObjectWriter(self, key, writer)

    async def put(self, key: str, data: bytes) -> None:
        """Write a small object."""
        await self._store.put_async(key, data, use_multipart=False)

    async def get(self, key: str) -> bytes | None:
        """Read a small object."""
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def delete(self, *keys: str) -> None:
        """Remove objects."""
        for key in keys:
            try:
                await self._store.delete_async(key)
            except FileNotFoundError:
                continue

    async def names(self, folder: str) -> list[str]:
        """What lies directly under a prefix."""
        found: list[str] = []
        async for batch in self._store.list_async(prefix=f"{folder}/"):
            found += [row["path"].rpartition("/")[2] for row in batch]
        return found

    def answer(self, key: str, file: StoredFile, *, download: bool | None) -> Response:
        """Send an object through this server."""
        return ObjectAnswer(file, lambda start, end: self._read(key, start, end), download=download)

    async def link(self, key: str, seconds: int) -> str | None:
        """A signed URL of the bucket."""
        return await self._obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))

    async def _read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        found = await self._store.get_async(key, options={"range": (start, end)})
        async for chunk in found.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)


class ObjectWriter:
    """One object on its way into the bucket."""

    def __init__(self, storage: ObjectStorage, key: str, writer: "AsyncWritableFile") -> None:
        self._storage = storage
        self._key = key
        self._writer: AsyncWritableFile | None = writer
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of what was written."""
        return self._digest.hexdigest()

    async def write(self, data: bytes) -> None:
        """Hand on to the bucket, a part at a time."""
        assert self._writer is not None
        await anyio.to_thread.run_sync(self._digest.update, data)
        await self._writer.write(data)

    async def commit(self) -> None:
        """Complete the put: now the object exists."""
        assert self._writer is not None
        await self._writer.close()

    async def discard(self) -> None:
        """Leave the put incomplete, and remove the object should it exist."""
        self._writer = None
        await self._storage.delete(self._key)
