r"""
# RG403 stream-without-cleanup

What a handler subscribes to for a stream goes on for every client that left, until the server runs out of something.

## Finds
A `subscribe` or `add_listener` of the handler whose result a generator reads, when no `finally` of the generator gives
it back. In a script that makes a `ReadableStream` or a `TransformStream`: `setInterval`, a listener at what outlives
the request, `clients.add(controller)` where the list does and nothing takes it out. What is sent to a stream that is
closed throws, outside of every `try`.

## Leaves alone
Subscriptions that the generator takes itself inside `with` or `try`; a `finally` that unsubscribes or closes; a
`background` task. An endless generator by itself: it is cancelled when its client leaves. Scripts whose stream has a
`cancel`, that look at the signal of the request, or that end anything of the kind themselves.

## Fix
Subscribe inside the generator, and give it back in `finally`. In a script end it in `cancel()` of the stream, or when
`request.signal` aborts; what `start` returns is not called.

```python bad
from collections.abc import AsyncIterator

from lib.bus import bus
from routegen import respond


async def listen(queue: object) -> AsyncIterator[str]:
    async for message in queue:
        yield message


async def GET() -> object:
    queue = bus.subscribe("news")  # <- RG403
    return respond.events(listen(queue))
```

```python good
from collections.abc import AsyncIterator

from lib.bus import bus
from routegen import respond


async def listen() -> AsyncIterator[str]:
    queue = bus.subscribe("news")
    try:
        async for message in queue:
            yield message
    finally:
        queue.close()


async def GET() -> object:
    return respond.events(listen())
```

```typescript bad
export async function GET(): Promise<Response> {
  const stream = new ReadableStream({
    start(controller) {
      setInterval(() => controller.enqueue(`data: ${Date.now()}\n\n`), 1000)  // <- RG403
    },
  })
  return new Response(stream, { headers: { "content-type": "text/event-stream" } })
}
```

```typescript good
import { bus } from "@/lib/bus"

export async function GET(): Promise<Response> {
  let timer: NodeJS.Timeout
  const stream = new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(`data: ${Date.now()}\n\n`), 1000)
    },
    cancel() {
      clearInterval(timer)
    },
  })
  return new Response(stream, { headers: { "content-type": "text/event-stream" } })
}

export async function POST(request: Request): Promise<Response> {
  const stream = new ReadableStream({
    start(controller) {
      const send = (text: string) => controller.enqueue(`data: ${text}\n\n`)
      bus.on("news", send)
      request.signal.addEventListener("abort", () => bus.off("news", send))
    },
  })
  return new Response(stream, { headers: { "content-type": "text/event-stream" } })
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place
from routegen.handlers.streams import kept_subscription, streams
from routegen.handlers.typescript.streams import left_running


@rule(Severity.WARNING, preview=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report each subscription, and each timer of a script, that outlives its stream."""
    for site in left_running(handler) if handler.module.lang != "python" else ():
        yield Report(
            f"`{handler.text(site.call, site.scope)}` goes on after the client has left: nothing ends it",
            "end it in `cancel()` of the stream, or when `request.signal` aborts",
            place(site, handler),
            [Evidence("starts here", site.call.span, site.scope.module)] if site.top is not site else [],
        )
    for stream in streams(handler):
        site = kept_subscription(stream, handler)
        if site is not None:
            yield Report(
                f"`{handler.text(site.call)}` goes on after the client has left: the generator does not give it back",
                "subscribe inside the generator, and give it back in `finally`",
                site.call.span,
            )
