"""
# RG207 slow-work-before-ack

A sender that waits too long for its answer counts the delivery as failed, and sends the event again.

## Finds
A receiver of webhooks that waits for a language model, a mail, a sleep, or several other services before it
answers, although the answer does not hold what they say.

## Leaves alone
Work that is queued or done in the background; answers that are made of the work, as those of chat bots are.

## Fix
Answer first: queue the event, or hand it to `BackgroundTasks`. `routegen add webhook PROVIDER --inbox` keeps it.

```python bad app/api/webhooks/acme/route.py
import os

from fastapi import Request
from openai import AsyncOpenAI
from routegen import webhooks

client = AsyncOpenAI()


async def POST(request: Request) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    summary = await client.responses.create(model="small", input=str(delivery.payload))  # <- RG207
    print(summary)
    return {"received": True}
```

```python good app/api/webhooks/acme/route.py
from fastapi import BackgroundTasks, Request
from openai import AsyncOpenAI
from routegen import webhooks

client = AsyncOpenAI()


async def summarise(text: str) -> None:
    print(await client.responses.create(model="small", input=text))


async def POST(request: Request, tasks: BackgroundTasks) -> dict[str, bool]:
    delivery = await webhooks.receive(request, "github")
    tasks.add_task(summarise, str(delivery.payload))
    return {"received": True}
```

```python good app/api/webhooks/bot/route.py
from fastapi import Request
from openai import AsyncOpenAI
from routegen import webhooks

client = AsyncOpenAI()


async def POST(request: Request) -> dict[str, str]:
    delivery = await webhooks.receive(request, "slack")
    answer = await client.responses.create(model="small", input=str(delivery.payload))
    return {"text": answer.output_text}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.events import slow_work
from routegen.handlers.places import place


@rule(Severity.WARNING, preview=True, languages=("python",))
def check(handler: Handler) -> Iterator[Report]:
    """Report the first thing that a sender of webhooks has to wait for."""
    for site in slow_work(handler)[:1]:
        yield Report(
            f"the sender waits for `{handler.text(site.call, site.scope)}`, and delivers again when that takes too long",
            "answer first: hand it to `BackgroundTasks`, a queue or an inbox",
            place(site, handler),
        )
