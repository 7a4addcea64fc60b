"""/api/upload/[name]: give an uploaded file back, as a download.

Whoever knows the name gets the file; the names are random and cannot be guessed.
"""

from fastapi import Response
from routegen import respond

from lib import uploads

EXPOSE = "public"


def GET(
    name: uploads.StoredName,
) -> Response:
    """Download a file by the name that the upload answered with."""
    folder = uploads.UPLOADS
    return respond.file(name, root=folder, download=True)
