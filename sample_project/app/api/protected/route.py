"""/api/protected: answers only callers that are signed in.

A route handler, because a client asks for it; a page of your own checks the session itself.
"""

from lib.auth import User


async def GET(
    user: User,
) -> dict[str, str]:
    """Who is signed in. To anyone else `User` answers 401."""
    return {"user": user}
