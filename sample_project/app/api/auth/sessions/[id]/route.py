"""/api/auth/sessions/[id]: one place where the user is signed in."""

from fastapi import Response
from routegen import respond

from lib.auth import Person, sessions


async def DELETE(id: str, person: Person) -> Response:
    """End one session of the caller; another user's is not found."""
    if not await sessions.end_one(person.id, id):
        return respond.error("Session not found", 404)
    return respond.no_content()
