"""Facts about what is made only where it is missing: a default row, a file that is written once."""

import re
from collections.abc import Iterator

from routegen.handlers.effects import opens_for_writing
from routegen.handlers.expression import (
    Attribute,
    Call,
    Collection,
    Compare,
    Constant,
    Expression,
    Name,
    options_of,
)
from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step, origins
from routegen.handlers.function import Block, BlockKind, Effect, Statement
from routegen.handlers.handler import Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_ABSENT = re.compile(
    r"(^\(?|&&|\band\b)\s*(not\b|!(?!=))|\bis None\b|={2,3}\s*(0|null|undefined|None)\b|\.length\s*<\s*1\b"
)
_TAKES_AWAY = re.compile(
    r"delete|remove|destroy|truncate|drop(?!s)|unlink|\bdel\b|\bpop\b|\brm\b|clear", re.IGNORECASE
)

_READS = re.compile(
    r"find|get|list|fetch|load|read|retrieve|select|query|first|all$|one|scalar", re.IGNORECASE
)
"""How functions that read rows begin."""
_RAN_OUT = re.compile(r"expir|stale|outdated|\bttl\b|valid_until", re.IGNORECASE)


def makes_what_is_missing(site: Site) -> bool:
    """`if not teams: db.add(default)`: made the first time only. Reading twice then changes no more than once."""
    if Kind.FS_DELETE in site.kinds or _TAKES_AWAY.search(site.scope.module.text(site.call)):
        return False
    if _updates_nothing(site.call):
        return True
    return any(_says_missing(*branch) for branch in branches(site)) or _left_when_found(site)


def _updates_nothing(call: Call) -> bool:
    """`upsert({ where, create, update: {} })` of Prisma: the row is there afterwards, as it was or new."""
    change = options_of(call.arguments[0]).get("update") if call.name == "upsert" and call.arguments else None
    return isinstance(change, Collection) and not change.items


def _left_when_found(site: Site) -> bool:
    """`if (links.length > 0) return …` before it, where the links were read: it is made for who has none."""
    return any(
        statement.block.test is not None and _says_found(statement.block.test, site.scope)
        for statement in _left_before(site)
        if not _refuses(statement, site.scope)
    )


def _refuses(statement: Statement, scope: Scope) -> bool:
    status = status_of(Step(statement.value, scope)) if statement.value is not None else None
    return status is not None and status >= 400


def _says_found(test: Expression, scope: Scope) -> bool:
    """`found`, `found.length`, `found.length > 0`, `found !== null`, `found is not None`, of what was read."""
    if isinstance(test, Compare):
        ends = test.operands[1]
        if (
            test.operators[0] not in (">", "!=", "is not")
            or not isinstance(ends, Constant)
            or ends.value not in (0, None)
        ):
            return False
        test = test.operands[0]
    if isinstance(test, Attribute) and test.name == "length":
        test = test.object
    if not isinstance(test, Name):
        return False
    return any(_is_read(step) for step in origins(test, scope))


def _is_read(step: Step) -> bool:
    """`await links.find()`, `session.get(…)`: somebody else is asked, not what the request brought."""
    call = step.expression
    if not isinstance(call, Call) or not _READS.match(call.name):
        return False
    return call.awaited or not step.scope.kinds(call).isdisjoint({Kind.DB_READ, Kind.FIND_ONE})


def written_once(site: Site) -> bool:
    """`if not path.exists(): path.write_text(…)`: the disk is waited for once in the life of an installation."""
    if not (Kind.FS_WRITE in site.kinds or opens_for_writing(site)):
        return False
    probed = (b for b, scope in branches(site) if _probes(b.test, scope) and _says_missing(b, scope))
    return any(True for _ in probed) or _left_when_there(site)


def before_refusal(site: Site) -> bool:
    """`if expired: db.delete(key); raise …`: what no longer holds is taken away, and the caller is told."""
    blocks = (block for block, _ in branches(site) if block.last is not None)
    return any(block.last is not None and block.last.effect is Effect.RAISE for block in blocks)


def takes_what_ran_out(site: Site) -> bool:
    """`elif key.expires < now: db.delete(key)`: what holds no more is taken away when it is met."""
    if not _TAKES_AWAY.search(site.scope.module.text(site.call)):
        return False
    return any(
        block.kind is BlockKind.IF
        and block.test is not None
        and _RAN_OUT.search(scope.module.text(block.test)) is not None
        for block, scope in branches(site)
    )


def branches(site: Site) -> Iterator[tuple[Block, Scope]]:
    """The branches that a call runs in, in its own function and in those that lead to it."""
    for here in (site, *site.leading):
        for block in here.statement.block.around if here.statement is not None else ():
            if block.kind in (BlockKind.IF, BlockKind.ELSE, BlockKind.EXCEPT):
                yield block, here.scope


def _says_missing(block: Block, scope: Scope) -> bool:
    if block.test is None or block.kind is BlockKind.EXCEPT:
        return False
    is_absent = _ABSENT.search(scope.module.text(block.test)) is not None
    if isinstance(block.test, Name) and block.kind is BlockKind.IF:
        return is_absent or _is_set_where_missing(block.test.name, scope)
    if block.kind is BlockKind.IF:
        return is_absent
    return not is_absent and not isinstance(block.test, Compare)


def _is_set_where_missing(name: str, scope: Scope) -> bool:
    """`if (!row.id) changed = true`, and later `if (changed)`."""
    sets = [
        s for s in scope.bindings.get(name, ()) if isinstance(s.value, Constant) and s.value.value is True
    ]
    return bool(sets) and all(any(_says_missing(b, scope) for b in s.block.around) for s in sets)


def _probes(test: Expression | None, scope: Scope) -> bool:
    return test is not None and any(
        isinstance(part, Call) and Kind.PROBE in scope.kinds(part) for part in test.walk()
    )


def _left_when_there(site: Site) -> bool:
    """`if path.exists(): return …` before it."""
    left = (statement.block for statement in _left_before(site))
    return any(_probes(b.test, site.scope) and not _says_missing(b, site.scope) for b in left)


def _left_before(site: Site) -> Iterator[Statement]:
    """The returns of an `if` that stands before a call: where they run, the call does not."""
    if site.statement is None:
        return
    around = set(map(id, site.statement.block.around))
    for statement in site.scope.function.body.statements:
        block = statement.block
        is_beside = id(block.parent) in around and id(block) not in around
        is_before = is_beside and block.span.start < site.statement.span.start
        if statement.effect is Effect.RETURN and block.kind is BlockKind.IF and is_before:
            yield statement
