"""/api/auth/session: who is signed in."""

from fastapi import Response
from routegen import operation
from routegen.auth import refusals

from lib.auth import User
from lib.models.auth import CallerPublic


@operation(responses=refusals(401))
async def GET(user: User, response: Response) -> CallerPublic:
    """The caller; 401 when nobody is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return CallerPublic.of(user)
