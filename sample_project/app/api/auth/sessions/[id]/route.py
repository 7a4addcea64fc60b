"""/api/auth/sessions/[id]: one place where the user is signed in."""

from fastapi import Response
from routegen import operation, respond
from routegen.auth import refusals

from lib.auth import Person, sessions


@operation(status_code=204, responses=refusals(401, 403))
async def DELETE(id: str, person: Person) -> Response:
    """End one session of the caller; another user's is not found."""
    if not await sessions.end_one(person.id, id):
        return respond.error("Session not found", 404)
    return respond.no_content()
