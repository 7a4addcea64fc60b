"""Signs a person in and out: the password checked, a new session begun, attempts counted."""

from typing import Any, Final, cast

from fastapi import HTTPException
from pydantic import BaseModel, Field, SecretStr, model_validator
from starlette.requests import Request
from starlette.responses import Response

from routegen import csrf
from routegen.auth.authenticator import Authenticator, unauthorized
from routegen.auth.users import StoredUser, Users, normal_email
from routegen.passwords import LONGEST, BusyError, check_password
from routegen.ratelimit import RateLimit, login_key, too_many
from routegen.sessions.cookie import clear_cookie, read_cookie, set_cookie

_BUSY_SECONDS: Final = 5


class EmailAndPassword(BaseModel):
    """The body of a login. What Pydantic says of a faulty one repeats the input: here the password is stars in it."""

    email: str = Field(max_length=254)
    password: SecretStr = Field(max_length=LONGEST)

    @model_validator(mode="before")
    @classmethod
    def _hide(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return None
        fields = cast("dict[str, Any]", data)
        password = fields.get("password")
        hidden = {"password": SecretStr(password) if isinstance(password, str) else None}
        shown = {"email": fields["email"]} if isinstance(fields.get("email"), str) else {}
        return {**shown, **(hidden if "password" in fields else {})}


class Login:
    """Signing in with an e-mail address and a password.

    Args:
        authenticator: whose sessions are begun and ended.
        users: who can sign in.
        limit: how many attempts an account gets from one address (ASVS 5.0, 6.3.1).
    """

    def __init__(self, authenticator: Authenticator, users: Users, limit: RateLimit) -> None:
        self.authenticator = authenticator
        self.users = users
        self.limit = limit

    async def sign_in(self, request: Request, response: Response, data: EmailAndPassword) -> None:
        """Begin a session and give it to the browser, with a new secret; the one it had ends (ASVS 5.0, 7.2.4).

        Who is no user gets the same answer as who has the wrong password, after the same time (ASVS 5.0, 6.3.8).

        Raises:
            HTTPException: 401, wrong; 403, another site's page sends it; 429 with `Retry-After`, too many attempts;
                503 with `Retry-After`, too many people are signing in.
        """
        csrf.require_own_page(request.scope, self.authenticator.allowed_origins, strict=False)
        email = normal_email(data.email)
        address = request.client.host if request.client else None
        key = login_key(email, address)
        if (seconds := await self.limit.hit(key)) is not None:
            raise too_many(seconds)
        user = await self._checked(email, data.password.get_secret_value())
        if user is None:
            raise unauthorized("Wrong e-mail address or password", request.scope)
        await self.limit.clear(key)
        sessions = self.authenticator.sessions
        token = await sessions.begin(
            user.id,
            replaces=read_cookie(request.scope),
            user_agent=request.headers.get("user-agent", ""),
            address=address or "",
        )
        set_cookie(response, request.scope, token, sessions.lifetime.absolute)

    async def sign_out(self, request: Request, response: Response) -> None:
        """End the session of this browser at once, and make it forget the cookie (ASVS 5.0, 7.4.1).

        Raises:
            HTTPException: 403, another site sends it.
        """
        token = read_cookie(request.scope)
        if token is not None:
            csrf.require_own_page(request.scope, self.authenticator.allowed_origins)
            await self.authenticator.sessions.end(token)
        clear_cookie(response, request.scope)

    async def _checked(self, email: str, password: str) -> StoredUser | None:
        # An address that the database could not even be asked for (NUL, lone surrogate) is nobody's, as slowly
        user = await self.users.find(email) if email.isprintable() else None
        try:
            checked = await check_password(password, user.password_hash if user else None)
        except BusyError:
            raise HTTPException(
                503, "Too many people are signing in", headers={"Retry-After": str(_BUSY_SECONDS)}
            ) from None
        if user is None or not checked.fits:
            return None
        if checked.rehash is not None:
            await self.users.set_hash(user.id, checked.rehash)
        return user
