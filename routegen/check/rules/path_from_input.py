"""
# RG306 path-from-input

A path that a client sends reads or deletes any file of the server.

## Finds
A query, form or body value, a header or a catch-all parameter that reaches a path on disk as it came: `open`,
`FileResponse`, `unlink`, `os.path.exists`.

## Leaves alone
Names that are replaced, checked or looked up; a plain path parameter, which cannot hold a slash; in Python a name with
text right before it (`f"cache_{name}"`), which leads to no other folder.

## Fix
Look the path up by an id, or `resolve()` it and test `is_relative_to`.

```python bad
import os

from fastapi.responses import FileResponse


def GET(name: str) -> FileResponse:
    return FileResponse(os.path.join("files", name))  # <- RG306
```

```python bad app/api/files/[...path]/route.py
from pathlib import Path


def GET(path: list[str]) -> str:
    return (Path("files") / "/".join(path)).read_text()  # <- RG306
```

```python good app/api/files/[name]/route.py
from pathlib import Path

from fastapi import HTTPException
from fastapi.responses import FileResponse

FILES = Path("files").resolve()


def GET(name: str, other: str) -> FileResponse:
    target = (FILES / other).resolve()
    if not target.is_relative_to(FILES):
        raise HTTPException(404, "No such file")
    return FileResponse(FILES / name) if name == other else FileResponse(target)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.paths import input_paths
from routegen.handlers.places import place


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report each path that a client's text decides."""
    for found in input_paths(handler)[:1]:
        source, site = found.way[0], found.site
        name = handler.text(source.expression, source.scope)
        yield Report(
            f"`{name}` of the request decides which file this touches: `{handler.text(site.call, site.scope)}`",
            "look the path up by an id, or `resolve()` it and test `is_relative_to`",
            place(site, handler),
            [Evidence(f"the path comes from `{name}`", source.expression.span, source.scope.module)],
        )
