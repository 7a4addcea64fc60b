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
from pathlib import Path

from fastapi import UploadFile


def POST(file: UploadFile) -> dict[str, str | None]:
    Path(f"uploads/{file.filename}").touch()  # <- RG301
    return {"name": file.filename}
```

```python fixed
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile


def POST(file: UploadFile) -> dict[str, str | None]:
    stored_name = uuid4().hex + Path(file.filename or "").suffix
    Path(f"uploads/{stored_name}").touch()
    return {"name": stored_name}
```

```python bad
from pathlib import Path

from fastapi import UploadFile

UPLOADS = Path("uploads")


def make(name: str) -> None:
    (UPLOADS / name).touch()


def POST(file: UploadFile) -> None:
    name = (file.filename or "unnamed").strip()
    make(name)  # <- RG301


def PUT(file: UploadFile) -> None:
    (UPLOADS / (file.filename or "unnamed")).touch()  # <- RG301
```

```python fixed
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile

UPLOADS = Path("uploads")


def make(name: str) -> None:
    (UPLOADS / name).touch()


def POST(file: UploadFile) -> None:
    name = (file.filename or "unnamed").strip()
    make(uuid4().hex + Path(name).suffix)


def PUT(file: UploadFile) -> None:
    (UPLOADS / (uuid4().hex + Path(file.filename or "unnamed").suffix)).touch()
```

```typescript bad
import { writeFile } from "node:fs/promises"
import { join } from "node:path"

export const EXPOSE = "upload"

export async function POST(request: Request): Promise<Response> {
  const file = (await request.formData()).get("file") as File
  if (file.size > 1_000_000) {
    return Response.json({ error: "It is too large" }, { status: 413 })
  }
  await writeFile(join("uploads", file.name), file.stream())  // <- RG301
  return Response.json({ name: file.name })
}
```

```typescript fixed
import { writeFile } from "node:fs/promises"
import { join, extname } from "node:path"
import { randomUUID } from "crypto"

export const EXPOSE = "upload"

export async function POST(request: Request): Promise<Response> {
  const file = (await request.formData()).get("file") as File
  if (file.size > 1_000_000) {
    return Response.json({ error: "It is too large" }, { status: 413 })
  }
  const storedName = randomUUID() + extname(file.name)
  await writeFile(join("uploads", storedName), file.stream())
  return Response.json({ name: storedName })
}
```

```python bad
from fastapi import Request


def POST(request: Request) -> str:
    with open("uploads/" + request.headers["x-file-name"]) as found:  # <- RG301
        return found.read()
```

```python good
from pathlib import Path
from uuid import uuid4

from fastapi import UploadFile

UPLOADS = Path("uploads")


def POST(file: UploadFile) -> dict[str, str | None]:
    suffix = Path(file.filename or "").suffix
    (UPLOADS / f"{uuid4().hex}{suffix}").touch()
    return {"name": file.filename}


def PUT(file: UploadFile) -> None:
    target = (UPLOADS / (file.filename or "unnamed")).resolve()
    if not target.is_relative_to(UPLOADS.resolve()):
        raise ValueError("outside")
    target.touch()
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.file_names import own_name
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.handler import Site
from routegen.handlers.paths import named_paths
from routegen.handlers.places import place


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report each path that holds a client's file name."""
    for found in named_paths(handler):
        source = found.way[0].expression
        module, site = found.way[0].scope.module, found.site
        name, call = handler.text(source, found.way[0].scope), handler.text(site.call, site.scope)
        what = "file name " if "name" in name.lower() else ""
        consequence = (
            "a name with `/` breaks it or leaves the folder"
            if found.is_prefixed
            else "`../` in it writes outside the folder"
        )
        yield Report(
            f"the client's {what}`{name}` is a part of the path in `{call}`: {consequence}",
            'name the file yourself, for example `f"{uuid4().hex}{suffix}"` with a suffix you allow',
            place(site, handler),
            [Evidence(f"the name comes from `{name}`", source.span, module), *_opened(site)],
            severity=Severity.WARNING if found.is_prefixed else None,
            fix=own_name(handler, site, found.way),
        )


def _opened(site: Site) -> list[Evidence]:
    return [Evidence("used as a path here", site.call.span, site.scope.module)] if site.via else []
