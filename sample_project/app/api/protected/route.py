"""/api/protected: answers only callers that are signed in.

A route handler, because a client asks for it; a page of your own checks the session itself.
"""

from lib.auth import User
from lib.models.auth import CallerPublic


async def GET(
    user: User,
) -> CallerPublic:
    """Who is signed in. To anyone else `User` answers 401."""
    return CallerPublic.of(user)
