"""/api/auth/sessions: where the user is signed in, and signing out everywhere."""

from fastapi import Request, Response
from routegen import operation
from routegen.auth import refusals
from routegen.sessions import clear_cookie

from lib.auth import Person, sessions
from lib.models.auth import SessionPublic


@operation(responses=refusals(401, 403))
async def GET(person: Person, response: Response) -> list[SessionPublic]:
    """The sessions of the caller, the one used last first."""
    response.headers["Cache-Control"] = "no-store"
    return [SessionPublic.of(session, person) for session in await sessions.all_of(person.id)]


@operation(status_code=204, responses=refusals(401, 403))
async def DELETE(person: Person, request: Request, response: Response) -> None:
    """Log out everywhere: every session of the caller ends at once, this one too."""
    await sessions.end_all(person.id)
    clear_cookie(response, request.scope)
