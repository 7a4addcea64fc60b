"""/api/products: list products and create them.

A route handler, because other programs call it; a form of your own pages belongs in a server action.
Anyone may read; who writes has to be signed in.
"""

from typing import Annotated

from fastapi import Query, Request, Response
from routegen import database as db
from routegen import operation
from sqlmodel import select

from lib.auth import User as SignedIn
from lib.db import Session, WriteSession
from lib.models.product import (
    Product,
    ProductCreate,
    ProductPublic,
    ProductQuery,
)


@operation(responses=db.NO_PAGE)
async def GET(
    session: Session,
    query: Annotated[ProductQuery, Query()],
) -> db.Page[ProductPublic]:
    """A page of products; `next` is the cursor of the page after it."""
    rows = select(Product)
    return await db.paginate(session, rows, query, ProductPublic)


@operation(status_code=201, responses=db.CONFLICT)
async def POST(
    data: ProductCreate,
    session: WriteSession,
    request: Request,
    response: Response,
    caller: SignedIn,
) -> ProductPublic:
    """Create one; `Location` says where it is."""
    row = Product(**data.model_dump())
    session.add(row)
    await session.commit()
    response.headers["Location"] = f"{request.url.path}/{row.id}"
    return ProductPublic.model_validate(row)
