"""/api/users/[id]: read, replace, change and delete one of the users.

Open: anyone may call it, also to write.
"""

from typing import Any

from fastapi import Response
from routegen import database as db
from routegen import operation, respond

from lib.db import Session, WriteSession
from lib.models.user import (
    User,
    UserPublic,
    UserReplace,
    UserUpdate,
)

EXPOSE = "public"


async def GET(
    id: db.RowId,
    session: Session,
) -> UserPublic | Response:
    """One by its id."""
    row = await session.get(User, id)
    if row is None:
        return not_found()
    return UserPublic.model_validate(row)


@operation(responses=db.CONFLICT)
async def PUT(
    id: db.RowId,
    data: UserReplace,
    session: WriteSession,
) -> UserPublic | Response:
    """Replace one: every field is set."""
    return await change(session, id, data.model_dump())


@operation(responses=db.CONFLICT)
async def PATCH(
    id: db.RowId,
    data: UserUpdate,
    session: WriteSession,
) -> UserPublic | Response:
    """Change the given fields of one; the others stay."""
    return await change(session, id, data.model_dump(exclude_unset=True))


@operation(status_code=204, responses=db.CONFLICT)
async def DELETE(
    id: db.RowId,
    session: WriteSession,
) -> Response:
    """Delete one."""
    row = await session.get(User, id, with_for_update=True)
    if row is None:
        return not_found()
    await session.delete(row)
    await session.commit()
    return respond.no_content()


async def change(
    session: WriteSession,
    id: int,
    values: dict[str, Any],
) -> UserPublic | Response:
    """Set the given fields of one."""
    row = await session.get(User, id, with_for_update=True)
    if row is None:
        return not_found()
    row.sqlmodel_update(values)
    await session.commit()
    return UserPublic.model_validate(row)


def not_found() -> Response:
    """The answer when no row has the id."""
    return respond.error("User not found", 404)
