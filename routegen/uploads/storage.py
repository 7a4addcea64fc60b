"""Where files are kept: a folder or a bucket, named by a URL, behind one small set of operations."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from starlette.responses import Response

from routegen.uploads.stored import StoredFile

_BUCKETS: Final = frozenset({"s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss"})


class Writer(Protocol):
    """One file that is being written: it appears with `commit`, whole, or leaves nothing behind."""

    async def write(self, pieces: Sequence[memoryview]) -> None:
        """Append them; their memory is the caller's again afterwards."""
        ...

    async def commit(self) -> None:
        """Make the file durable and let it appear."""
        ...

    async def discard(self) -> None:
        """Remove what was written; after `commit` too."""
        ...

    @property
    def sha256(self) -> str:
        """The digest of what was written, hexadecimal."""
        ...


class Storage(Protocol):
    """Files by key: a relative path of safe characters, with `/` between its parts."""

    def begin(self, key: str, file: StoredFile) -> Writer:
        """A writer, before anything is written; `file` says what it will be (its size and digest are not known yet)."""
        ...

    async def put(self, key: str, data: bytes) -> None:
        """Write a small file at once, whole and durable."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Read a small file; None when there is none."""
        ...

    async def delete(self, *keys: str) -> None:
        """Remove files; those that do not exist are no error."""
        ...

    async def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, in no order."""
        ...

    def answer(self, key: str, file: StoredFile, *, download: bool | None) -> Response:
        """Send a file: ranges, conditions and HEAD as RFC 9110 has them."""
        ...

    async def adopt(self, path: Path, key: str, file: StoredFile) -> None:
        """Take over a file of this host: it appears under its key, whole, and is gone from its place."""
        ...

    async def link(self, key: str, seconds: int) -> str | None:
        """A URL that lets its bearer fetch the file for a while; None where there is no such thing."""
        ...


@cache
def open_storage(url: str) -> Storage:
    """The storage that a URL names.

    Args:
        url: `file:///absolute/folder`, or a bucket: `s3://bucket/prefix` (Amazon, MinIO, …), `gs://bucket/prefix`,
            `az://container/prefix`. Credentials, region and endpoint come from the environment, by the names that
            the provider's own tools read (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …).

    Raises:
        ValueError: another scheme, or a folder that is not absolute.
        ModuleNotFoundError: a bucket, and `obstore` is not installed.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and parts.netloc in {"", "localhost"}:
        from routegen.uploads.disk import DiskStorage

        return DiskStorage(unquote(parts.path))
    if parts.scheme in _BUCKETS and parts.netloc:
        from routegen.uploads.objects import ObjectStorage

        return ObjectStorage(url)
    raise ValueError(
        f"`{parts.scheme}:` names no storage: `file:///folder`, `s3://bucket`, `gs://…` or `az://…`"
    )
