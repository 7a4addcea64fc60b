"""RG403 in scripts: what a stream starts for its client, and nothing ends."""

from pathlib import Path

import pytest

from tests.check.test_next import found, lay

HEAD = """import Redis from "ioredis"
import { bus } from "@/lib/bus"
import { Post } from "@/lib/models"
import { spawn } from "node:child_process"
const redis = new Redis()
const clients = new Set<unknown>()
const sorted = new Map()
"""
STREAM = """export async function GET(request: Request) {
  BEFORE
  const stream = new ReadableStream({
    start(controller) {
      const send = (text: string) => controller.enqueue(text)
      START
    },
  })
  return new Response(stream)
}
"""


@pytest.mark.parametrize(
    ("before", "start", "expected"),
    [
        ("", "setInterval(() => send(''), 1000)", True),
        ("", "const timer = setInterval(() => send(''), 1000)", True),
        (
            "",
            "const timer = setInterval(() => send(''), 1000)\n setTimeout(() => clearInterval(timer), 9000)",
            False,
        ),
        ("", "setInterval(() => send(''), 1000)\n },\n cancel() {\n  stop()", False),
        ("", "setInterval(() => { if (request.signal.aborted) return; send('') }, 1000)", False),
        ("", "bus.on('news', send)", True),
        ("", "bus.on('news', (text) => send(text))", True),
        (
            "",
            "bus.on('news', send)\n request.signal.addEventListener('abort', () => bus.off('news', send))",
            False,
        ),
        ("", "bus.once('news', send)", False),
        ("", "const stop = bus.subscribe(send)", True),
        ("", "const stop = bus.subscribe(send)\n setTimeout(stop, 9000)", False),
        ("const changes = Post.watch()", "changes.on('change', send)", True),
        (
            "const changes = Post.watch()",
            "changes.on('change', send)\n setTimeout(() => changes.close(), 9000)",
            False,
        ),
        ("const own = redis.duplicate()", "own.subscribe('news', send)", True),
        (
            "const own = redis.duplicate()",
            "own.subscribe('news', send)\n setTimeout(() => own.quit(), 9000)",
            False,
        ),
        ("const child = spawn('make')", "child.stdout.on('data', send)", False),
        ("const timer = setInterval(() => {}, 1000)", "send('')", True),
        ("", "const timer = setInterval(() => send(''), 1000)\n return () => clearInterval(timer)", True),
        (
            "",
            "const timer = setInterval(() => send(''), 1000)\n return () => {\n clearInterval(timer)\n }",
            True,
        ),
        ("", "const stop = bus.subscribe(send)\n return () => stop()", True),
        ("", "bus.on('news', send)\n return () => bus.off('news', send)", True),
        ("", "clients.add(controller)", True),
        ("", "clients.add({ id: 1, controller })", True),
        ("", "bus.clients.set(1, controller)", False),
        ("", "sorted.set(1, send)", False),
        ("const own = new Set()", "own.add(controller)", False),
        ("", "['a'].forEach((item) => clients.add(item))", False),
        ("", "clients.add(controller)\n },\n cancel() {\n  clients.delete(1)", False),
        ("", "clients.add(controller)\n setTimeout(() => clients.delete(controller), 9000)", False),
    ],
)
def test_what_a_stream_starts(tmp_path: Path, before: str, start: str, expected: bool) -> None:
    text = HEAD + STREAM.replace("BEFORE", before).replace("START", start)
    lay(tmp_path, {"app/api/news/route.ts": text})
    assert (("app/api/news/route.ts", "RG403") in found(tmp_path)) is expected


@pytest.mark.parametrize(
    "taken",
    [
        "clients.delete(client)",
        "clients.splice(clients.indexOf(client), 1)",
        "clients = clients.filter((c) => c !== client)",
    ],
)
def test_who_sends_may_take_a_client_out(tmp_path: Path, taken: str) -> None:
    text = HEAD + STREAM.replace("BEFORE", "").replace("START", "clients.add(controller)")
    sending = f"function leave(client: unknown) {{\n  {taken}\n}}\n"
    lay(tmp_path, {"app/api/news/route.ts": text + sending})
    assert ("app/api/news/route.ts", "RG403") not in found(tmp_path)


def test_a_handler_that_streams_nothing_may_listen(tmp_path: Path) -> None:
    text = f"{HEAD}export async function POST() {{\n  bus.on('news', print)\n  return new Response()\n}}\n"
    lay(tmp_path, {"app/api/news/route.ts": text})
    assert ("app/api/news/route.ts", "RG403") not in found(tmp_path)


def test_a_transform_is_a_stream_too(tmp_path: Path) -> None:
    text = """export async function GET() {
  const { readable, writable } = new TransformStream()
  const writer = writable.getWriter()
  setInterval(() => writer.write(": ping"), 30_000)
  return new Response(readable)
}
"""
    lay(tmp_path, {"app/api/news/route.ts": text})
    assert found(tmp_path) == [("app/api/news/route.ts", "RG403")]
