"""Streams on a real server, read by the clients that are out there: npm's `ai` and `eventsource`."""

import json
import os
import signal
import socket
import threading
import uuid
from typing import Any

import pytest

from tests.streams.conftest import Reader, Server, eventually, read_until
from tests.streams.node import modules, node
from tests.streams.test_broadcast import REDIS, reachable

CHAT = """
import { DefaultChatTransport, readUIMessageStream } from "ai"
const transport = new DefaultChatTransport({ api: process.argv[2] })
const stream = await transport.sendMessages({
  chatId: "c", trigger: "submit-message",
  messages: [{ id: "1", role: "user", parts: [{ type: "text", text: "hi" }] }],
})
let last, failure = null
try {
  for await (const message of readUIMessageStream({ stream, onError: (error) => { failure = error.message } })) last = message
} catch (error) { failure = error.message }
console.log(JSON.stringify({ last, failure }))
"""


@pytest.mark.parametrize("kind", ["whole", "fails"])
def test_the_ai_sdk_reads_a_chat(server: Server, kind: str) -> None:
    read = json.loads(node(CHAT, f"{server.url}/chat/{kind}"))
    parts: list[dict[str, Any]] = read["last"]["parts"]
    assert read["last"]["id"] == "m1"
    assert [part["type"] for part in parts] == [
        "step-start", "reasoning", "text", "data-weather", "source-url", "tool-add", "text",
    ]  # fmt: skip
    assert parts[1]["text"] == "Let me think."
    assert parts[2]["text"] == 'line one\ntwo 😀 "quoted" \u2028end'
    assert parts[2]["state"] == "done"
    assert parts[3]["data"] == {"city": "Zürich", "degrees": 7}
    assert (parts[5]["input"], parts[5]["output"]) == ({"a": 1}, 2)
    assert parts[6]["text"] == "after"
    assert read["failure"] == ("The answer failed before its end" if kind == "fails" else None)
    assert "secret" not in json.dumps(read)


def test_a_chat_that_nobody_reads_ends(server: Server) -> None:
    connection = server.connect()
    connection.sendall(b"POST /chat/hangs HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    read_until(connection, b"after")
    connection.close()
    eventually(lambda: server.state()["ended"] == ["hangs"])


def test_a_chat_is_aborted_when_the_server_stops(server: Server) -> None:
    connection = server.connect()
    connection.sendall(b"POST /chat/hangs HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    read_until(connection, b"after")
    server.stop()
    assert b'"type":"abort"' in read_until(connection, b"[DONE]")


def test_a_hundred_listeners_are_told_when_the_server_stops(server: Server) -> None:
    listeners = [server.listen() for _ in range(100)]
    for listener in listeners:
        read_until(listener, b"from here")
    assert server.state()["inside"] == 100
    server.stop()
    for listener in listeners:
        assert b"event: shutdown" in read_until(listener, b"shutdown\ndata")
        listener.close()


def test_listeners_that_left_are_forgotten(server: Server) -> None:
    listeners = [server.listen() for _ in range(20)]
    silent = [server.connect() for _ in range(5)]
    for one in silent:
        one.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: server.state()["inside"] == 25)
    for one in [*listeners, *silent]:
        one.close()
    eventually(lambda: server.state()["inside"] == 0)


def stall(server: Server) -> None:
    """Somebody asks for the events and never takes any."""
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.connect(("127.0.0.1", server.port))
    stalled.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
    server.connections.append(stalled)


def test_who_does_not_read_costs_nothing_and_is_dropped(server: Server) -> None:
    stall(server)
    reading = Reader(server.listen())
    eventually(lambda: server.state()["inside"] == 2)
    server.post("/many/2000/8000")  # fills the ring, which keeps 1,000 to 2,000 of them
    eventually(lambda: reading.numbers == list(range(2000)))
    before = server.state()["rss"]
    server.post("/many/4000/8000")
    eventually(lambda: reading.numbers[2000:] == list(range(4000)))
    assert server.state()["rss"] - before < 5 * 1024 * 1024
    eventually(lambda: server.state()["inside"] == 1)  # after the `send_timeout` of this application
    reading.connection.shutdown(socket.SHUT_RDWR)
    eventually(lambda: server.state()["connections"] == 1)  # the one that asks


def test_who_does_not_read_does_not_keep_the_server_from_stopping(server: Server) -> None:
    stall(server)
    eventually(lambda: server.state()["inside"] == 1)
    server.post("/many/4000/8000")
    server.stop()


EVENTS = """
import { EventSource } from "eventsource"
const wanted = Number(process.argv[3])
const got = []
const source = new EventSource(process.argv[2])
const finish = (why) => { console.log(JSON.stringify({ got, why })); process.exit(0) }
source.onmessage = (event) => { got.push(Number(event.data)); if (event.data == wanted) finish("all") }
source.addEventListener("reset", () => finish("reset"))
setTimeout(() => finish("late"), 120000)
"""


@pytest.mark.skipif(not reachable(REDIS), reason=f"nobody answers at {REDIS}")
def test_a_browser_misses_nothing_over_restarts() -> None:
    """EventSource connects again by itself; what was published while nobody served comes from the log."""
    import asyncio

    from routegen.streams import Broadcast

    modules()
    name = f"test-{uuid.uuid4().hex}"
    server = Server(CHANNEL=name, CHANNEL_URL=REDIS)
    rounds, per_round = int(os.environ.get("RESTARTS", "3")), 20
    result: dict[str, Any] = {}

    def listen() -> None:
        result.update(
            json.loads(node(EVENTS, f"{server.url}/events", str(rounds * per_round - 1), timeout=600))
        )

    async def publish(start: int) -> None:
        channel = Broadcast(name, REDIS, keep=100_000)
        for number in range(start, start + per_round):
            await channel.publish(str(number))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        eventually(lambda: server.state()["inside"] == 1)
        for number in range(rounds):
            asyncio.run(publish(number * per_round))
            if number < rounds - 1:
                server.stop(signal.SIGKILL if number % 2 else signal.SIGTERM)
                server.start()
        listener.join(600)
    finally:
        server.end()
    assert result == {"got": list(range(rounds * per_round)), "why": "all"}
