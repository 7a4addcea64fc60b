"""
# RG305 upload-served-inline

A page or a drawing that somebody uploaded runs scripts as your own site, with the cookies of whoever opens it.

## Finds
Uploads that are kept in a folder that is served (`public`, `static`, `media`); `FileResponse` of a file in an upload
folder without `filename`, `media_type` or `headers`.

## Leaves alone
Handlers that take only types which run nowhere (no HTML, SVG, XML); answers with a name to save the file by, or headers.

## Fix
Keep uploads outside of served folders and give them back as a download: `filename=...`, with `nosniff`; or
`routegen.uploads.Uploads.answer`, which does.

```python bad app/api/files/[name]/route.py
from pathlib import Path

from fastapi.responses import FileResponse

UPLOADS = Path("data/uploads")


def GET(name: str) -> FileResponse:
    return FileResponse(UPLOADS / name)  # <- RG305
```

```python good app/api/files/[name]/route.py
from pathlib import Path

from fastapi.responses import FileResponse

UPLOADS = Path("data/uploads")


def GET(name: str) -> FileResponse:
    return FileResponse(UPLOADS / name, filename="file", headers={"X-Content-Type-Options": "nosniff"})
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.places import place
from routegen.handlers.upload_types import inline_uploads


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report each place where a client's file would run as a page of one's own."""
    for site, how in inline_uploads(handler)[:1]:
        yield Report(
            f"a file of a client {how}: `{handler.text(site.call, site.scope)}`",
            "keep it outside of served folders, and answer with `filename=...` and `X-Content-Type-Options: nosniff`",
            place(site, handler),
        )
