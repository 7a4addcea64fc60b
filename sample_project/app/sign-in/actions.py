"""What the sign-in form calls. Open: who is not signed in yet has to be able to send it."""

from fastapi import Request, Response
from routegen.actions import Invalid, action, redirect
from routegen.auth import EmailAndPassword
from starlette.exceptions import HTTPException

from lib.auth import login


@action
async def sign_in(form: EmailAndPassword, request: Request) -> Response:
    """Begin a session. What is wrong is not said field by field: it would tell who has an account."""
    answer = redirect("/account")
    try:
        await login.sign_in(request, answer, form)
    except HTTPException as refused:
        raise Invalid(str(refused.detail)) from refused
    return answer
