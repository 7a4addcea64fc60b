"""What is asked for many times: worked out once for each handler, each function it calls, or each file."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, Protocol, TypeVar


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


class lazy(Generic[_Found]):
    """`functools.cached_property` without the lock that it takes before Python 3.12: a file is read by one thread."""

    def __init__(self, find: Callable[[Any], _Found]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, about: Any, owner: type) -> _Found:
        found = about.__dict__[self._name] = self._find(about)
        return found
