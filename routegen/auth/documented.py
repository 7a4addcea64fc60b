"""What OpenAPI says of signing in: the ways to show who one is, and the answers to who may not."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends
from fastapi.openapi import models
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from routegen.auth.keys import PREFIX
from routegen.sessions.cookie import NAME


class _Scheme(SecurityBase):
    """A way to sign in, for the document only. FastAPI's own ones take a `Request`, so they guard no WebSocket."""

    def __init__(self, scheme_name: str, model: models.SecurityBase) -> None:
        self.scheme_name = scheme_name
        self.model = model

    async def __call__(self, connection: HTTPConnection) -> None:
        """Checks nothing: that is the authenticator's part."""


_SESSION = _Scheme(
    "session",
    models.APIKey.model_validate(
        {"in": "cookie", "name": NAME, "description": "A session, begun by a login; for browsers"}
    ),
)
_BEARER = _Scheme("bearer", models.HTTPBearer(description=f"An API key, `{PREFIX}…`; for programs"))
_KEY = _Scheme(
    "apiKey",
    models.APIKey.model_validate(
        {"in": "header", "name": "X-API-Key", "description": "An API key, for programs that have no bearer"}
    ),
)


async def schemes(
    session: Annotated[None, Depends(_SESSION)],
    bearer: Annotated[None, Depends(_BEARER)],
    key: Annotated[None, Depends(_KEY)],
) -> None:
    """A dependency that documents the three ways to sign in, one of which will do, and checks nothing."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented answers of these statuses, each the error envelope: `@operation(responses=refusals(401, 403))`."""
    schema = {"$ref": "#/components/schemas/ErrorAnswer"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schema}},
        }
        for status in statuses
    }
