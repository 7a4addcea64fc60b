"""The application behind the tests on a real server: a channel, a chat, a count."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Header, Response

from routegen import respond
from routegen.streams import Broadcast, Reasoning, ai, broadcast

app = FastAPI()
CHANNEL = Broadcast(os.environ.get("CHANNEL", "live"), os.environ.get("CHANNEL_URL", "memory:"))
ended: list[str] = []


@app.get("/events")
async def events(last_event_id: Annotated[str | None, Header()] = None) -> Response:
    return respond.events(CHANNEL.subscribe(last_event_id), send_timeout=3)


@app.post("/events")
async def publish(data: Any) -> str:
    return await CHANNEL.publish(data)


@app.post("/many/{count}/{size}")
async def many(count: int, size: int) -> None:
    for number in range(count):
        await CHANNEL.publish({"number": number, "more": "x" * size})
        await asyncio.sleep(0)


@app.get("/state")
def state() -> dict[str, Any]:
    shared = [channel for channels in broadcast._shared.values() for channel in channels.values()]
    inside = sum(channel._inside for channel in [*broadcast._here.values(), *shared])
    rss = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    handler: Any = signal.getsignal(signal.SIGTERM)
    connections = len(handler.__self__.server_state.connections)
    return {"ended": ended, "inside": inside, "rss": rss, "connections": connections}


@app.post("/chat/{kind}")
async def chat(kind: str) -> Response:
    async def said() -> AsyncIterator[Any]:
        try:
            yield Reasoning("Let me ")
            yield Reasoning("think.")
            for piece in ("line one\n", "two 😀 ", '"quoted" ', "\u2028", "end"):
                yield piece
            yield {"type": "data-weather", "data": {"city": "Zürich", "degrees": 7}}
            yield {"type": "source-url", "sourceId": "s1", "url": "https://example.com/"}
            yield {"type": "tool-input-available", "toolCallId": "t1", "toolName": "add", "input": {"a": 1}}
            yield {"type": "tool-output-available", "toolCallId": "t1", "output": 2}
            yield "after"
            if kind == "fails":
                raise RuntimeError("a secret")
            if kind == "hangs":
                await asyncio.sleep(60)
        finally:
            ended.append(kind)

    return ai(said(), message_id="m1")
