"""The model that every server validates."""

from pydantic import BaseModel


class Item(BaseModel):
    """One item."""

    name: str
    price: float
    tags: list[str] = []
