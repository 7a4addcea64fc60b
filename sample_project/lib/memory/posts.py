"""Posts, in memory: gone when the process ends, and other processes do not see them.

Replace the bodies of `find` and `remove` by queries of your database; the handler stays as it is.
"""

from pydantic import BaseModel


class Post(BaseModel):
    """What the handler answers with."""

    slug: str
    text: str


_sample = Post(
    slug="hello",
    text="Hello, world!",
)
rows: dict[str, Post] = {"hello": _sample}


def find(
    slug: str,
) -> Post | None:
    """The one with this key, if there is one."""
    return rows.get(slug)


def remove(
    slug: str,
) -> bool:
    """Remove the one with this key. Tells whether there was one."""
    return rows.pop(slug, None) is not None
