"""/api/users: list users and create them.

A route handler, because other programs call it; a form of your own pages belongs in a server action.
Open: anyone may call it, also to write.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from routegen import operation
from sqlmodel import col, select

from lib.db import Session
from lib.models.user import (
    User,
    UserCreate,
    UserPublic,
)

EXPOSE = "public"


async def GET(
    session: Session,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> list[UserPublic]:
    """A page of users, oldest first."""
    query = select(User)
    query = query.order_by(col(User.id)).limit(limit).offset(offset)
    rows = await session.exec(query)
    return [UserPublic.model_validate(row) for row in rows]


@operation(status_code=201)
async def POST(
    data: UserCreate,
    session: Session,
    request: Request,
    response: Response,
) -> UserPublic:
    """Create one; `Location` says where it is."""
    user = User.model_validate(data)
    session.add(user)
    await session.commit()
    response.headers["Location"] = f"{request.url.path}/{user.id}"
    return UserPublic.model_validate(user)
