"""Tests that say which exception it is, or that somebody develops: its text may be shown then."""

import re
from collections.abc import Iterator

from routegen.handlers.expression import Attribute, Call, Choice, Compare, Constant, Expression, Name, Opaque
from routegen.handlers.function import Block, BlockKind, Statement
from routegen.handlers.scope import Scope

_DEVELOPS = re.compile(r"^_*(is_?)?(dev(elop(ment|ing)?)?|debug|local)(_?mode)?_*$", re.IGNORECASE)
_SERVES = re.compile(r"^_*(is_?)?(prod(uction)?|live)(_?mode)?_*$", re.IGNORECASE)
_PLACE = re.compile(r"(?<![a-z0-9])(env|environment|stage)\W*$", re.IGNORECASE)
_MARK = re.compile(r"^(is([A-Z]|_)|expose$)")
_MAX_DEPTH = 8


def may_show(statement: Statement, name: str, scope: Scope) -> bool:
    """Whether a statement is reached with an exception `name` of a certain kind only, or while somebody develops."""
    return any(_is_kept(block, name, scope) for block in _around(statement)) or any(
        says(block.test, name, scope) is False for block in _left_before(statement, scope) if block.test
    )


def shown(choice: Choice, name: str, scope: Scope) -> tuple[Expression, ...]:
    """What of a choice any exception reaches: `error instanceof AppError ? error.message : "It failed"`."""
    held = says(choice.test or choice.options[0], name, scope)
    if held is None:
        return choice.options
    if choice.test is None:
        return choice.options[:1]
    return choice.options[1:] if held else choice.options[:1]


def _around(statement: Statement) -> Iterator[Block]:
    """The blocks of a statement up to the EXCEPT that it runs in."""
    for block in statement.block.around:
        if block.kind is BlockKind.EXCEPT:
            return
        yield block


def _is_kept(block: Block, name: str, scope: Scope) -> bool:
    if block.kind not in (BlockKind.IF, BlockKind.ELSE) or block.test is None:
        return False
    return says(block.test, name, scope) is (block.kind is BlockKind.IF)


def _left_before(statement: Statement, scope: Scope) -> Iterator[Block]:
    """The IFs before a statement that answer themselves: `if (!(error instanceof AppError)) return …`."""
    around = {id(block) for block in statement.block.around}
    caught = statement.block.inside(BlockKind.EXCEPT)
    start = caught.span.start if caught is not None else 0
    for earlier in scope.function.body.statements:
        block = earlier.block
        is_before = start <= earlier.span.start and earlier.span.end <= statement.span.start
        if is_before and block.kind is BlockKind.IF and block.leaves and id(block.parent) in around:
            yield block


def says(test: Expression, name: str, scope: Scope, depth: int = 0) -> bool | None:
    """True where a test holds for exceptions of a certain kind alone, False where it holds for all others.

    `error instanceof Error` says nothing: all are that.
    """
    if depth > _MAX_DEPTH:
        return None
    text = scope.module.text(test)
    if isinstance(test, Opaque) and len(test.parts) == 1 and text.startswith(("!", "not ")):
        found = says(test.parts[0], name, scope, depth + 1)
        return None if found is None else not found
    if isinstance(test, Compare):
        return _compared(test, name, scope)
    if isinstance(test, Call):
        return _asked(test, name, scope)
    if isinstance(test, Name):
        return _named(test, name, scope, depth)
    if isinstance(test, Attribute):
        is_its = isinstance(test.object, Name) and test.object.name == name and _MARK.match(test.name)
        return True if is_its else _by_name(test.name)
    if (isinstance(test, Choice) and test.test is None) or isinstance(test, Opaque):
        found = {says(part, name, scope, depth + 1) for part in test.children()}
        return True if True in found else False if False in found else None
    return None


def _compared(test: Compare, name: str, scope: Scope) -> bool | None:
    last, operator = test.operands[-1], test.operators[0]
    is_same = operator not in ("!=", "is not", "not in")
    if _mentions(test, name):
        if operator == "instanceof":
            return None if isinstance(last, Name) and last.name == "Error" else True
        # `error.code === "P2002"`, `error.name === "ValidationError"`; `typeof error === "string"` is none
        is_asked = any(isinstance(part, Attribute) for operand in test.operands for part in operand.walk())
        return is_same if is_asked else None
    if isinstance(last, Constant) and _PLACE.search(scope.module.text(test.operands[0])):
        return is_same is not (_SERVES.match(str(last.value)) is not None)
    return None


def _mentions(test: Expression, name: str) -> bool:
    return any(isinstance(part, Name) and part.name == name for part in test.walk())


def _asked(test: Call, name: str, scope: Scope) -> bool | None:
    """`isKnown(error)`, `isinstance(error, AppError)`, but not `isinstance(error, Exception)`."""
    if not test.arguments or scope.module.text(test.arguments[0]) != name:
        return None
    if test.name == "isinstance" and len(test.arguments) == 2:
        return None if scope.dotted(test.arguments[1]) == "builtins.Exception" else True
    return True if test.name.startswith("is") and len(test.arguments) == 1 else None


def _named(test: Name, name: str, scope: Scope, depth: int) -> bool | None:
    if (known := _by_name(test.name)) is not None:
        return known
    bound = scope.binding(test.name, test.span.start)
    return says(bound.value, name, scope, depth + 1) if bound is not None and bound.value else None


def _by_name(name: str) -> bool | None:
    return True if _DEVELOPS.match(name) else False if _SERVES.match(name) else None
