"""/api/products/[id]: read, replace, change and delete one of the products.

Anyone may read; who writes has to be signed in.
"""

from typing import Any

from fastapi import Response
from routegen import database as db
from routegen import operation, respond

from lib.auth import User as SignedIn
from lib.db import Session, WriteSession
from lib.models.product import (
    Product,
    ProductPublic,
    ProductReplace,
    ProductUpdate,
)


async def GET(
    id: db.RowId,
    session: Session,
) -> ProductPublic | Response:
    """One by its id."""
    row = await session.get(Product, id)
    if row is None:
        return not_found()
    return ProductPublic.model_validate(row)


@operation(responses=db.CONFLICT)
async def PUT(
    id: db.RowId,
    data: ProductReplace,
    session: WriteSession,
    caller: SignedIn,
) -> ProductPublic | Response:
    """Replace one: every field is set."""
    return await change(session, id, data.model_dump())


@operation(responses=db.CONFLICT)
async def PATCH(
    id: db.RowId,
    data: ProductUpdate,
    session: WriteSession,
    caller: SignedIn,
) -> ProductPublic | Response:
    """Change the given fields of one; the others stay."""
    return await change(session, id, data.model_dump(exclude_unset=True))


@operation(status_code=204, responses=db.CONFLICT)
async def DELETE(
    id: db.RowId,
    session: WriteSession,
    caller: SignedIn,
) -> Response:
    """Delete one."""
    row = await session.get(Product, id, with_for_update=True)
    if row is None:
        return not_found()
    await session.delete(row)
    await session.commit()
    return respond.no_content()


async def change(
    session: WriteSession,
    id: int,
    values: dict[str, Any],
) -> ProductPublic | Response:
    """Set the given fields of one."""
    row = await session.get(Product, id, with_for_update=True)
    if row is None:
        return not_found()
    row.sqlmodel_update(values)
    await session.commit()
    return ProductPublic.model_validate(row)


def not_found() -> Response:
    """The answer when no row has the id."""
    return respond.error("Product not found", 404)
