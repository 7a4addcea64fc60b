"""Facts about what a handler changes: rows, files, mails, other services."""

import re

from routegen.handlers.expression import Collection, Constant, Name
from routegen.handlers.facts import Evidence
from routegen.handlers.function import BlockKind
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind

_OPENERS = {"builtins.open", "io.open", "aiofiles.open", "anyio.open_file", "pathlib.Path.open"}
_WRITING = re.compile(r"[wax+]")
_CHANGING = frozenset(
    {"append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}
)
# What a process remembers of what goes by: nobody would miss it.
_PASSING = re.compile(
    r"cache|memo|task|job|lock|queue|conn|socket|client|session|log|hist|metric|stat|count|pending|active|running|state"
    r"|registry|handlers?$|listeners?$|subscri|loaded|seen",
    re.IGNORECASE,
)
CHANGES = (Kind.DB_WRITE, Kind.FS_WRITE, Kind.FS_DELETE, Kind.EXTERNAL_WRITE)


def changes(handler: Handler) -> list[Site]:
    """The calls that change something for good: rows, files, what another service keeps, rows in memory."""
    return [
        site
        for site in handler.sites
        if site.origin in (Origin.BODY, Origin.LATER)
        and (is_change(site) or _changes_memory(site))
        and not tidies_up(site)
    ]


def tidies_up(site: Site) -> bool:
    """Whether it takes away a file after a failure, or at the end: `except OSError: path.unlink()`."""
    block = site.statement.block.inside(BlockKind.EXCEPT, BlockKind.FINALLY) if site.statement else None
    return block is not None and Kind.FS_DELETE in site.kinds


def _changes_memory(site: Site) -> bool:
    """`rows.pop(key)`, where the module holds `rows = {…}`: the beginning of many an application."""
    rows = site.call.receiver
    if site.call.name not in _CHANGING or not isinstance(rows, Name) or site.scope.is_local(rows.name):
        return False
    value = site.scope.module.values.get(rows.name)
    return isinstance(value, Collection) and not _PASSING.search(rows.name)


def is_change(site: Site) -> bool:
    """Whether this call changes something."""
    return not site.kinds.isdisjoint(CHANGES) or opens_for_writing(site)


def opens_for_writing(site: Site) -> bool:
    """`open(path, "wb")` and its like."""
    if site.target not in _OPENERS:
        return False
    mode = site.call.argument(0 if site.target == "pathlib.Path.open" else 1, "mode")
    return isinstance(mode, Constant) and isinstance(mode.value, str) and bool(_WRITING.search(mode.value))


def at(site: Site, handler: Handler, text: str) -> Evidence:
    """Evidence at the place of a call, in whichever file it is."""
    return Evidence(f"{text}: `{handler.text(site.call, site.scope)}`", site.call.span, site.scope.module)
