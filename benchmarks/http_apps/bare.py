"""Bare ASGI: what the server itself costs, with the JSON that the others read and write."""

import json
from typing import Any


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer the three paths by hand, without a router, validation or errors."""
    if scope["type"] != "http":
        return
    path: str = scope["path"]
    if path == "/api/hello":
        body = json.dumps({"hello": "world"}).encode()
    elif path.startswith("/api/users/"):
        body = json.dumps({"id": int(path[11:])}).encode()
    else:
        received = b""
        while True:
            message = await receive()
            received += message["body"]
            if not message["more_body"]:
                break
        body = json.dumps(json.loads(received)).encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
