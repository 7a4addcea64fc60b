"""
# RG303 upload-read-whole

An upload that is read whole takes as much memory as it is long, for each request at a time.

## Finds
`await file.read()` without a size, `file.file.read()`, a `bytes` parameter with `File()`, the raw body of an
upload.

## Leaves alone
Reads of a given size; files whose size is compared before.

## Fix
Read in chunks and write each as it comes.

```python bad
from fastapi import UploadFile


async def POST(file: UploadFile) -> int:
    content = await file.read()  # <- RG303
    return check_size(len(content))


def check_size(size: int) -> int:
    if size > 1_000_000:
        raise ValueError("too large")
    return size
```

```python good
from fastapi import HTTPException, UploadFile


async def POST(file: UploadFile) -> int:
    if file.size is None or file.size > 1_000_000:
        raise HTTPException(413, "The file is too large")
    return len(await file.read())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.uploads import file_reads, is_after_measuring, may_be_measured


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first place that takes all bytes at once."""
    reads = [read for read in file_reads(handler) if read.is_whole and not is_after_measuring(read)]
    for read in reads[:1]:
        at = place(read.site, handler) if read.site else read.expression.span
        if may_be_measured(handler):
            return
        is_elsewhere = at != read.expression.span
        yield Report(
            f"the upload is read whole into memory: `{handler.text(read.expression, read.scope)}`",
            "read it in chunks: `while chunk := await file.read(65536)`",
            at,
            [Evidence("read here", read.expression.span, read.scope.module)] if is_elsewhere else [],
        )
