"""/api/users/[id]: read, replace, change and delete one of the users.

Open: anyone may call it, also to write.
"""

from fastapi import Response
from routegen import respond

from lib.db import RowId, Session
from lib.models.user import (
    User,
    UserCreate,
    UserPublic,
    UserUpdate,
)

EXPOSE = "public"


async def GET(
    id: RowId,
    session: Session,
) -> UserPublic | Response:
    """One by its id."""
    user = await session.get(User, id)
    if user is None:
        return not_found()
    return UserPublic.model_validate(user)


async def PUT(
    id: RowId,
    data: UserCreate,
    session: Session,
) -> UserPublic | Response:
    """Replace one: every field is set."""
    return await change(session, id, data.model_dump())


async def PATCH(
    id: RowId,
    data: UserUpdate,
    session: Session,
) -> UserPublic | Response:
    """Change the given fields of one; the others stay."""
    return await change(session, id, data.model_dump(exclude_unset=True))


async def DELETE(
    id: RowId,
    session: Session,
) -> Response:
    """Delete one."""
    user = await session.get(User, id)
    if user is None:
        return not_found()
    await session.delete(user)
    await session.commit()
    return respond.no_content()


async def change(
    session: Session,
    id: int,
    values: dict[str, object],
) -> UserPublic | Response:
    """Set the given fields of one."""
    user = await session.get(User, id)
    if user is None:
        return not_found()
    user.sqlmodel_update(values)
    await session.commit()
    return UserPublic.model_validate(user)


def not_found() -> Response:
    """The answer when no row has the id."""
    return respond.error("User not found", 404)
