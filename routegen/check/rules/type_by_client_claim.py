"""
# RG304 type-by-client-claim

The extension and the content type of an upload are whatever the client writes; the bytes are what will be opened.

## Finds
An upload that is kept after a test of `file.content_type` or of the name's extension, and of nothing else.

## Leaves alone
Handlers that look at the bytes, or hand them to something that does; files that are not kept.

## Fix
Look at the first bytes too, or let `routegen.uploads.Uploads(types=...)` do both.

```python bad
from pathlib import Path
from uuid import uuid4

from fastapi import HTTPException, UploadFile

EXPOSE = "upload"


def POST(file: UploadFile) -> None:
    if file.size is None or file.size > 1_000_000:
        raise HTTPException(413, "The file is too large")
    if file.content_type not in ("image/png", "image/jpeg"):  # <- RG304
        raise HTTPException(415, "Only images")
    Path(f"uploads/{uuid4().hex}").write_bytes(file.file.read())
```

```python good
from pathlib import Path
from uuid import uuid4

from fastapi import HTTPException, UploadFile

EXPOSE = "upload"


def POST(file: UploadFile) -> None:
    if file.size is None or file.size > 1_000_000:
        raise HTTPException(413, "The file is too large")
    data = file.file.read()
    if file.content_type != "image/png" or not data.startswith(b"\\x89PNG"):
        raise HTTPException(415, "Only PNG images")
    Path(f"uploads/{uuid4().hex}").write_bytes(data)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.upload_types import claimed_type


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report the test of an upload's type that only asks the client."""
    found = claimed_type(handler)
    if found is not None and found[1].function is handler.function:
        yield Report(
            f"`{handler.text(found[0], found[1])}` believes what the client says about its file",
            "look at the first bytes too, or let `routegen.uploads.Uploads(types=...)` do both",
            found[0].span,
        )
