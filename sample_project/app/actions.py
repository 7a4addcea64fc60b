"""What the forms of the catalogue call.

Open: anyone may subscribe, and may fill the shelf of a shop that has nothing to sell yet.
"""

from contextlib import suppress

from fastapi import Response
from pydantic import BaseModel
from routegen.actions import action, redirect
from routegen.actions.types import Email
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from lib.db import WriteSession
from lib.first_products import FIRST
from lib.models.order import Subscriber
from lib.models.product import Product


class SubscribeForm(BaseModel):
    """Who wants the news."""

    email: Email


@action
async def subscribe(form: SubscribeForm, session: WriteSession) -> Response:
    """Put an address on the list, once. The answer is the same either way: nobody learns who else is on it."""
    with suppress(IntegrityError):
        async with session.begin_nested():
            session.add(Subscriber(email=form.email))
    await session.commit()
    return redirect("/?subscribed=1")


@action
async def stock_up(session: WriteSession) -> None:
    """Put the first products on an empty shelf; returning nothing leads back to the page."""
    if (await session.exec(select(Product).limit(1))).first() is None:
        session.add_all(Product(**product.model_dump()) for product in FIRST)
        await session.commit()
