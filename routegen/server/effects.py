"""Runs the effects of events that came in by webhook while the server lives, for a project that has a folder `inbox/`."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from routegen.errors import ProjectError

log = logging.getLogger("routegen.server")


@asynccontextmanager
async def effects(root: Path, *, dev: bool) -> AsyncGenerator[None]:
    """Workers for the inboxes of the project inside.

    Raises:
        ProjectError: an effect cannot be imported; in dev that is said, and everything else is served.
    """
    if not any((root / "inbox").glob("*.py")):
        yield
        return
    from routegen.inbox.effects import load, running

    try:
        load(root)
    except ProjectError as error:
        if not dev:
            raise
        log.error("%s: no effect runs (%s)", error.message, error.hint)
        yield
        return
    async with running(root, in_server=True):
        yield
