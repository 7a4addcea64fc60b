"""/api/upload/[name]: give an uploaded file back, as a download, or delete it.

Whoever knows the name gets the file; the names are random and cannot be guessed.
Open: anyone who knows the name may also delete it.
"""

from fastapi import Response
from routegen import respond
from routegen.uploads import StoredName, Uploads

from lib.uploads import storage

EXPOSE = "public"
FILES = Uploads(storage)


async def GET(
    name: StoredName,
) -> Response:
    """Download a file by the name that the upload answered with."""
    return await FILES.answer(name)  # presign=300: let clients fetch it from the bucket itself


async def DELETE(
    name: StoredName,
) -> Response:
    """Delete a file."""
    await FILES.delete(name)
    return respond.no_content()
