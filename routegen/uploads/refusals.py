"""The ways an upload is refused, each with its status and a sentence for the caller."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from fastapi import HTTPException

from routegen.uploads.types import AllowList

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def too_large(max_bytes: int) -> HTTPException:
    """413: one file has too many bytes."""
    return HTTPException(413, f"The file has more than {max_bytes} bytes")


def over_quota(quota: int, used: int) -> HTTPException:
    """413: the owner keeps too much already."""
    return HTTPException(
        413, f"Your files may have {quota} bytes together, and have {used}: delete some first"
    )


def too_much(what: str) -> HTTPException:
    """413: too many or too large parts, fields or headers."""
    return HTTPException(413, f"The form has {what}")


def wrong_type(allowed: AllowList) -> HTTPException:
    """415: an extension that is not taken."""
    return HTTPException(415, f"Files of this type are not taken, only {allowed}")


def wrong_content(extension: str) -> HTTPException:
    """415: the bytes are not what the name says."""
    return HTTPException(415, f"The content of the file is not that of a `.{extension}` file")


def malformed(reason: str) -> HTTPException:
    """400: no multipart body, or not a whole one."""
    return HTTPException(400, f"The multipart body is malformed: {reason}")


def missing(field: str) -> HTTPException:
    """422: no file where one was wanted."""
    return HTTPException(422, f"The form has no file in the field `{field}`")


def not_found() -> HTTPException:
    """404: no such file, or somebody else's."""
    return HTTPException(404, "File not found")


@contextmanager
def storing() -> Generator[None]:
    """507 where the disk turns out to be full, which is nobody's mistake in the code."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise HTTPException(507, "There is no space left for the file") from error
        raise
