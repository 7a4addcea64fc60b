"""
# RG104 get-side-effect

Browsers, crawlers and mail scanners follow links, prefetch them and repeat them: a GET that changes something
changes it behind the user's back, and a cookie goes along from any site.

## Finds
A `GET`, or the `load` of a page, that writes rows, files or another service's records, sends mail, queues work,
or logs out.

## Leaves alone
OAuth callbacks with `code` and `state`, jobs behind a secret, caches, counters and log entries; what makes there
what is read when it is not there yet (`get_or_create`); a function that answers `POST` too, and changes things then.

## Fix
Make it a `POST` (or `DELETE`); on a page, an action.

```python bad
import sqlite3


def GET(id: int) -> None:
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items WHERE id = ?", [id])  # <- RG104
```

```python good
import sqlite3


def GET(id: int) -> list[object]:
    with sqlite3.connect("shop.db") as db:
        return db.execute("SELECT * FROM items WHERE id = ?", [id]).fetchall()
```
```html beside app/news/page.html
<h1>News</h1>
```

```python bad app/news/page.py
from pathlib import Path


def load(id: int) -> None:
    Path("news.txt").unlink()  # <- RG104
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.action_functions import PageFunction
from routegen.handlers.places import place
from routegen.handlers.reads import is_callback, side_effects


@rule(Severity.WARNING, pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first change that a GET makes."""
    if handler.method != "GET" or not handler.is_known:
        return
    if not {"POST", "PUT", "PATCH", "DELETE"}.isdisjoint(handler.shared):
        return
    found = side_effects(handler)
    if not found or is_callback(handler):  # the second is the dearer question
        return
    for site, what in found[:1]:
        yield Report(
            f"`{handler.label}` {what}, though browsers and crawlers call a GET unasked: "
            f"`{handler.text(site.call, site.scope)}`",
            "do this in an action that a form of the page calls"
            if isinstance(handler, PageFunction)
            else "answer this with `POST` or `DELETE` instead",
            place(site, handler),
        )
