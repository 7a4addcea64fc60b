"""The command line in this process, as the user would type it; its fixtures are `routegen` and, in `tests/cli`, `cli`."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str


Routegen = Callable[..., Ran]
