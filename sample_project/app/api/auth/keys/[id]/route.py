"""/api/auth/keys/[id]: one API key of the user."""

from fastapi import Response
from routegen import operation, respond
from routegen.auth import refusals

from lib.auth import Person, keys


@operation(status_code=204, responses=refusals(401, 403))
async def DELETE(id: str, person: Person) -> Response:
    """Revoke one key of the caller at once; another user's is not found."""
    if not await keys.revoke(person.id, id):
        return respond.error("API key not found", 404)
    return respond.no_content()
