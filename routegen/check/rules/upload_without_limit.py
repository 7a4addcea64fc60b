"""
# RG302 upload-without-limit

One request with an endless file fills the memory or the disk.

## Finds
The bytes of an upload that are read, copied or written with nothing that compares their size.

## Leaves alone
Handlers that compare `file.size`, a length or a counter, that hand the file to a checker, or that a limiting
dependency or middleware guards; `EXPOSE` and routegen's own `save_upload`.

## Fix
Count the bytes while they come in, and answer 413 above a limit.

```python bad
from fastapi import UploadFile


async def POST(file: UploadFile) -> int:
    lines = 0
    while chunk := await file.read(65536):  # <- RG302
        lines += chunk.count(10)
    return lines
```

```python good
from fastapi import HTTPException, UploadFile

LIMIT = 5_000_000


async def POST(file: UploadFile) -> int:
    size = lines = 0
    while chunk := await file.read(65536):
        size += len(chunk)
        if size > LIMIT:
            raise HTTPException(413, "The file is too large")
        lines += chunk.count(10)
    return lines
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.uploads import file_reads, is_limited


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first place that takes bytes without a limit."""
    reads = file_reads(handler)
    if not reads or is_limited(handler):
        return
    first = reads[0]
    at = place(first.site, handler) if first.site else first.expression.span
    is_elsewhere = at != first.expression.span
    evidence = [Evidence("read here", first.expression.span, first.scope.module)] if is_elsewhere else []
    yield Report(
        f"nothing limits the size of the upload: `{handler.text(first.expression, first.scope)}`",
        "count the bytes while they come in, and answer 413 above a limit",
        at,
        evidence,
    )
