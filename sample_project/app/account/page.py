"""What the account shows; who is not signed in is sent to the sign-in form."""

from fastapi import Request
from routegen import Redirect

from lib.auth import authenticator


async def load(request: Request) -> dict[str, object]:
    """Who is signed in."""
    caller = await authenticator.find(request)
    if caller is None:
        raise Redirect("/sign-in", 303)
    return {"caller": caller}
