"""Facts that are asked for many times: worked out once for each handler, or for each function it calls."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar


class Knows(Protocol):
    """What remembers facts about itself."""

    known: dict[Any, Any]


_About = TypeVar("_About", bound=Knows)
_Found = TypeVar("_Found")


def once(fact: Callable[[_About], _Found]) -> Callable[[_About], _Found]:
    """The same fact, remembered by what it is about. What it gives is shared: nobody may change it."""

    @wraps(fact)
    def look(about: _About) -> _Found:
        if fact not in about.known:
            about.known[fact] = fact(about)
        return about.known[fact]

    return look
