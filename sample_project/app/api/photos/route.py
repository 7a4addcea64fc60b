"""/api/photos: take files, and list them.

    POST    a multipart form with the file in its field `file`
    PUT     the file itself: curl -T photo.png 'http://127.0.0.1:8000/api/photos?filename=photo.png'
    GET     your files, newest first

A route handler, because the body is a file: a server action is for the fields of a form.
Who uploads has to be signed in, and sees what is theirs.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from routegen import operation
from routegen.uploads import StoredFile, Uploads

from lib.auth import User as SignedIn
from lib.uploads import storage

FILES = Uploads(
    storage,
    folder="photos",
    max_bytes=10 * 1024 * 1024,
    quota=100 * 10 * 1024 * 1024,  # of one user's files together
    types="image/*,text/*,.pdf,.json,.zip",  # by name and by content; `image/*` means no SVG
)


async def GET(
    caller: SignedIn,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[str | None, Query(description="The last name of the page before")] = None,
) -> list[StoredFile]:
    """A page of files, newest first."""
    return await FILES.files(owner=caller, limit=limit, before=before)


@operation(status_code=201, max_body_size=FILES.max_body, openapi_extra=FILES.form_schema())
async def POST(
    request: Request,
    response: Response,
    caller: SignedIn,
) -> StoredFile:
    """Keep the file of a form; `Location` says where to get it."""
    file = await FILES.receive(request, owner=caller)
    response.headers["Location"] = f"{request.url.path}/{file.name}"
    return file


@operation(status_code=201, max_body_size=FILES.max_bytes, openapi_extra=FILES.raw_schema())
async def PUT(
    request: Request,
    response: Response,
    caller: SignedIn,
    filename: Annotated[str, Query(description="What the client calls it")] = "",
) -> StoredFile:
    """Keep a file that is the whole body, under a new name: sent twice, it is there twice."""
    file = await FILES.receive_raw(request, filename, owner=caller)
    response.headers["Location"] = f"{request.url.path}/{file.name}"
    return file
