"""Starlette, doing what the others do: the same model, the same JSON."""

from model import Item
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def hello(request: Request) -> Response:
    """A dictionary."""
    return JSONResponse({"hello": "world"})


async def user(request: Request) -> Response:
    """A converted path parameter."""
    return JSONResponse({"id": request.path_params["id"]})


async def echo(request: Request) -> Response:
    """A validated body."""
    return JSONResponse(Item.model_validate(await request.json()).model_dump())


app = Starlette(
    routes=[
        Route("/api/hello", hello),
        Route("/api/users/{id:int}", user),
        Route("/api/echo", echo, methods=["POST"]),
    ]
)
