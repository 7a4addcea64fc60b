"""
# RG107 action-for-machines

An action takes forms of one's own pages only: it refuses what no browser of the same site sends. What another
program calls never gets through, and needs the bytes of the body besides, to check a signature.

## Finds
An action that reads a provider's header, a signature or an API key, or that is called `webhook` or `cron`.

## Leaves alone
Actions that read what browsers send; by their name alone those of Next.js, which often keep the settings of webhooks.

## Fix
Make it a route handler: `routegen add webhook stripe`.

```python bad app/pay/actions.py
from fastapi import Request
from routegen.actions import action


@action
async def paid(request: Request) -> None:  # <- RG107
    print(request.headers["stripe-signature"])
```

```python bad app/jobs/actions.py
from routegen.actions import action


@action
def nightly_cron() -> None:  # <- RG107
    print("cleaning")
```

```python good app/theme/actions.py
from fastapi import Request
from routegen.actions import action


@action
async def theme(request: Request) -> None:
    print(request.headers["accept-language"])
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers.action_functions import actions_in, called_by_machines
from routegen.handlers.function import Module


@rule(Severity.WARNING, preview=True)
def check(module: Module) -> Iterator[Report]:
    """Report an action that other programs are meant to call."""
    for action in actions_in(module):
        if evidence := called_by_machines(action):
            yield Report(
                f"the action `{action.name}` is meant for programs, whose calls it refuses: "
                "this should be a route handler",
                "move it to a `route.py`: `routegen add webhook PROVIDER`, or a handler with a key of its own",
                action.span,
                evidence,
            )
