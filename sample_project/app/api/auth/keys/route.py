"""/api/auth/keys: the API keys of the user, for programs that call in the user's name."""

from fastapi import Response
from routegen import operation
from routegen.auth import check_scopes, refusals

from lib.auth import Person, keys
from lib.models.auth import ApiKeyCreate, ApiKeyCreated, ApiKeyPublic


@operation(responses=refusals(401, 403))
async def GET(person: Person) -> list[ApiKeyPublic]:
    """The keys of the caller, the newest first; never their secrets."""
    return [ApiKeyPublic.of(key) for key in await keys.all_of(person.id)]


@operation(status_code=201, responses=refusals(401, 403))
async def POST(data: ApiKeyCreate, person: Person, response: Response) -> ApiKeyCreated:
    """Make a key, with some of the caller's own scopes. Its secret is in this answer and never again."""
    check_scopes(person, data.scopes)
    secret, key = await keys.create(person.id, data.name, data.scopes)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Location"] = f"/api/auth/keys/{key.id}"
    return ApiKeyCreated(secret=secret, key=ApiKeyPublic.of(key))
