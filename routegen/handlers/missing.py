"""Facts about what is made only where it is missing: a default row, a file that is written once."""

import re
from collections.abc import Iterator

from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import Call, Compare, Expression
from routegen.handlers.function import Block, BlockKind, Effect
from routegen.handlers.handler import Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_ABSENT = re.compile(
    r"(^\(?|&&|\band\b)\s*(not\b|!(?!=))|\bis None\b|={2,3}\s*(0|null|undefined|None)\b|\.length\s*<\s*1\b"
)
_TAKES_AWAY = re.compile(
    r"delete|remove|destroy|truncate|drop|unlink|\bdel\b|\bpop\b|\brm\b|clear", re.IGNORECASE
)

_RAN_OUT = re.compile(r"expir|stale|outdated|\bttl\b|valid_until", re.IGNORECASE)


def makes_what_is_missing(site: Site) -> bool:
    """`if not teams: db.add(default)`: made the first time only. Reading twice then changes no more than once."""
    if Kind.FS_DELETE in site.kinds or not any(_says_missing(*branch) for branch in _branches(site)):
        return False
    return not _TAKES_AWAY.search(site.scope.module.text(site.call))


def written_once(site: Site) -> bool:
    """`if not path.exists(): path.write_text(…)`: the disk is waited for once in the life of an installation."""
    if not (Kind.FS_WRITE in site.kinds or opens_for_writing(site)):
        return False
    probed = (b for b, scope in _branches(site) if _probes(b.test, scope) and _says_missing(b, scope))
    return any(True for _ in probed) or _left_when_there(site)


def before_refusal(site: Site) -> bool:
    """`if expired: db.delete(key); raise …`: what no longer holds is taken away, and the caller is told."""
    blocks = (block for block, _ in _branches(site) if block.last is not None)
    return any(block.last is not None and block.last.effect is Effect.RAISE for block in blocks)


def takes_what_ran_out(site: Site) -> bool:
    """`elif key.expires < now: db.delete(key)`: what holds no more is taken away when it is met."""
    if not _TAKES_AWAY.search(site.scope.module.text(site.call)):
        return False
    return any(
        block.kind is BlockKind.IF
        and block.test is not None
        and _RAN_OUT.search(scope.module.text(block.test)) is not None
        for block, scope in _branches(site)
    )


def _branches(site: Site) -> Iterator[tuple[Block, Scope]]:
    """The branches that a call runs in, in its own function and in those that lead to it."""
    here: Site | None = site
    while here is not None:
        if here.statement is not None:
            for block in here.statement.block.around:
                if block.kind in (BlockKind.IF, BlockKind.ELSE, BlockKind.EXCEPT):
                    yield block, here.scope
        here = here.via


def _says_missing(block: Block, scope: Scope) -> bool:
    if block.test is None or block.kind is BlockKind.EXCEPT:
        return False
    is_absent = _ABSENT.search(scope.module.text(block.test)) is not None
    if block.kind is BlockKind.IF:
        return is_absent
    return not is_absent and not isinstance(block.test, Compare)


def _probes(test: Expression | None, scope: Scope) -> bool:
    return test is not None and any(
        isinstance(part, Call) and Kind.PROBE in scope.kinds(part) for part in test.walk()
    )


def _left_when_there(site: Site) -> bool:
    """`if path.exists(): return …` before it."""
    if site.statement is None:
        return False
    around = set(map(id, site.statement.block.around))
    for statement in site.scope.function.body.statements:
        block = statement.block
        if (
            statement.effect is Effect.RETURN
            and block.kind is BlockKind.IF
            and block.span.start < site.statement.span.start
            and id(block.parent) in around
            and _probes(block.test, site.scope)
            and not _says_missing(block, site.scope)
        ):
            return True
    return False
