"""What the account's forms call. Each action checks by itself who calls: the page's check does not stand in for it."""

from fastapi import Request, Response
from routegen.actions import action, redirect

from lib.auth import Person, login


@action
async def sign_out(request: Request, caller: Person) -> Response:
    """End the session of this browser."""
    answer = redirect("/")
    await login.sign_out(request, answer)
    return answer
