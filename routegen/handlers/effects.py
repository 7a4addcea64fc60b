"""Facts about what a handler changes: rows, files, mails, other services."""

import re

from routegen.handlers.expression import Collection, Constant, Expression, Name, options_of
from routegen.handlers.flow import origins
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
_SCRATCH = re.compile(r"temp(?!l)|tmp|scratch", re.IGNORECASE)
_CACHE = re.compile(r"cache", re.IGNORECASE)
_FILLS = re.compile(r"^_?(write|set|save|store|put|fill|add)_?(to_?)?\w*cache$", re.IGNORECASE)
_TAKES_AWAY = re.compile(r"^(remove|delete|destroy|unlink|rm|del)", re.IGNORECASE)
_READS = re.compile(r"^(download|read|get_?object|fetch|load|open)", re.IGNORECASE)
_USAGE = re.compile(
    r"(api|rate|usage|request)_?limit|usage|quota|(api|cost|request|access)_?log",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"^_?(ensure|get|require|sync|load|find|resolve|fetch)\w*(user|session|auth|account|member)|^current_?user",
    re.IGNORECASE,
)
_CACHING = frozenset({"set", "setex", "set_ex", "hset", "expire", "put"})
CHANGES = (Kind.DB_WRITE, Kind.FS_WRITE, Kind.FS_DELETE, Kind.EXTERNAL_WRITE)


def changes(handler: Handler) -> list[Site]:
    """The calls that change something for good: rows, files, what another service keeps, rows in memory."""
    return [
        site
        for site in handler.sites
        if site.origin in (Origin.BODY, Origin.LATER)
        and (is_change(site) or _changes_memory(site))
        and not is_passing(site, handler)
    ]


def is_passing(site: Site, handler: Handler) -> bool:
    """Whether nobody would miss what it changes: a scratch file, a cached answer, a command that is only signed."""
    return tidies_up(site) or fills_cache(site) or _is_only_signed(site, handler)


def tidies_up(site: Site) -> bool:
    """Whether it takes away a file after a failure, at the end (`except OSError: path.unlink()`), or a scratch file."""
    if Kind.FS_DELETE not in site.kinds:
        return False
    block = site.statement.block.inside(BlockKind.EXCEPT, BlockKind.FINALLY) if site.statement else None
    return block is not None or speaks_of(site.role("path"), site, _SCRATCH)


def fills_cache(site: Site) -> bool:
    """What is kept for the next who asks: `redis.set(cache_key, answer)`, `write_cache(topic, answer)`."""
    if _is_for_cache(site):
        return True
    if Kind.DB_WRITE not in site.kinds or site.call.name not in _CACHING:
        return False
    return speaks_of(site.call.argument(0, "name"), site, _CACHE)


def _is_for_cache(site: Site) -> bool:
    """Whether a helper that is called like it is given a key and what is kept under it."""
    return any(_FILLS.match(here.name) and len(here.call.arguments) > 1 for here in site.leading)


def speaks_of(expression: Expression | None, site: Site, words: re.Pattern[str]) -> bool:
    """Whether an argument of a call, or what it comes from, is called like this."""
    if expression is None:
        return False
    texts = (step.scope.module.text(step.expression) for step in origins(expression, site.scope))
    return bool(words.search(site.scope.module.text(expression))) or any(words.search(t) for t in texts)


def takes_what_it_read(site: Site, handler: Handler) -> bool:
    """`store.download(path)`, then `store.remove([path])`: the file was only there to be handed over to this handler."""
    if not _TAKES_AWAY.search(site.call.name):
        return False
    own = {
        part.name for argument in site.call.arguments for part in argument.walk() if isinstance(part, Name)
    }
    return bool(own) and any(
        _READS.search(other.call.name)
        and any(isinstance(a, Name) and a.name in own for a in other.call.arguments)
        for other in handler.sites
        if other.scope is site.scope and other.call.span.start < site.call.span.start
    )


def counts_usage(site: Site) -> bool:
    """`db.apiLimit.update(…)`, `db.costLog.create(…)`: that one asked is kept beside what was asked for."""
    if Kind.DB_WRITE not in site.kinds:
        return False
    given = options_of(site.call.arguments[-1]) if site.call.arguments else {}
    columns = options_of(given["data"]) if "data" in given else given
    counts = bool(columns) and all(_USAGE.search(column) for column in columns)
    return counts or _USAGE.search(site.scope.module.text(site.call.function)) is not None


def finds_caller(site: Site) -> bool:
    """Whether it is done while it is found out who calls, by `ensureUser()` and its like: whatever was asked for."""
    return any(here.is_followed and _WHO.search(here.name) for here in site.leading)


def _is_only_signed(site: Site, handler: Handler) -> bool:
    """`getSignedUrl(client, new PutObjectCommand(…))`: the one who is given the address does it, or does not."""
    return any(
        step.expression is site.call
        for signing in handler.calls(Kind.PRESIGN)
        for argument in signing.call.arguments
        for step in origins(argument, signing.scope)
    )


def _changes_memory(site: Site) -> bool:
    """`rows.pop(key)`, where the module holds `rows = {…}`: the beginning of many an application."""
    if site.call.name not in _CHANGING:  # most calls
        return False
    rows = site.call.receiver
    if not isinstance(rows, Name) or site.scope.is_local(rows.name):
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
