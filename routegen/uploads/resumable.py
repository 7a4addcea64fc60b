"""Uploads in pieces that go on after an interruption: tus 1.0, over the same storage, limits and types."""

import contextlib
import dataclasses
import os
import time
from pathlib import Path
from typing import Any, Final

from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from routegen.uploads import tus
from routegen.uploads.disk import DiskStorage, in_thread
from routegen.uploads.form import declared_length
from routegen.uploads.pieces import Busy, Facts, Pieces
from routegen.uploads.refusals import of_disk, too_large, wrong_content, wrong_type
from routegen.uploads.stored import StoredFile, kept_filename, new_id, now, owner_key
from routegen.uploads.types import HEAD
from routegen.uploads.uploads import Uploads

_BATCH: Final = 1024 * 1024
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
    """

    def __init__(
        self, uploads: Uploads, spool: str | os.PathLike[str], *, expires: float = 24 * 3600.0
    ) -> None:
        self.uploads = uploads
        self._spool = Path(spool)
        self._expires = expires
        self._swept = 0.0

    def options(self) -> Response:
        """Answer OPTIONS: what this endpoint can do."""
        return Response(None, 204, tus.abilities(self.uploads.max_bytes))

    async def create(self, request: Request, *, owner: object = None) -> Response:
        """Answer POST: begin an upload, with its first piece if the request has one.

        Raises:
            HTTPException: 400, 412, 413 too large, 415 another type.
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
        pieces = self._pieces()
        await in_thread(lambda: self._begin(pieces, facts))
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
                await self.uploads.delete(_name(facts), owner=facts.owner)
        return Response(None, 204, tus.HEADERS)

    def _pieces(self) -> Pieces:
        storage = self.uploads.storage()
        root = storage.root if isinstance(storage, DiskStorage) else self._spool
        return Pieces(root / f"{self.uploads.prefix}resumable")

    def _begin(self, pieces: Pieces, facts: Facts) -> None:
        if time.monotonic() - self._swept > _SWEEP_EVERY:
            self._swept = time.monotonic()
            pieces.sweep()
        pieces.create(facts)

    async def _find(self, id: str, owner: object) -> tuple[Pieces, Facts]:
        pieces = self._pieces()
        facts = await in_thread(lambda: pieces.find(id))
        if facts is None or facts.owner != owner_key(owner):
            raise tus.refuse(404, "There is no such upload, or its time is over")
        return pieces, facts

    async def _take(self, request: Request, pieces: Pieces, facts: Facts, offset: int) -> int:
        """Write a piece behind what is there. Returns how much there is then."""
        checksum = tus.checksum(request)
        with contextlib.ExitStack() as stack:
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
            headers["Content-Location"] = f"../{_name(facts)}"
        else:
            headers["Upload-Expires"] = tus.date(facts.expires)
        return Response(None, status, headers)

    async def _finish(self, pieces: Pieces, facts: Facts) -> None:
        """Make the file of it; done again from the start when a process was killed in the middle."""
        if facts.done:
            return
        name = _name(facts)
        key = f"{self.uploads.prefix}files/{name}"
        storage = self.uploads.storage()
        if not isinstance(await in_thread(lambda: pieces.size(facts.id)), int):
            return  # another request is about to finish it
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(pieces.writing(facts.id))
            except (Busy, FileNotFoundError):
                return
            digest = await in_thread(lambda: pieces.sha256(facts.id))
            kind = self.uploads.types.types[facts.extension]
            file = StoredFile(name, facts.filename, kind.media_type, facts.length, digest, now())
            await self.uploads.keep(key, file, facts.owner)
            await storage.adopt(pieces.data(facts.id), key, file)
            await in_thread(lambda: pieces.write(dataclasses.replace(facts, done=True)))


def _name(facts: Facts) -> str:
    return f"{facts.id}.{facts.extension}"


async def _write(
    request: Request, descriptor: int, offset: int, length: int, checksum: tus.Checksum | None
) -> int:
    """Append a body, in batches. A piece with a checksum counts whole or not at all, any other as far as it came."""
    digest = None if checksum is None else checksum.start()
    size, pending = offset, bytearray()
    whole = False
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > length:
                raise tus.refuse(413, "The piece is longer than the rest of the upload")
            pending += chunk
            if len(pending) >= _BATCH:
                await _flush(descriptor, pending, digest)
        whole = True
    finally:
        if whole or checksum is None:
            await _flush(descriptor, pending, digest)
        else:
            await in_thread(lambda: os.ftruncate(descriptor, offset))
    if checksum is not None and digest is not None and digest.digest() != checksum.digest:
        await in_thread(lambda: os.ftruncate(descriptor, offset))
        raise tus.refuse(_MISMATCH, "The piece is not what its checksum says")
    await in_thread(lambda: os.fsync(descriptor))
    return size


async def _flush(descriptor: int, pending: bytearray, digest: Any) -> None:
    data = bytes(pending)
    pending.clear()

    def write() -> None:
        if digest is not None:
            digest.update(data)
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]

    try:
        await in_thread(write)
    except OSError as error:
        raise of_disk(error) or error from error
