"""`@action` notes on a function that forms may call it; the function stays the same object."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, TypeVar, overload

_ATTRIBUTE: Final = "__routegen_action__"
_Action = TypeVar("_Action", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ActionOptions:
    """What `@action(...)` says of an action.

    `once` refuses a form that was sent already; `max_body_size` is in bytes, the application's own (1 MiB) by default.
    """

    once: bool = False
    max_body_size: int | None = None


@overload
def action(function: _Action, /) -> _Action: ...
@overload
def action(*, once: bool = False, max_body_size: int | None = None) -> Callable[[_Action], _Action]: ...
def action(function: Any = None, /, *, once: bool = False, max_body_size: int | None = None) -> Any:
    """Mark a function of an `actions.py` as an action; nothing else in the file can be called from outside.

    Args:
        function: the action, when written without parentheses.
        once: the form sends a token that is taken once: a double click does not buy twice.
        max_body_size: bytes that a form may have; the application's limit by default.

    Raises:
        TypeError: it is no function.
        ValueError: a negative `max_body_size`.
    """
    if max_body_size is not None and max_body_size < 0:
        raise ValueError(f"`@action(max_body_size={max_body_size})`: a size is in bytes, 0 or more")
    options = ActionOptions(once, max_body_size)

    def mark(marked: _Action) -> _Action:
        if not callable(marked) or isinstance(marked, type):
            raise TypeError(f"`@action` goes on a function, not on `{marked!r}`")
        setattr(marked, _ATTRIBUTE, options)
        return marked

    return mark if function is None else mark(function)


def options_of(function: object) -> ActionOptions | None:
    """The options of an action, also below other decorators (`functools.wraps`); None for what is not marked."""
    seen = 0
    while function is not None and seen < 100:
        options = getattr(function, _ATTRIBUTE, None)
        if isinstance(options, ActionOptions):
            return options
        function, seen = getattr(function, "__wrapped__", None), seen + 1
    return None


def actions_of(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The actions of a module by the name they have there. A name that begins with `_` is private."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value) and options_of(value) is not None
    }
