"""A generated project under attack: called over ASGI byte by byte, with its database at hand."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

from routegen.passwords import hash_password
from routegen.ratelimit import RateLimit
from routegen.server.app import RouteApp, create_app

COOKIE = "__Host-session"
PASSWORD = "correct horse battery staple"
OWN_PAGE = [("sec-fetch-site", "same-origin")]
Headers = Sequence[tuple[str | bytes, str | bytes]]

EXTRA = {
    "app/api/admin/route.py": """
        from typing import Annotated
        from fastapi import Depends
        from routegen.auth import Principal
        from lib.auth import require

        async def GET(user: Annotated[Principal, Depends(require("admin"))]) -> str:
            return user.email
    """,
    "app/api/guarded/dependencies.py": """
        from fastapi import Depends
        from lib.auth import auth

        dependencies = [Depends(auth)]
    """,
    "app/api/guarded/route.py": """
        EXPOSE = "public"
        calls = []

        async def GET() -> int:
            return len(calls)

        def change() -> int:
            calls.append(1)
            return len(calls)

        POST = PUT = PATCH = DELETE = change
    """,
    "app/api/guarded/live/route.py": """
        from fastapi import WebSocket

        async def WEBSOCKET(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.close()
    """,
    "app/api/live/route.py": """
        from fastapi import WebSocket
        from lib.auth import User

        async def WEBSOCKET(websocket: WebSocket, user: User) -> None:
            await websocket.accept()
            await websocket.close()
    """,
    "app/api/nested/route.py": """
        from lib.auth import User

        async def GET(user: User) -> list[str]:
            refused = []
            for change in (
                lambda: user.scopes.add("admin"),
                lambda: setattr(user, "scopes", frozenset({"admin"})),
                lambda: setattr(user, "id", 1),
                lambda: user.__dict__.update(id=1),
            ):
                try:
                    change()
                except (AttributeError, TypeError):
                    refused.append("refused")
            return refused
    """,
    "app/api/body/route.py": """
        from fastapi import Request
        from lib.auth import User

        async def POST(user: User, request: Request) -> int:
            return len(await request.body())
    """,
}
"""Handlers that the attacks need besides the generated ones."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's only value; empty when there is none."""
        values = [value.decode("latin-1") for key, value in self.headers if key == name.encode()]
        assert len(values) < 2
        return values[0] if values else ""

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def cookie(self) -> str:
        """The secret that the answer sets."""
        name, _, rest = self.header("set-cookie").partition("=")
        assert name == COOKIE, self
        return rest.partition(";")[0]


@dataclass
class User:
    """A user made for one attack."""

    id: int
    email: str


class Site:
    """The application, its library objects, and SQL on its database."""

    def __init__(self, app: RouteApp) -> None:
        self.app = app
        self.auth: Any = import_module("lib.auth")
        self.database: Any = import_module("lib.db").database
        self.hash = asyncio.run(hash_password(PASSWORD))

    def limit(self, *limits: str) -> None:
        """Count logins anew, with these limits."""
        self.auth.login.limit = RateLimit(*limits, redis_url="")

    async def call(
        self,
        method: str,
        path: str,
        headers: Headers = (),
        *,
        cookie: str | None = None,
        key: str | None = None,
        data: Any = None,
        body: bytes | None = None,
        scheme: str = "https",
        client: str = "203.0.113.7",
        host: str = "shop.example",
    ) -> Answer:
        """One request. `cookie` is the secret of a session, `key` an API key sent as bearer."""
        raw = [(_bytes(name), _bytes(value)) for name, value in (("host", host), *headers)]
        if cookie is not None:
            raw.append((b"cookie", f"{COOKIE}={cookie}".encode()))
        if key is not None:
            raw.append((b"authorization", f"Bearer {key}".encode()))
        if data is not None:
            raw.append((b"content-type", b"application/json"))
            body = json.dumps(data).encode()
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": scheme,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": raw,
            "client": (client, 40000),
            "server": ("127.0.0.1", 8000),
        }
        answer = Answer(0)
        incoming = [{"type": "http.request", "body": body or b"", "more_body": False}]

        async def receive() -> Any:
            return incoming.pop() if incoming else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer

    async def connect(self, path: str, headers: Headers = (), *, cookie: str | None = None) -> bool:
        """Whether a WebSocket handshake is accepted."""
        raw = [(b"host", b"shop.example"), *((_bytes(name), _bytes(value)) for name, value in headers)]
        if cookie is not None:
            raw.append((b"cookie", f"{COOKIE}={cookie}".encode()))
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "wss",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": raw,
            "client": ("203.0.113.7", 40000),
            "server": ("127.0.0.1", 8000),
            "subprotocols": [],
        }
        sent: list[str] = []
        incoming = [{"type": "websocket.connect"}]

        async def receive() -> Any:
            return incoming.pop() if incoming else {"type": "websocket.disconnect", "code": 1000}

        async def send(message: Any) -> None:
            sent.append(message["type"])

        await self.app(scope, receive, send)
        return sent[0] == "websocket.accept"

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        """Run SQL on the database, and commit it. Returns the rows."""
        from sqlalchemy import text

        async with self.database.open(write=True) as session:
            result = await (await session.connection()).execute(text(statement), values)
            rows = list(result.all()) if result.returns_rows else []
            await session.commit()
        return rows

    async def user(self, scopes: str = "") -> User:
        """A new user, whose password is PASSWORD."""
        email = f"{uuid4().hex}@example.com"
        insert = "INSERT INTO auth_users (email, password_hash, scopes) VALUES (:email, :hash, :scopes)"
        await self.sql(insert, email=email, hash=self.hash, scopes=scopes)
        [row] = await self.sql("SELECT id FROM auth_users WHERE email = :email", email=email)
        return User(row.id, email)

    async def session(self, user: User) -> str:
        """A new session without a login: the secret."""
        return await self.auth.sessions.begin(user.id)

    async def key(self, user: User, *scopes: str) -> str:
        """A new API key: the secret."""
        secret, _ = await self.auth.keys.create(user.id, "Robot", scopes)
        return secret

    async def login(
        self, email: str, password: str = PASSWORD, headers: Headers = (), **options: Any
    ) -> Answer:
        """A login as a program sends it."""
        data = {"email": email, "password": password}
        return await self.call("POST", "/api/auth/login", headers, data=data, **options)

    async def status(self, cookie: str | None = None, headers: Headers = (), **options: Any) -> int:
        """The status of `GET /api/account` with these credentials; also proves that a refusal is a proper one."""
        answer = await self.call("GET", "/api/account", headers, cookie=cookie, **options)
        if answer.status == 401:
            assert answer.header("www-authenticate").startswith("Bearer")
            assert answer.json == {"error": "Not signed in"}
        return answer.status


@contextmanager
def served(root: Path) -> Iterator[Site]:
    """The project in this process; its modules and tables are gone afterwards."""
    from textwrap import dedent

    from sqlmodel import SQLModel

    for target, text in EXTRA.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        (root / target).write_text(dedent(text).lstrip())
    others = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "lib"}
    path, tables = list(sys.path), set(SQLModel.metadata.tables)
    try:
        app = create_app(root)
        yield Site(app)
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "lib"]:
            del sys.modules[name]
        for name in set(SQLModel.metadata.tables) - tables:
            SQLModel.metadata.remove(SQLModel.metadata.tables[name])
        sys.modules.update(others)
        sys.path[:] = path


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text
