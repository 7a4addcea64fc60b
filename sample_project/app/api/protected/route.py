"""/api/protected: answers only callers that are signed in.

A route handler, because a client asks for it; a page of your own checks the session itself.
"""

from routegen import operation
from routegen.auth import refusals

from lib.auth import User
from lib.models.auth import CallerPublic


@operation(responses=refusals(401))
async def GET(
    user: User,
) -> CallerPublic:
    """Who is signed in. To anyone else `User` answers 401."""
    return CallerPublic.of(user)
