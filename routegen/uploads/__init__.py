"""Uploads: files are taken while they arrive, checked, kept whole or not at all, and given back.

    Uploads          one kind of uploads: what is taken, and where it is kept
    open_storage     a folder or a bucket, by its URL: a `Storage`
    FileAnswer       what it is answered with, for `@operation(response_class=…)`
    StoredFile       what a handler answers about a file that was taken
    StoredName       a path parameter for the name of one
    sample_file      a name and a content that are taken, for tests
    Form             the files and text fields of a form
    Resumable        the same, in pieces and after interruptions (tus 1.0)

Names are resolved on first use (PEP 562): a project without uploads does not load what takes them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.uploads.openapi import FileAnswer
    from routegen.uploads.resumable import Resumable
    from routegen.uploads.storage import Storage, open_storage
    from routegen.uploads.stored import StoredFile, StoredName
    from routegen.uploads.types import sample_file
    from routegen.uploads.uploads import Form, Uploads

_HOME = {
    "FileAnswer": "openapi",
    "Form": "uploads",
    "Resumable": "resumable",
    "Storage": "storage",
    "StoredFile": "stored",
    "StoredName": "stored",
    "Uploads": "uploads",
    "open_storage": "storage",
    "sample_file": "types",
}

__all__ = [
    "FileAnswer",
    "Form",
    "Resumable",
    "Storage",
    "StoredFile",
    "StoredName",
    "Uploads",
    "open_storage",
    "sample_file",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
