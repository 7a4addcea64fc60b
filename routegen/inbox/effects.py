"""Imports the effects of a project, which are its modules in `inbox/`, and runs workers for their inboxes."""

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

from dotenv import load_dotenv

from routegen.errors import ProjectError
from routegen.inbox.inbox import Inbox

FOLDER = "inbox"


def load(root: Path) -> list[Inbox]:
    """Import every module of `inbox/`, the project's `.env` read before. Returns the inboxes that they use.

    Raises:
        ProjectError: a module fails, or none of them uses an inbox.
    """
    load_dotenv(root / ".env")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    found: list[Inbox] = []
    for file in sorted((root / FOLDER).glob("*.py")):
        name = FOLDER if file.stem == "__init__" else f"{FOLDER}.{file.stem}"
        try:
            module = import_module(name)
        except Exception as error:
            raise ProjectError(
                f"`{FOLDER}/{file.name}` cannot be imported: {type(error).__name__}: {error}",
                hint="mend it: its effects would never run",
            ) from error
        found += [v for v in vars(module).values() if isinstance(v, Inbox) and v not in found]
    if not found:
        raise ProjectError(
            f"no module of `{FOLDER}/` uses an inbox",
            hint="write `from lib.inbox import inbox`, and `@inbox.on(...)` over each effect",
        )
    return found


@asynccontextmanager
async def running(root: Path, *, in_server: bool = False) -> AsyncGenerator[list[Inbox]]:
    """The inboxes of the project, with a worker each; in a server only those that want one there.

    Raises:
        ProjectError: as `load` does.
    """
    from routegen.inbox.worker import working

    inboxes = load(root)
    async with AsyncExitStack() as stack:
        for inbox in inboxes:
            if inbox.in_server or not in_server:
                await stack.enter_async_context(working(inbox))
        yield inboxes
