"""Runs the effects of events that came in by webhook while the server lives, for a project that has a folder `inbox/`."""

import logging
import sys
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
    if _would_work_on_real_events(root):
        yield
        return
    async with running(root, in_server=True):
        yield


def _would_work_on_real_events(root: Path) -> bool:
    """Whether this is a test without a database of its own: it must not deal with what waits in the developer's."""
    if "pytest" not in sys.modules:
        return False
    from routegen.database.testing import is_thrown_away

    return not is_thrown_away(root)
