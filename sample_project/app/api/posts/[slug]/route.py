"""/api/posts/[slug]: one of the posts, by the parameters of its URL.

A route handler, because other programs call it; a page of your own calls `find` itself.
Open: anyone may call it, also to delete.
"""

from fastapi import Response
from routegen import operation, respond

from lib.memory.posts import (
    Post,
    find,
    remove,
)

EXPOSE = "public"


async def GET(
    slug: str,
) -> Post | Response:
    """Read it."""
    found = find(slug)
    if found is None:
        return respond.error("Post not found", 404)
    return found


@operation(status_code=204)
async def DELETE(
    slug: str,
) -> Response:
    """Delete it."""
    if not remove(slug):
        return respond.error("Post not found", 404)
    return respond.no_content()
