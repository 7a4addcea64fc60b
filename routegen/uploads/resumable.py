"""Uploads in pieces that go on after an interruption: tus 1.0, over the same storage, limits and types."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from routegen.uploads import tus
from routegen.uploads.disk import DiskStorage, in_thread
from routegen.uploads.form import declared_length
from routegen.uploads.openapi import begin_schema, piece_schema
from routegen.uploads.pieces import Busy, Facts, Pieces, sweep
from routegen.uploads.refusals import storing, too_large, wrong_content, wrong_type
from routegen.uploads.stored import StoredFile, folder_of, kept_filename, new_id, now, owner_key
from routegen.uploads.types import HEAD
from routegen.uploads.uploads import Uploads
from routegen.uploads.write_behind import WriteBehind

_SWEEP_EVERY: Final = 600.0
_MISMATCH: Final = 460  # tus: Checksum Mismatch


class Resumable:
    """The handlers of one tus endpoint.

    How much has arrived is the size of a file, so a killed process loses nothing that it had. A finished upload is an
    ordinary one of `uploads`: `Content-Location` of the last answer names it.

    Args:
        uploads: what is taken, and where it is kept.
        spool: the folder for unfinished uploads when the storage is a bucket; a storage that is a folder keeps them
            itself. With several hosts it is one that all of them see, or a client stays with one host.
        expires: seconds that an upload may take from its creation.
        max_unfinished: how many unfinished uploads an owner may have; those without an owner count together.
    """

    def __init__(
        self,
        uploads: Uploads,
        spool: str | os.PathLike[str],
        *,
        expires: float = 24 * 3600.0,
        max_unfinished: int = 100,
    ) -> None:
        self.uploads = uploads
        self._spool = Path(spool)
        self._expires = expires
        self._max_unfinished = max_unfinished
        self._swept = 0.0

    def options(self) -> Response:
        """Answer OPTIONS: what this endpoint can do."""
        return Response(None, 204, tus.abilities(self.uploads.max_bytes))

    def begin_schema(self) -> dict[str, Any]:
        """What OpenAPI shows of a handler that calls `create`: `@operation(openapi_extra=…)`."""
        return begin_schema(self.uploads.max_bytes)

    def piece_schema(self) -> dict[str, Any]:
        """What OpenAPI shows of a handler that calls `append`."""
        return piece_schema()

    async def create(self, request: Request, *, owner: object = None) -> Response:
        """Answer POST: begin an upload, with its first piece if the request has one.

        Raises:
            HTTPException: 400, 412, 413 too large or above the owner's quota, 415 another type, 429 too many
                unfinished uploads, 507 disk full.
        """
        tus.check_version(request)
        length = tus.number(request, "Upload-Length")
        if length > self.uploads.max_bytes:
            raise too_large(self.uploads.max_bytes)
        told = tus.metadata(request)
        filename = told.get("filename") or told.get("name") or ""
        types = self.uploads.types
        claimed = types.type_of(filename) if filename else types.type_named(told.get("filetype", ""))
        if claimed is None:
            raise wrong_type(types)
        facts = Facts(
            id=new_id(),
            length=length,
            filename=kept_filename(filename or f"upload.{claimed[0]}"),
            extension=claimed[0],
            metadata=request.headers.get("upload-metadata", ""),
            owner=owner_key(owner),
            expires=time.time() + self._expires,
        )
        pieces = self._pieces(facts.owner)
        await self._sweep()
        await self._check_room(pieces, facts)
        with storing():
            await in_thread(lambda: pieces.create(facts))
        size = 0
        if tus.is_piece(request):
            size = await self._take(request, pieces, facts, 0)
        elif not length:
            await self._check_head(pieces, facts, 0, 0)
        answer = await self._answer(201, pieces, facts, size)
        answer.headers["Location"] = f"{request.url.path.rstrip('/')}/{facts.id}"
        return answer

    async def offset(self, id: str, *, owner: object = None) -> Response:
        """Answer HEAD: how much has arrived. Raises HTTPException (404) when there is no such upload."""
        pieces, facts = await self._find(id, owner)
        size = await in_thread(lambda: pieces.size(id))
        answer = await self._answer(200, pieces, facts, facts.length if size is None else size)
        answer.headers["Upload-Length"] = str(facts.length)
        if facts.metadata:
            answer.headers["Upload-Metadata"] = facts.metadata
        return answer

    async def append(self, id: str, request: Request, *, owner: object = None) -> Response:
        """Answer PATCH: take the next piece; the last one makes the file.

        Raises:
            HTTPException: 404, 409 another offset, 412, 413 more than was announced, 415 another content, 423 while
                another request writes, 460 another checksum.
            ClientDisconnect: the client left; what has arrived is kept.
        """
        tus.check_version(request)
        if not tus.is_piece(request):
            raise tus.refuse(415, f"A piece is sent as `{tus.PIECE}`")
        pieces, facts = await self._find(id, owner)
        size = await self._take(request, pieces, facts, tus.number(request, "Upload-Offset"))
        return await self._answer(204, pieces, facts, size)

    async def end(self, id: str, *, owner: object = None) -> Response:
        """Answer DELETE: give an upload up, also a finished one. Raises HTTPException (404)."""
        pieces, facts = await self._find(id, owner)
        await in_thread(lambda: pieces.remove(id))
        if facts.done:
            with contextlib.suppress(HTTPException):
                await self.uploads.delete(facts.name, owner=facts.owner)
        return Response(None, 204, tus.HEADERS)

    def _root(self) -> Path:
        storage = self.uploads.storage()
        root = storage.root if isinstance(storage, DiskStorage) else self._spool
        return root / f"{self.uploads.prefix}resumable"

    def _pieces(self, owner: str) -> Pieces:
        return Pieces(self._root() / folder_of(owner))

    async def _sweep(self) -> None:
        """Now and then, remove what nobody will finish."""
        if time.monotonic() - self._swept < _SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        for facts in await in_thread(lambda: sweep(self._root())):
            await self.uploads.storage().delete(self._key(facts))

    async def _check_room(self, pieces: Pieces, facts: Facts) -> None:
        unfinished = await in_thread(pieces.unfinished)
        if len(unfinished) >= self._max_unfinished:
            raise tus.refuse(
                429, f"There are {len(unfinished)} unfinished uploads: finish some or give them up"
            )
        announced = sum(other.length for other in unfinished)
        await self.uploads.check_quota(facts.owner, announced + facts.length)

    async def _find(self, id: str, owner: object) -> tuple[Pieces, Facts]:
        pieces = self._pieces(owner_key(owner))
        facts = await in_thread(lambda: pieces.find(id))
        if facts is None or facts.owner != owner_key(owner):
            raise tus.refuse(404, "There is no such upload, or its time is over")
        return pieces, facts

    def _key(self, facts: Facts) -> str:
        return f"{self.uploads.prefix}files/{facts.name}"

    async def _take(self, request: Request, pieces: Pieces, facts: Facts, offset: int) -> int:
        """Write a piece behind what is there. Returns how much there is then."""
        checksum = tus.checksum(request)
        with storing(), contextlib.ExitStack() as stack:
            try:
                descriptor = stack.enter_context(pieces.writing(facts.id))
            except Busy:
                raise tus.refuse(423, "Another request writes to this upload") from None
            except FileNotFoundError:
                raise tus.refuse(409, "The upload is finished") from None
            if offset != os.fstat(descriptor).st_size:
                raise tus.refuse(409, "`Upload-Offset` is not where the upload is")
            if (declared_length(request) or 0) > facts.length - offset:
                raise tus.refuse(413, "The piece is longer than the rest of the upload")
            size = await _write(request, descriptor, offset, facts.length, checksum)
            await self._check_head(pieces, facts, offset, size)
            return size

    async def _check_head(self, pieces: Pieces, facts: Facts, before: int, size: int) -> None:
        if before >= HEAD or (size < HEAD and size < facts.length):
            return
        kind = self.uploads.types.types.get(facts.extension)
        head = await in_thread(lambda: pieces.head(facts.id))
        if kind is None or not kind.fits(head):
            await in_thread(lambda: pieces.remove(facts.id))
            raise wrong_content(facts.extension)

    async def _answer(self, status: int, pieces: Pieces, facts: Facts, size: int) -> Response:
        headers = {**tus.HEADERS, "Upload-Offset": str(size)}
        if size == facts.length:
            await self._finish(pieces, facts)
            headers["Content-Location"] = f"../{facts.name}"
        else:
            headers["Upload-Expires"] = tus.date(facts.expires)
        return Response(None, status, headers)

    async def _finish(self, pieces: Pieces, facts: Facts) -> None:
        """Make the file of it: its digest, the bytes into the storage, then the record, so that there is never a record
        without a file. A process that is killed in between leaves the rest to the next request."""
        if facts.done:
            return
        with storing(), contextlib.ExitStack() as stack:
            try:
                stack.enter_context(pieces.writing(facts.id))
            except Busy:
                return  # another request is about to finish it
            except FileNotFoundError:
                facts = await in_thread(lambda: pieces.find(facts.id)) or facts
                if facts.done:
                    return
            else:
                digest = await in_thread(lambda: pieces.sha256(facts.id))
                facts = dataclasses.replace(facts, sha256=digest)
                await in_thread(lambda: pieces.write(facts))
                file = self._file(facts)
                await self.uploads.storage().adopt(pieces.data(facts.id), self._key(facts), file)
            await self.uploads.keep(self._file(facts), facts.owner)
            await in_thread(lambda: pieces.write(dataclasses.replace(facts, done=True)))

    def _file(self, facts: Facts) -> StoredFile:
        kind = self.uploads.types.types[facts.extension]
        return StoredFile(facts.name, facts.filename, kind.media_type, facts.length, facts.sha256, now())


async def _write(
    request: Request, descriptor: int, offset: int, length: int, checksum: tus.Checksum | None
) -> int:
    """Append a body, in batches. A piece with a checksum counts whole or not at all, any other as far as it came."""
    digest = None if checksum is None else checksum.start()
    behind = WriteBehind(lambda pieces: in_thread(lambda: _append(descriptor, pieces, digest)))
    size = offset
    whole = False
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > length:
                raise tus.refuse(413, "The piece is longer than the rest of the upload")
            await behind.add(chunk)
        whole = True
    finally:
        if whole or checksum is None:
            await behind.drain()
        else:
            await behind.abandon()
            await in_thread(lambda: os.ftruncate(descriptor, offset))
    if checksum is not None and digest is not None and digest.digest() != checksum.digest:
        await in_thread(lambda: os.ftruncate(descriptor, offset))
        raise tus.refuse(_MISMATCH, "The piece is not what its checksum says")
    await in_thread(lambda: os.fsync(descriptor))
    return size


def _append(descriptor: int, pieces: Sequence[memoryview], digest: Any) -> None:
    for piece in pieces:
        if digest is not None:
            digest.update(piece)
        left = piece
        while left:
            left = left[os.write(descriptor, left) :]
