"""Serves the optional script of pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from routegen.pages.script import PATH, SOURCE

_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


async def serve_script(request: Request) -> Response:
    """The script, to be kept for good: its URL has its version."""
    return Response(SOURCE, media_type="text/javascript", headers=_HEADERS)


def script_route() -> Route:
    """The route of the script, which OpenAPI does not list."""
    return Route(PATH, serve_script, include_in_schema=False)
