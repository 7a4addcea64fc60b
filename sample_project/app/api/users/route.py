"""/api/users: list users and create them.

A route handler, because other programs call it; a form of your own pages belongs in a server action.
Open: anyone may call it, also to write.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from routegen import database as db
from routegen import operation
from sqlmodel import select

from lib.db import Session, WriteSession
from lib.models.user import (
    User,
    UserCreate,
    UserPublic,
    UserQuery,
)

EXPOSE = "public"


@operation(responses=db.NO_PAGE)
async def GET(
    session: Session,
    query: Annotated[UserQuery, Query()],
) -> db.Page[UserPublic]:
    """A page of users; `next` is the cursor of the page after it."""
    rows = select(User)
    return await db.paginate(session, rows, query, UserPublic)


@operation(status_code=201, responses=db.CONFLICT)
async def POST(
    data: UserCreate,
    session: WriteSession,
    request: Request,
    response: Response,
) -> UserPublic:
    """Create one; `Location` says where it is."""
    row = User(**data.model_dump())
    session.add(row)
    await session.commit()
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return UserPublic.model_validate(row)
