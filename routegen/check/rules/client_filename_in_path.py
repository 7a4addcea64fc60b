"""
# RG301 client-filename-in-path

The name of an uploaded file is whatever the client sends: `../../app/main.py` writes outside the folder.

## Finds
`file.filename`, or a header such as `X-File-Name`, that reaches a path on disk (`open`, `Path.write_bytes`,
`aiofiles.open`, …) as it came, also through variables, text and helpers of the same file.

## Leaves alone
Names that are replaced (`uuid4()`, `secure_filename()`, `Path(name).name`, only the suffix), compared with
an allow-list, or checked by anything that cannot be looked into; names that are only stored or shown.

## Fix
Make the name yourself: `f"{uuid4().hex}{suffix}"` with a suffix from an allow-list.

```python bad
from fastapi import UploadFile


async def POST(file: UploadFile) -> dict[str, str | None]:
    with open(f"uploads/{file.filename}", "wb") as target:  # <- RG301
        target.write(await file.read(1024))
    return {"name": file.filename}
```

```python bad
from pathlib import Path

from fastapi import Request, UploadFile

UPLOADS = Path("uploads")


def save(name: str, data: bytes) -> None:
    (UPLOADS / name).write_bytes(data)  # <- RG301


async def POST(file: UploadFile) -> None:
    name = (file.filename or "unnamed").strip()
    save(name, await file.read(1024))


async def PUT(request: Request) -> None:
    with open("uploads/" + request.headers["x-file-name"], "wb") as target:  # <- RG301
        target.write(await request.body())
```

```python good
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile

UPLOADS = Path("uploads")


async def POST(file: UploadFile) -> dict[str, str | None]:
    suffix = Path(file.filename or "").suffix
    (UPLOADS / f"{uuid4().hex}{suffix}").write_bytes(await file.read(1024))
    return {"name": file.filename}


async def PUT(file: UploadFile) -> None:
    target = (UPLOADS / (file.filename or "unnamed")).resolve()
    if not target.is_relative_to(UPLOADS.resolve()):
        raise ValueError("outside")
    target.write_bytes(await file.read(1024))
```

```python fixed
from uuid import uuid4

from fastapi import UploadFile


async def POST(file: UploadFile) -> dict[str, str | None]:
    with open(f"uploads/{uuid4().hex}", "wb") as target:
        target.write(await file.read(1024))
    return {"name": file.filename}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.paths import named_paths


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report each path that holds a client's file name."""
    for found in named_paths(handler):
        source = found.way[0].expression
        name, call = handler.text(source), handler.text(found.site.call)
        consequence = (
            "a name with `/` breaks it or leaves the folder"
            if found.is_prefixed
            else "`../` in it writes outside the folder"
        )
        yield Report(
            f"the client's file name `{name}` is a part of the path in `{call}`: {consequence}",
            'name the file yourself, for example `f"{uuid4().hex}{suffix}"` with a suffix you allow',
            found.site.call.span,
            [Evidence(f"the name comes from `{name}`", source.span)],
            severity=Severity.WARNING if found.is_prefixed else None,
        )
