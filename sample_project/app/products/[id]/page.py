"""What the page of one product shows."""

from fastapi import HTTPException
from routegen.database import RowId

from lib.db import Session
from lib.models.product import Product


async def load(id: RowId, session: Session) -> dict[str, object]:
    """The product; 404 when there is none."""
    product = await session.get(Product, id)
    if product is None:
        raise HTTPException(404, "There is no such product")
    return {"product": product}
