"""/api/auth/logout: ends the session of this browser, at once and for good."""

from fastapi import Request, Response
from routegen import operation
from routegen.auth import refusals

from lib.auth import login

EXPOSE = "public"  # it ends the session that the caller shows, and nothing else


@operation(status_code=204, responses=refusals(403))
async def POST(request: Request, response: Response) -> None:
    """Sign out. Who is not signed in is told the same."""
    await login.sign_out(request, response)
