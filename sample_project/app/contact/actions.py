"""What the forms of /contact call: server actions.

A form of your own pages posts here and nobody else does; other programs get a route handler.
Open: anyone who sees the page may send its form.
"""

import logging

from fastapi import Response
from pydantic import BaseModel, Field
from routegen.actions import action, redirect
from routegen.actions.types import Email

logger = logging.getLogger(__name__)


class ContactForm(BaseModel):
    """The fields of the form; what does not fit is said beside its input."""

    name: str = Field(max_length=200)
    email: Email
    message: str = Field(max_length=5000)


@action
async def contact(form: ContactForm) -> Response:
    """Take the form. `raise Invalid(...)` says what is wrong with a field, and the page asks again."""
    # Here it is stored, mailed or queued; the log says that it came, never what it holds
    logger.info("contact: %d fields", len(form.model_fields_set))
    return redirect("?sent=1")
