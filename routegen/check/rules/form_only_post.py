"""
# RG101 form-only-post

A form of one's own pages needs no public endpoint: a server action does the same with the origin checked
and typed arguments, and without a second address to protect.

## Finds
A POST, PUT or PATCH handler that reads a form and answers every success with a redirect or a page.

## Leaves alone
Uploads, webhooks, handlers that also answer with data, forms that third parties post (OAuth, SAML,
signatures, API keys), and files that say why they are public: `EXPOSE = "integration"`.

## Fix
Move the work into a server action and let the form call that.

```python bad app/login/route.py
from typing import Annotated

from fastapi import Form
from routegen import respond


async def POST(email: Annotated[str, Form()], password: Annotated[str, Form()]) -> object:  # <- RG101
    if not password:
        return respond.error("No password", 400)
    return respond.redirect("/account", 303)
```

```python bad app/contact/route.py
from fastapi import Request
from fastapi.responses import RedirectResponse
from lib.mail import send


async def POST(request: Request) -> RedirectResponse:  # <- RG101
    form = await request.form()
    await send(form["message"])
    response = RedirectResponse("/thanks", 303)
    response.set_cookie("sent", "1")
    return response
```

```python good app/oauth/token/route.py
from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse


async def POST(grant_type: Annotated[str, Form()]) -> RedirectResponse:
    return RedirectResponse(f"/granted?type={grant_type}", 303)
```

```python good app/contact/route.py
from fastapi import Request
from routegen import respond

EXPOSE = "integration"


async def POST(request: Request) -> object:
    form = await request.form()
    return respond.redirect(f"/thanks?to={form['name']}", 303)
```

```python good app/api/search/route.py
from typing import Annotated

from fastapi import Form, UploadFile
from fastapi.responses import RedirectResponse


async def POST(query: Annotated[str, Form()]) -> dict[str, str]:
    return {"query": query}


async def PUT(title: Annotated[str, Form()], file: UploadFile) -> RedirectResponse:
    return RedirectResponse("/files", 303)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.answers import Answer, answers
from routegen.handlers.requests import form_reads, takes_file
from routegen.handlers.third_party import is_for_others

_PAGES = {Answer.REDIRECT, Answer.HTML}


@rule(Severity.WARNING)
def check(handler: Handler) -> Iterator[Report]:
    """Report a handler whose only use is a form of the project's own pages."""
    if handler.method not in ("POST", "PUT", "PATCH") or not (reads := form_reads(handler)):
        return
    found = answers(handler)
    pages = [evidence for answer, evidence in found if answer in _PAGES]
    if not pages or any(answer not in {*_PAGES, Answer.ERROR} for answer, _ in found):
        return
    if takes_file(handler) or not is_for_others(handler).is_no:
        return
    yield Report(
        f"`{handler.label}` takes a form and answers with a page: this should be a server action",
        'make it a server action; if others post this form, say so: `EXPOSE = "integration"`',
        handler.span,
        [*reads[:3], pages[0]],
    )
