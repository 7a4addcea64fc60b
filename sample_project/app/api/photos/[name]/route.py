"""/api/photos/[name]: give an uploaded file back, as a download, or delete it.

Whoever knows the name gets the file; the names are random and cannot be guessed.
Only its owner can delete it.
"""

from fastapi import Response
from routegen import operation, respond
from routegen.uploads import FileAnswer, StoredName, Uploads

from lib.auth import User as SignedIn
from lib.uploads import storage

FILES = Uploads(storage, folder="photos")


@operation(response_class=FileAnswer)
async def GET(
    name: StoredName,
) -> Response:
    """Download a file by the name that the upload answered with."""
    return await FILES.answer(name)  # presign=300: let clients fetch it from the bucket itself


@operation(status_code=204)
async def DELETE(
    name: StoredName,
    caller: SignedIn,
) -> Response:
    """Delete a file of yours."""
    await FILES.delete(name, owner=caller)
    return respond.no_content()
