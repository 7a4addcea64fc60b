"""The fact that a handler of a script answers whichever way it takes."""

from routegen.handlers.expression import Compare, Constant, Expression, Span
from routegen.handlers.function import Block, BlockKind, Effect, Function, Module
from routegen.handlers.handler import Handler, Origin
from routegen.handlers.kinds import Kind


def open_end(handler: Handler) -> tuple[str, Span] | None:
    """Where a handler can end without an answer, told in words; None when it cannot, or it cannot be told."""
    function, scope = handler.function, handler.scope
    if function is None or scope is None or not handler.is_known:
        return None
    if any(s.origin is Origin.DECORATOR and Kind.OPERATION not in s.kinds for s in handler.sites):
        return None
    statements = function.body.statements
    for statement in statements:
        empty = statement.value is None or (
            isinstance(statement.value, Constant) and statement.value.value is None
        )
        if statement.effect is Effect.RETURN and empty:
            return "here it returns nothing", statement.span
    if not statements or not any(s.effect is Effect.RETURN for s in statements):
        return None  # a stub, or one that answers by throwing alone
    root = next(block for block in statements[0].block.around if block.parent is None)
    if root.leaves or _loops(root, function) or _ends_in_union(function, scope.module):
        return None
    last = _last_open(function)
    return (
        ("this `catch` answers nothing", last.span)
        if last is not None
        else ("its end is reached", function.name_span)
    )


def _loops(root: Block, function: Function) -> bool:
    """`while (true)` at the top: what is after it is never reached."""
    return any(
        s.block.kind is BlockKind.LOOP
        and s.block.parent is root
        and isinstance(s.block.test, Constant)
        and s.block.test.value is True
        for s in function.body.statements
    )


def _ends_in_union(function: Function, module: Module) -> bool:
    """`if (x.type === "a") … else if (x.type === "b") …` at the end: often all the members that there are."""
    statements = [
        s for s in function.body.statements if s.block.inside(BlockKind.EXCEPT, BlockKind.FINALLY) is None
    ]
    block = statements[-1].block.inside(BlockKind.IF) if statements else None
    before = block.parent if block is not None else None
    if block is None or before is None or before.kind is not BlockKind.ELSE or not block.leaves:
        return False
    asked = _asked(block.test, module)
    return asked is not None and asked == _asked(before.test, module)


def _asked(test: Expression | None, module: Module) -> str | None:
    """What is compared with a constant."""
    if not isinstance(test, Compare) or test.operators[0] not in ("==", "==="):
        return None
    if not isinstance(test.operands[1], Constant):
        return None
    return module.text(test.operands[0])


def _last_open(function: Function) -> Block | None:
    """The `catch` of the last `try` that does not leave."""
    tries = [b for s in function.body.statements for b in s.block.around if b.kind is BlockKind.TRY]
    for block in reversed(tries):
        for handler in block.handlers:
            if not handler.leaves:
                return handler
    return None
