"""What the catalogue shows: a page of your own asks the database, not your own API."""

from sqlmodel import select

from lib.db import Session
from lib.models.product import Product


async def load(session: Session) -> dict[str, object]:
    """The products, by name."""
    rows = await session.exec(select(Product).order_by(Product.name))
    return {"products": rows.all()}
