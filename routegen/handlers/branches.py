"""Which branches of a helper one call of it leaves out: `save(file, None)` never runs what is below `if request:`."""

from routegen.handlers.expression import Compare, Constant, Expression, Name, Opaque
from routegen.handlers.function import Block, BlockKind
from routegen.handlers.scope import Scope

_MAX_CALLS = 5
_NOTHING = ("None", "null", "undefined")


def never_runs(block: Block, scope: Scope) -> bool:
    """Whether a test on a parameter that this call gives as a constant, or leaves at one, keeps a block from running."""
    if scope.call is None:
        return False
    return any(
        around.test is not None
        and around.kind in (BlockKind.IF, BlockKind.ELSE)
        and _truth(around.test, scope) is (around.kind is BlockKind.ELSE)
        for around in block.around
    )


def _truth(test: Expression, scope: Scope) -> bool | None:
    """What a test always says; None when it may say either."""
    if isinstance(test, Name):
        found = _constant(test, scope)
        return None if found is None else bool(found.value)
    if isinstance(test, Opaque) and scope.module.text(test).startswith("not ") and len(test.children()) == 1:
        inner = _truth(test.children()[0], scope)
        return None if inner is None else not inner
    if isinstance(test, Compare) and test.operators in (("is",), ("is not",)):
        found, other = _constant(test.operands[0], scope), test.operands[1]
        if found is not None and isinstance(other, Constant) and other.value is None:
            return (found.value is None) is (test.operators[0] == "is")
    return None


def _constant(name: Expression, scope: Scope) -> Constant | None:
    """The constant that a parameter is for certain, through the calls that pass it on."""
    where = scope
    for _ in range(_MAX_CALLS):
        if isinstance(name, Constant):
            # A literal that could not be read has the value None too.
            is_read = name.value is not None or where.module.text(name) in _NOTHING
            return name if is_read else None
        if not isinstance(name, Name) or where.call is None or name.name in where.bindings:
            return None
        parameter = where.function.parameter(name.name)
        if parameter is None or parameter.is_rest or where.call.unpacks:
            return None
        if name.name in where.arguments:
            name, where = where.arguments[name.name]
        elif parameter.default is not None:
            name = parameter.default
        else:
            return None
    return None
