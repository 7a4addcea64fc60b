"""Turns any iterable into an asynchronous one whose end runs its `finally`, wherever it stands."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import anyio.to_thread

_T = TypeVar("_T")
Source = AsyncIterable[_T] | Iterable[_T]
"""What a stream is made of: an asynchronous iterable, or a plain one that is stepped in the thread pool."""

_END: Final = object()
_SINGLE: Final = (str, bytes, bytearray, memoryview, Mapping)


def check_source(source: object, function: str) -> None:
    """Refuse what is no stream, at once.

    Raises:
        TypeError: not iterable (a coroutine, a function that was not called), or a single value: text,
            bytes, a mapping.
    """
    name = type(source).__name__
    if isinstance(source, _SINGLE) or not isinstance(source, AsyncIterable | Iterable):
        raise TypeError(f"`respond.{function}` takes an iterable or a generator, not `{name}`")


def iterate(source: Source[_T]) -> AsyncIterator[_T]:
    """The items of a source; close it with `close`."""
    if isinstance(source, AsyncIterable):
        return aiter(source)
    if isinstance(source, list | tuple):
        return _listed(cast("Iterable[_T]", source))
    return _stepped(iter(source))


async def close(iterator: AsyncIterator[Any]) -> None:
    """End a generator where it stands; an iterator without an end is left alone."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        await aclose()


async def _listed(items: Iterable[_T]) -> AsyncGenerator[_T]:
    for item in items:
        yield item


async def _stepped(iterator: Iterator[_T]) -> AsyncGenerator[_T]:
    """Each step in the thread pool, so that a source that blocks does not block the server."""
    try:
        while (item := await _in_thread(next, iterator, _END)) is not _END:
            yield item
    finally:
        end = getattr(iterator, "close", None)
        if end is not None:
            await _in_thread(end)


async def _in_thread(function: Any, *args: Any) -> Any:
    """Run a step to its end even when the task is cancelled: a running generator cannot be closed."""
    step = asyncio.ensure_future(anyio.to_thread.run_sync(function, *args))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait({step})
        if not step.cancelled():
            step.exception()  # seen; the cancellation counts
        raise
