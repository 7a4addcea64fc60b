"""Keeps files in a bucket (S3, Google, Azure) by `obstore`: multipart puts, ranged gets, signed links."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
from starlette.responses import Response

from routegen.respond.disposition import content_disposition
from routegen.uploads.sending import ObjectAnswer
from routegen.uploads.stored import StoredFile

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
        attributes = _attributes(file)

        async def put(source: AsyncIterator[bytes]) -> None:
            await self._store.put_async(
                key, source, attributes=attributes, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
            )

        return ObjectWriter(self, key, put)

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

    async def adopt(self, path: Path, key: str, file: StoredFile) -> None:
        """Copy a file from the disk, and remove it there once it is in the bucket."""
        await self._store.put_async(
            key, path, attributes=_attributes(file), chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
        )
        await anyio.to_thread.run_sync(path.unlink)

    async def link(self, key: str, seconds: int) -> str | None:
        """A signed URL of the bucket."""
        return await self._obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))

    async def _read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        found = await self._store.get_async(key, options={"range": (start, end)})
        async for chunk in found.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)


def _attributes(file: StoredFile) -> dict[str, str]:
    """What the bucket tells those who fetch from it directly."""
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": content_disposition("attachment", file.filename),
    }


class _Discarded(Exception):
    """Ends a put that must not be completed: obstore aborts it in the bucket."""


class ObjectWriter:
    """One object on its way into the bucket: a put that reads what `write` hands over, one piece at a time."""

    def __init__(
        self, storage: ObjectStorage, key: str, put: Callable[[AsyncIterator[bytes]], Awaitable[Any]]
    ) -> None:
        self._storage = storage
        self._key = key
        self._put = put
        self._digest = hashlib.sha256()
        self._pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(1)
        self._task: asyncio.Task[None] | None = None

    @property
    def sha256(self) -> str:
        """The digest of what was written."""
        return self._digest.hexdigest()

    async def write(self, pieces: Sequence[memoryview]) -> None:
        """Hand on to the bucket. Raises what went wrong there, as soon as it is known."""
        data = b"".join(pieces)
        await anyio.to_thread.run_sync(self._digest.update, data)
        await self._hand_over(data)

    async def commit(self) -> None:
        """Complete the put: now the object exists."""
        await self._hand_over(None)
        await self._running()

    async def discard(self) -> None:
        """Abort the put, and remove the object should it exist."""
        if self._task is None:
            return
        with contextlib.suppress(Exception):
            await self._hand_over(_Discarded())
            await self._task
        await self._storage.delete(self._key)

    async def _hand_over(self, piece: bytes | Exception | None) -> None:
        running = self._running()
        handing = asyncio.ensure_future(self._pieces.put(piece))
        try:
            await asyncio.wait({running, handing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            handing.cancel()
        if running.done():
            running.result()

    def _running(self) -> asyncio.Task[None]:
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return self._task

    async def _run(self) -> None:
        await self._put(self._source())

    async def _source(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece
