"""
# RG703 unknown-export

A `route.py` offers methods and `EXPOSE`; a setting of another framework, or a slip of the pen, does nothing there.

## Finds
`dynamic`, `revalidate`, `runtime`, `maxDuration`, `config` and the like at the top level of a `route.py`, which Next.js
would read; `EXPOSE` with a value that means nothing, and names that nearly are `EXPOSE`.

## Leaves alone
Functions, classes and constants of your own; names that the file itself uses.

## Fix
Take it away, or say it as FastAPI does: `@operation(...)`.

```python bad app/api/time/route.py
import time

revalidate = 60  # <- RG703
EXPOSE = "publik"  # <- RG703


def GET() -> float:
    return time.time()
```

```python good app/api/time/route.py
import time

EXPOSE = "public"
runtime = time.time()
LIMIT = 10


def GET() -> float:
    return time.time() - runtime
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.nearest import nearest
from routegen.check.registry import rule
from routegen.handlers import RouteModule
from routegen.handlers.route_module import EXPOSABLE, unread_exports


@rule(Severity.ERROR, preview=True, languages=("python",))
def check(file: RouteModule) -> Iterator[Report]:
    """Report each name at the top of a route file that means to be read and is not."""
    for name, span, value in unread_exports(file):
        if value:
            guess = nearest(value, EXPOSABLE)
            hint = f"did you mean `{guess}`?" if guess else f"it is one of {', '.join(EXPOSABLE)}"
            yield Report(f"`EXPOSE` is `{value}`, which means nothing", hint, span)
        elif "expose" in name.lower():
            yield Report(f"`{name}` means nothing in a route file", "did you mean `EXPOSE`?", span)
        else:
            yield Report(
                f"`{name}` is a setting of Next.js and does nothing here",
                "take it away, or say it as FastAPI does: `@operation(...)`",
                span,
            )
