"""
# RG806 path-without-response

A handler of Next.js that ends without a response is answered with 500: "No response is returned from route handler".

## Finds
A way through a handler that ends without `return` or `throw`: a `catch` that only logs, an `if` without an answer
after it. The type checker lets that pass.

## Leaves alone
Python, where nothing returned is `null`; handlers behind a wrapper that may answer; ends that `redirect()`,
`notFound()` and their like never reach.

## Fix
Answer there too, in a `catch` with 500.

```typescript bad
export async function GET(): Promise<Response> {  // <- RG806
  try {
    return Response.json(await load())
  } catch (error) {
    console.error(error)
  }
}
```

```typescript fixed
export async function GET(): Promise<Response> {
  try {
    return Response.json(await load())
  } catch (error) {
    console.error(error)
    return Response.json({ error: "Something went wrong" }, { status: 500 })
  }
}
```

```typescript good
import { notFound } from "next/navigation"

export async function GET(request: Request): Promise<Response> {
  const id = new URL(request.url).searchParams.get("id")
  if (id === null) {
    notFound()
  }
  try {
    return Response.json(await load(id))
  } catch (error) {
    console.error(error)
    return Response.json({ error: "It could not be loaded" }, { status: 500 })
  }
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.script_answers import answered_in_catch
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.typescript.answers import open_end


@rule(Severity.ERROR, languages=("typescript",))
def check(handler: Handler) -> Iterator[Report]:
    """Report a handler with a way that answers nothing."""
    end = open_end(handler)
    if end is not None:
        text, span = end
        yield Report(
            f"`{handler.label}` can end without a response, which Next.js answers with 500",
            "return a response there too",
            handler.span,
            [Evidence(text, span)],
            fix=answered_in_catch(handler),
        )
