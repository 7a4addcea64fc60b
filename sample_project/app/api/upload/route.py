"""/api/upload: take a file, sent as the field `file` of a multipart form.

A route handler, because the body is a file: a server action is for the fields of a form.
Open: anyone may upload.
"""

from fastapi import Request, Response, UploadFile
from pydantic import BaseModel
from routegen import operation, respond

from lib import uploads

EXPOSE = "upload"


class Uploaded(BaseModel):
    """What became of the file. `filename` is what the client called it: show it, never open it."""

    name: str
    filename: str | None
    size: int


@operation(status_code=201, max_body_size=uploads.MAX_BODY)
def POST(  # not async: writing to a disk blocks, so it runs in a thread
    file: UploadFile,
    request: Request,
    response: Response,
) -> Uploaded | Response:
    """Keep a file; `Location` says where to get it."""
    extension = uploads.extension_of(file.filename)
    if extension is None:
        allowed = ", ".join(sorted(uploads.EXTENSIONS))
        return respond.error(f"Files of this type are not taken, only {allowed}", 415)
    folder = uploads.UPLOADS
    try:
        stored = uploads.save(file.file, extension, folder)
    except uploads.TooLargeError:
        return respond.error(f"The file has more than {uploads.MAX_BYTES} bytes", 413)
    response.headers["Location"] = f"{request.url.path}/{stored.name}"
    return Uploaded(name=stored.name, filename=file.filename, size=stored.stat().st_size)
