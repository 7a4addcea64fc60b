"""Files that clients send: taken while they arrive, kept under names of our own, given back, listed and deleted."""

import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import anyio
from fastapi import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from routegen.respond.answers import redirect
from routegen.uploads.form import Part, declared_length, steps
from routegen.uploads.intake import Intake
from routegen.uploads.openapi import form_schema, raw_schema
from routegen.uploads.reading import MAX_FIELD, Reading
from routegen.uploads.refusals import missing, not_found, over_quota, storing, too_large, wrong_type
from routegen.uploads.storage import Storage
from routegen.uploads.stored import Record, StoredFile, folder_of, is_name, owner_key
from routegen.uploads.types import DEFAULT, AllowList, FileType

_AROUND: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """What a multipart form held: its files, stored, and its text fields by name, in the order they came."""

    files: tuple[StoredFile, ...]
    fields: dict[str, list[str]]


class Uploads:
    """One kind of uploads: where they are kept and what is taken.

    A file that is answered with 201 is on the disk, whole and synced; of one that is not, nothing is left. The name of
    the client is never part of a path. Everything here runs on the event loop and does its slow work in threads.

    Args:
        storage: gives the storage, each time it is needed: `open_storage(url)`.
        folder: a part of the storage of its own, below its top; for several kinds in one place.
        max_bytes: of one file.
        types: what is taken, by media type (`application/pdf`), range (`image/*`) or extension (`.zip`). The
            extension of the client's name and the first bytes of the file must both say so.
        max_files: in one form.
        max_fields: text fields in one form, of 64 KiB at most.
        quota: bytes that one owner may keep here (those of files without an owner count together); None for no limit.
            Uploads that end at the same moment may pass it by their own size.

    Raises:
        ValueError: a type that is not known, or a limit below 1.
    """

    def __init__(
        self,
        storage: Callable[[], Storage],
        folder: str = "",
        *,
        max_bytes: int = 10 * 1024 * 1024,
        types: str | Iterable[str] = DEFAULT,
        max_files: int = 1,
        max_fields: int = 20,
        quota: int | None = None,
    ) -> None:
        if max_bytes < 1 or max_files < 1 or max_fields < 0:
            raise ValueError("an upload takes at least one file of at least one byte")
        self.storage = storage
        self.prefix: str = f"{folder}/" if folder else ""
        self.max_bytes = max_bytes
        self.types: AllowList = AllowList(types)
        self.max_files = max_files
        self.max_fields = max_fields
        self.quota = quota

    @property
    def max_body(self) -> int:
        """Bytes of a whole request, for `@operation(max_body_size=…)`: the files and the form around them."""
        return self.max_bytes * self.max_files + _AROUND + min(self.max_fields, 16) * MAX_FIELD

    def form_schema(self, field: str = "file") -> dict[str, Any]:
        """What OpenAPI shows of a handler that calls `receive`: `@operation(openapi_extra=…)`."""
        return form_schema(field, several=self.max_files > 1)

    def raw_schema(self) -> dict[str, Any]:
        """What OpenAPI shows of a handler that calls `receive_raw`."""
        return raw_schema(["application/octet-stream"])

    async def receive(self, request: Request, field: str = "file", *, owner: object = None) -> StoredFile:
        """Take the one file of a multipart form.

        Args:
            request: its body must not have been read.
            field: the name of the form's field; parts of other names are read over.
            owner: whose the file will be: a user, a principal, anything with an `id`, a text; None for nobody's.

        Raises:
            HTTPException: 400 malformed or cut off, 413 too large or above the owner's quota, 415 another type, 422 no
                such file, 507 disk full.
            ClientDisconnect: the client left; nothing of the file is kept.
        """
        form = await self._receive(request, field, 1, owner)
        if not form.files:
            raise missing(field)
        return form.files[0]

    async def receive_form(self, request: Request, *, owner: object = None) -> Form:
        """Take all files of a multipart form, up to `max_files`, and its text fields: all of them or none.

        Raises as `receive` does.
        """
        return await self._receive(request, None, self.max_files, owner)

    async def receive_raw(self, request: Request, filename: str = "", *, owner: object = None) -> StoredFile:
        """Take a body that is the file itself (`curl -T photo.png`).

        Args:
            request: its body must not have been read.
            filename: what the client calls it; when empty, the content type tells the extension.
            owner: as in `receive`.

        Raises as `receive` does.
        """
        declared = declared_length(request)
        if declared is not None and declared > self.max_bytes:
            raise too_large(self.max_bytes)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        claimed = self.types.type_of(filename) if filename else self.types.type_named(media_type)
        if claimed is None:
            raise wrong_type(self.types)
        await self.check_quota(owner, declared or 1)
        intake = self._intake(filename or f"upload.{claimed[0]}", claimed)
        async with _all_or_nothing([intake]):
            size = 0
            async for chunk in request.stream():
                if chunk:
                    size += len(chunk)
                    await intake.write(chunk)
            if declared is not None and size != declared:
                raise HTTPException(400, "The body is shorter than its Content-Length")
            if not size:
                raise HTTPException(422, "The body is empty")
            [file] = await self._keep([intake], owner)
            return file

    async def find(self, name: str) -> StoredFile | None:
        """The facts of a stored file; None when there is none of that name, whatever text it is."""
        record = await self._record(name)
        return None if record is None else record.file

    async def answer(
        self, name: str, *, download: bool | None = True, presign: int | None = None
    ) -> Response:
        """Send a stored file, under the name its client gave it.

        Args:
            name: as `receive` answered it; any other text is 404.
            download: True saves it, None shows what a browser can show without running it, as `respond.file` does.
            presign: answer with a redirect to a signed URL of the bucket, valid for so many seconds, so that the bytes
                do not pass this server; a folder has none and sends the file itself.

        Raises:
            HTTPException: 404.
        """
        record = await self._record(name)
        if record is None:
            raise not_found()
        key, storage = f"{self.prefix}files/{name}", self.storage()
        if presign is not None and (url := await storage.link(key, presign)):
            return redirect(url, 307, headers={"Cache-Control": "no-store"})
        return storage.answer(key, record.file, download=download)

    async def delete(self, name: str, *, owner: object = None) -> None:
        """Delete a stored file.

        Raises:
            HTTPException: 404 when there is none, or it is not `owner`'s.
        """
        record = await self._record(name)
        if record is None or record.owner != owner_key(owner):
            raise not_found()
        await self._forget(record)

    async def files(
        self, *, owner: object = None, limit: int = 100, before: str | None = None
    ) -> list[StoredFile]:
        """An owner's files, newest first.

        Args:
            owner: as it was given to `receive`.
            limit: how many at most.
            before: the name of the last one of the page before.
        """
        names = [name for name, _ in await self._listed(owner_key(owner))]
        wanted = [name for name in sorted(names, reverse=True) if not before or name < before]
        found = [await self.find(name) for name in wanted[:limit]]
        return [file for file in found if file is not None]

    async def check_quota(self, owner: object, more: int) -> None:
        """Raises HTTPException (413) when an owner would keep more than `quota` with so many bytes more."""
        if self.quota is not None:
            used = sum(size for _, size in await self._listed(owner_key(owner)))
            if used + more > self.quota:
                raise over_quota(self.quota, used)

    def claim(self, filename: str) -> tuple[str, FileType]:
        """The extension and the kind of a client's file name. Raises HTTPException (415) for none that is taken."""
        claimed = self.types.type_of(filename)
        if claimed is None:
            raise wrong_type(self.types)
        return claimed

    async def keep(self, file: StoredFile, owner: object) -> None:
        """Record a file that lies in the storage: from now on it exists. Raises HTTPException (507)."""
        record = Record(file, owner_key(owner))
        storage = self.storage()
        try:
            with storing():
                await storage.put(self._places(record)[0], record.encode())
                await storage.put(self._places(record)[1], b"")
        except BaseException:
            with anyio.CancelScope(shield=True):
                await storage.delete(*self._places(record))
            raise

    async def _receive(self, request: Request, field: str | None, max_files: int, owner: object) -> Form:
        await self.check_quota(owner, 1)
        reading = Reading(self.intake_of, field, max_files=max_files, max_fields=self.max_fields)
        async with _all_or_nothing(reading.intakes):
            async for step in steps(request, max_parts=self.max_files + self.max_fields):
                if isinstance(step, Part):
                    reading.begin(step)
                elif step is not None:
                    await reading.take(step)
            texts = reading.texts()
            return Form(await self._keep(reading.intakes, owner), texts)

    def _intake(self, filename: str, claimed: tuple[str, FileType]) -> Intake:
        extension, kind = claimed
        return Intake(
            self.storage(),
            self.prefix,
            filename=filename,
            extension=extension,
            kind=kind,
            max_bytes=self.max_bytes,
        )

    def intake_of(self, filename: str) -> Intake:
        """A file that begins to arrive. Raises HTTPException (415) for a name of another type."""
        return self._intake(filename, self.claim(filename))

    async def _keep(self, intakes: Sequence[Intake], owner: object) -> tuple[StoredFile, ...]:
        kept: list[StoredFile] = []
        try:
            for intake in intakes:
                file = await intake.finish()
                await self.check_quota(owner, file.size)
                await self.keep(file, owner)
                kept.append(file)
        except BaseException:
            with anyio.CancelScope(shield=True):
                for file in kept:
                    await self._forget(Record(file, owner_key(owner)))
            raise
        return tuple(kept)

    async def _record(self, name: str) -> Record | None:
        if not is_name(name):
            return None
        data = await self.storage().get(f"{self.prefix}records/{name}.json")
        return None if data is None else Record.decode(data)

    async def _forget(self, record: Record) -> None:
        """The record first: a file without one does not exist."""
        await self.storage().delete(*self._places(record), f"{self.prefix}files/{record.file.name}")

    def _places(self, record: Record) -> tuple[str, str]:
        """The keys of a record, and of the entry that lists it among its owner's, with its size in its name."""
        name = record.file.name
        entry = f"{self.prefix}{folder_of(record.owner)}/{name}.{record.file.size}"
        return f"{self.prefix}records/{name}.json", entry

    async def _listed(self, owner: str) -> list[tuple[str, int]]:
        """The names and sizes of an owner's files."""
        entries = await self.storage().names(self.prefix + folder_of(owner))
        parts = [entry.rpartition(".") for entry in entries]
        return [(name, int(size)) for name, _, size in parts if is_name(name) and size.isdecimal()]


@contextlib.asynccontextmanager
async def _all_or_nothing(intakes: Sequence[Intake]) -> AsyncGenerator[None]:
    """Whatever ends the block early leaves nothing of any file."""
    try:
        yield
    except BaseException:
        with anyio.CancelScope(shield=True):
            for intake in intakes:
                await intake.discard()
        raise
