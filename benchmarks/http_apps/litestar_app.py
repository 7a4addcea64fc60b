"""Litestar with the same handlers."""

from typing import Any

from litestar import Litestar, get, post
from model import Item


@get("/api/hello")
async def hello() -> dict[str, Any]:
    """A dictionary."""
    return {"hello": "world"}


@get("/api/users/{id:int}")
async def user(id: int) -> dict[str, Any]:
    """A converted path parameter."""
    return {"id": id}


@post("/api/echo")
async def echo(data: Item) -> Item:
    """A validated body."""
    return data


app = Litestar([hello, user, echo], openapi_config=None)
