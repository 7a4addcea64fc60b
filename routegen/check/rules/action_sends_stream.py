"""
# RG106 action-sends-stream

An action answers a form: the page once more, or a redirect. A stream or a file is a route handler's answer, with
ranges, conditions and a URL that can be linked.

## Finds
An action that answers with a file or a stream: `respond.file`, `respond.events`, `StreamingResponse` and the like.

## Leaves alone
Actions that redirect to where the file is, and those that take files.
Server functions of Next.js: they may give a component what it shows, and streams too.

## Fix
Make it a GET route handler, and link to it or redirect there.

```python bad app/report/actions.py
from routegen import respond
from routegen.actions import action


@action
async def download() -> object:  # <- RG106
    return await respond.file("report.pdf", root="files")
```

```python good app/report/actions.py
from routegen.actions import action, redirect


@action
async def download() -> object:
    return redirect("/api/reports/latest")
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers.action_functions import actions_in, answers_for_machines
from routegen.handlers.function import Module


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(module: Module) -> Iterator[Report]:
    """Report an action that answers with a file or a stream."""
    for action in actions_in(module):
        if evidence := answers_for_machines(action):
            yield Report(
                f"the action `{action.name}` answers with a file or a stream: this should be a route handler",
                "move it to a GET in a `route.py`, and link or redirect to it",
                action.span,
                evidence,
            )
