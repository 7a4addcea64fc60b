"""
# RG803 exception-text-leak

The text of an unexpected exception tells a client about tables, paths, hosts and keys.

## Finds
The exception of a handler, an action or a page's `load` that catches everything (`except Exception as e`), or
its traceback, in what is answered: `str(e)`, an f-string, `e.args`. Also in what a client of actions makes of all that
they raise: `handleServerError` of next-safe-action.

## Leaves alone
Exceptions of a certain type, whose text was written for the client, also where a test tells them apart; what is only
logged; what only those see who develop (`if settings.DEBUG`, `process.env.NODE_ENV !== "production"`).

## Fix
Log the exception and answer with a sentence of your own.

```python bad
import json

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, int]:
    try:
        return {"size": len(json.loads(await request.body()))}
    except Exception as error:
        raise HTTPException(500, f"Failed: {error}")  # <- RG803
```

```python fixed
import json
import logging

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, int]:
    try:
        return {"size": len(json.loads(await request.body()))}
    except Exception as error:
        logging.exception("Failed")
        raise HTTPException(500, "Failed") from error
```

```typescript bad
export async function POST(request: Request): Promise<Response> {
  try {
    const text = await request.text()
    return Response.json({ size: JSON.parse(text).length })
  } catch (error) {
    const message = error instanceof Error ? error.message : "It could not be measured"  // <- RG803
    return Response.json({ error: message }, { status: 500 })
  }
}
```

```typescript fixed
export async function POST(request: Request): Promise<Response> {
  try {
    const text = await request.text()
    return Response.json({ size: JSON.parse(text).length })
  } catch (error) {
    console.error(error)
    return Response.json({ error: "It could not be measured" }, { status: 500 })
  }
}
```

```typescript beside app/page.tsx
export default function Page() {
  return <p />
}
```

```typescript bad lib/safe-action.ts
import { createSafeActionClient } from "next-safe-action"

export const actionClient = createSafeActionClient({
  handleServerError(error) {
    return error.message  // <- RG803
  },
})
```

```typescript fixed lib/safe-action.ts
import { createSafeActionClient } from "next-safe-action"

export const actionClient = createSafeActionClient({
  handleServerError(error) {
    console.error(error)
    return "Something went wrong"
  },
})
```

```typescript beside app/page.tsx
export default function Page() {
  return <p />
}
```

```typescript good lib/safe-action.ts
import { createSafeActionClient, DEFAULT_SERVER_ERROR_MESSAGE } from "next-safe-action"
import { AppError } from "./errors"

export const actionClient = createSafeActionClient({
  handleServerError: (error) => (error instanceof AppError ? error.message : DEFAULT_SERVER_ERROR_MESSAGE),
})
```

```python good
import json
import logging

from fastapi import HTTPException, Request


async def POST(request: Request) -> dict[str, int]:
    try:
        return {"size": len(json.loads(await request.body()))}
    except json.JSONDecodeError as error:
        raise HTTPException(400, str(error)) from error
    except Exception as error:
        logging.exception("could not measure %s", error)
        raise HTTPException(500, "Could not measure it") from error
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.answers import without_text
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.errors import is_for_operators
from routegen.handlers.facts import Evidence
from routegen.handlers.failures import caught_in, is_generic, only_validates, reaches_client, tells


@rule(Severity.WARNING, pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each answer that holds the text of an unexpected exception."""
    scope = handler.scope
    for statement in handler.own_statements if scope else ():
        block = caught_in(statement, handler)
        if block is None or scope is None or statement.value is None or only_validates(block, scope):
            continue
        if not reaches_client(statement, block, scope) or not is_generic(block, scope):
            continue
        name = block.names[0] if block.names else ""
        part = tells(statement.value, name, scope)
        if part is not None and not is_for_operators(handler):
            yield Report(
                f"the text of any exception reaches the client: `{handler.text(part)}`",
                "log the exception, and answer with a sentence of your own",
                part.span,
                [Evidence("everything is caught here", block.span)],
                fix=without_text(handler, statement, part, block),
            )
