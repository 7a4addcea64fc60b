"""/api/auth/login: begins a session, and gives it to the browser as a cookie.

Wrong and unknown get the same answer after the same time; after a few attempts it is 429.
"""

from fastapi import Request, Response
from routegen import operation
from routegen.auth import EmailAndPassword, refusals

from lib.auth import login

EXPOSE = "public"  # who is not signed in yet has to be able to call it


@operation(status_code=204, responses=refusals(401, 403, 429, 503))
async def POST(data: EmailAndPassword, request: Request, response: Response) -> None:
    """Sign in. 401 when the address or the password is wrong, 429 after too many attempts."""
    await login.sign_in(request, response, data)
