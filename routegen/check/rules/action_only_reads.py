"""
# RG105 action-only-reads

A form that only asks for something is a GET: its answer can be linked, reloaded and kept, and needs no action.

## Finds
An action that reads rows, provably changes nothing, and answers with what it read.

## Leaves alone
Actions that write, redirect, set something, or call what cannot be looked into.
Server functions of Next.js: they may give a component what it shows, and streams too.

## Fix
Load it in the page's `load()`, with the form's fields as query parameters; for other programs, a GET handler.

```python bad app/search/actions.py
from lib.db import Product
from pydantic import BaseModel
from routegen.actions import action
from sqlmodel import Session, select


class Search(BaseModel):
    text: str


@action
def search(form: Search, session: Session) -> list[Product]:  # <- RG105
    return session.exec(select(Product).where(Product.name == form.text)).all()
```

```python good app/vote/actions.py
from lib.db import Product
from routegen.actions import action
from sqlmodel import Session


@action
def vote(id: int, session: Session) -> int:
    product = session.get(Product, id)
    product.votes += 1
    session.commit()
    return product.votes
```

```python good app/join/actions.py
from lib.club import join as join_club
from lib.db import Member
from routegen.actions import action
from sqlmodel import Session, select


@action
def join(name: str, session: Session) -> list[Member]:
    join_club(name)
    return session.exec(select(Member)).all()
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers.action_functions import actions_in, only_reads
from routegen.handlers.function import Module


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(module: Module) -> Iterator[Report]:
    """Report an action that changes nothing."""
    for action in actions_in(module):
        if evidence := only_reads(action):
            yield Report(
                f"the action `{action.name}` only reads",
                "load it in the page's `load()` and let the form ask with GET; programs get a GET route handler",
                action.span,
                evidence,
            )
