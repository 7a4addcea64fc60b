"""/api/photos/[name]: give an uploaded file back, as a download, or delete it.

Whoever knows the name gets the file; the names are random and cannot be guessed.
Only its owner can delete it.
"""

from fastapi import Response
from routegen import respond
from routegen.uploads import StoredName, Uploads

from lib.auth import User as SignedIn
from lib.uploads import storage

FILES = Uploads(storage, folder="photos")


async def GET(
    name: StoredName,
) -> Response:
    """Download a file by the name that the upload answered with."""
    return await FILES.answer(name)  # presign=300: let clients fetch it from the bucket itself


async def DELETE(
    name: StoredName,
    caller: SignedIn,
) -> Response:
    """Delete a file of yours."""
    await FILES.delete(name, owner=caller)
    return respond.no_content()
