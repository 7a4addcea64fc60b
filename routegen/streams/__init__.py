"""Streams that many read, that go on after an interruption, and that front ends of language models read.

    Broadcast        one publishes, many subscribe, whoever was away catches up; on Redis or PostgreSQL across hosts
    ai               the AI SDK's UI message stream, for `useChat`
    Reasoning        what a model thinks, in such a stream

What a single client gets is made by `respond.events` and `respond.lines`. Names are resolved on first use (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routegen.streams.ai_sdk import Reasoning, ai
    from routegen.streams.broadcast import Broadcast

_HOME = {"Broadcast": "broadcast", "Reasoning": "ai_sdk", "ai": "ai_sdk"}

__all__ = ["Broadcast", "Reasoning", "ai"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
