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
Move the work into a server action and let the form call that. Where the form of one page is the only caller, the
fix does so: the action beside the page, the form of the template, a test.

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

```html beside app/subscribe/page.html
<h1>Subscribe</h1>
<form class="card" method="post" action="/api/subscribe">
  <input name="email" type="email" required>
  <button>Send</button>
</form>
```

```python beside tests/conftest.py
def client(): ...
```

```python bad app/api/subscribe/route.py
from typing import Annotated

from fastapi import Form, Response
from lib.mail import subscribers
from routegen import respond


async def POST(email: Annotated[str, Form()]) -> Response:  # <- RG101
    # Who is on the list is told to nobody
    if not email.endswith(".example"):
        return respond.error("No such address", 400)
    await subscribers.add(email)  # it sends a mail
    return respond.redirect("/thanks", 303)
```

```python fixed app/api/subscribe/route.py
```

```python fixed app/subscribe/actions.py
from typing import Annotated

from fastapi import Form, Response
from lib.mail import subscribers
from routegen.actions import Invalid, action, redirect


@action
async def subscribe(email: Annotated[str, Form()]) -> Response:
    # Who is on the list is told to nobody
    if not email.endswith(".example"):
        raise Invalid("No such address")
    await subscribers.add(email)  # it sends a mail
    return redirect("/thanks")
```

```html fixed app/subscribe/page.html
<h1>Subscribe</h1>
{{ form(subscribe, class_="card") }}
{% if form.error %}<p role="alert">{{ form.error }}</p>{% endif %}
  <input name="email" type="email" required>
  <button>Send</button>
</form>
```

```python fixed tests/test_subscribe_action.py
from fastapi.testclient import TestClient

URL = "/subscribe"
ACTION = "?/subscribe"


def test_the_page_has_the_form(client: TestClient) -> None:
    page = client.get(URL)
    assert page.status_code == 200
    assert f'action="{ACTION}"' in page.text


def test_a_form_without_its_fields_is_not_taken(client: TestClient) -> None:
    answer = client.post(URL + ACTION, data={"other": "1"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 422


def test_another_site_cannot_send_it(client: TestClient) -> None:
    answer = client.post(URL + ACTION, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
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
from routegen.check.fixes.actions import as_action
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
        fix=as_action(handler),
    )
