"""What the order form of a product calls. Open: a guest may order."""

from fastapi import HTTPException, Response
from pydantic import BaseModel, Field
from routegen.actions import Invalid, action, redirect
from routegen.actions.types import Email
from routegen.database import RowId

from lib.db import WriteSession
from lib.models.order import Order
from lib.models.product import Product


class OrderForm(BaseModel):
    """What a guest says; the product is in the URL, its price in the database."""

    name: str = Field(max_length=200)
    email: Email
    amount: int = Field(ge=1, le=100)


@action(once=True)
async def order(id: RowId, form: OrderForm, session: WriteSession) -> Response:
    """Take the goods off the shelf and write the order down, both or neither."""
    product = await session.get(Product, id, with_for_update=True)
    if product is None:
        raise HTTPException(404, "There is no such product")
    if product.stock < form.amount:
        raise Invalid(amount=f"We have only {product.stock}")
    product.stock -= form.amount
    price = product.price * form.amount
    session.add(Order(product_id=id, price=price, **form.model_dump()))
    await session.commit()
    return redirect("/thanks")
