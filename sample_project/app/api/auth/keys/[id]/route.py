"""/api/auth/keys/[id]: one API key of the user."""

from fastapi import Response
from routegen import respond

from lib.auth import Person, keys


async def DELETE(id: str, person: Person) -> Response:
    """Revoke one key of the caller at once; another user's is not found."""
    if not await keys.revoke(person.id, id):
        return respond.error("API key not found", 404)
    return respond.no_content()
