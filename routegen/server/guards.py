"""Reads a folder's `dependencies.py`: what guards every route below it. It fails closed."""

from pathlib import Path
from typing import Any

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_parameterless_sub_dependant

from routegen.errors import ProjectError
from routegen.server.loader import Loader


def load_guard(loader: Loader, file: Path) -> tuple[params.Depends, ...]:
    """The `dependencies` of one `dependencies.py`.

    Raises:
        ProjectError: the file exports no list of `Depends(...)`, or a guard that no WebSocket could pass.
        Exception: whatever the file raises.
    """
    exported: Any = getattr(loader.load(file), "dependencies", None)
    if not isinstance(exported, list | tuple) or not exported:
        raise ProjectError(
            f"`{file}` exports no list `dependencies`, so it guards nothing",
            hint="write `dependencies = [Depends(auth)]`, or delete the file; until then every route below answers 500",
        )
    guards: list[params.Depends] = []
    for guard in exported:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(guard, params.Depends) or guard.dependency is None:
            raise ProjectError(
                f"`{file}`: `{guard!r}` in `dependencies` is no guard", hint="wrap it: `Depends(auth)`"
            )
        _check(get_parameterless_sub_dependant(depends=guard, path="/"), file)
        guards.append(guard)
    return tuple(guards)


def _check(dependant: Dependant, file: Path) -> None:
    name = dependant.request_param_name or dependant.websocket_param_name
    if name:
        call = getattr(dependant.call, "__name__", repr(dependant.call))
        raise ProjectError(
            f"`{file}`: the guard `{call}` takes `{name}` as a Request or WebSocket, so it cannot guard both",
            hint=f"annotate it as `{name}: HTTPConnection` (from starlette.requests), which both are",
        )
    for sub in dependant.dependencies:
        _check(sub, file)
