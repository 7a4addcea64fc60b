"""Turns the definition of a Python function into a `Function`: its statements flat and in order."""

from collections.abc import Callable

from tree_sitter import Node

from routegen.handlers.expression import Binary, Expression, Opaque, Subscript
from routegen.handlers.function import Body, Effect, Function, Parameter, Statement
from routegen.handlers.python.lowering import Lowering, bound_names, span_of, text_of

# Python itself stops at 100 levels of indentation.
MAX_BLOCKS = 120


def read_function(node: Node) -> Function:
    """The function of a `function_definition`, or of a `decorated_definition` around one."""
    lower = Lowering(lambda statement: None)
    definition = node.child_by_field_name("definition") or node
    decorators = [child.named_children[0] for child in node.named_children if child.type == "decorator"]
    name = definition.child_by_field_name("name") or definition
    return Function(
        name=text_of(name),
        span=span_of(node),
        name_span=span_of(name),
        is_async=any(child.type == "async" for child in definition.children),
        parameters=_parameters(definition.child_by_field_name("parameters"), lower),
        decorators=lower.all(decorators),
        read_body=lambda: _BodyReader().read(definition),
        damaged=node.has_error,
    )


def _parameters(node: Node | None, lower: Lowering) -> tuple[Parameter, ...]:
    if node is None:
        return ()
    return tuple(p for child in node.named_children if (p := _parameter(child, lower)) is not None)


def _parameter(node: Node, lower: Lowering) -> Parameter | None:
    name = node.child_by_field_name("name")
    if name is None:
        name = node if node.type == "identifier" else next(iter(node.named_children), node)
    is_rest = "splat" in node.type or "splat" in name.type
    names = bound_names(name)
    if not names:  # `/`, `*` or a comment
        return None
    annotation = node.child_by_field_name("type")
    default = node.child_by_field_name("value")
    return Parameter(
        names[0],
        span_of(name),
        lower.expression(annotation) if annotation is not None else None,
        lower.expression(default) if default is not None else None,
        is_rest,
    )


class _BodyReader:
    """Reads the statements of one function into a `Body`."""

    def __init__(self) -> None:
        self._body = Body()
        self._lower = Lowering(self._body.statements.append)
        self._depth = 0

    def read(self, definition: Node) -> Body:
        if (block := definition.child_by_field_name("body")) is not None:
            self._block(block)
        return self._body

    def _block(self, node: Node) -> None:
        """The statements of a block or of a clause, which holds blocks."""
        if self._depth > MAX_BLOCKS:
            return
        self._depth += 1
        for child in node.named_children:
            if read := _STATEMENTS.get(child.type):
                read(self, child)
        self._depth -= 1

    def _emit(self, effect: Effect, node: Node, value: Expression | None) -> None:
        self._body.statements.append(Statement(effect, span_of(node), value))

    def define(self, node: Node) -> None:
        definition = node.child_by_field_name("definition") or node
        if definition.type == "function_definition":
            function = read_function(node)
            self._body.functions[function.name] = function

    def expression(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "assignment":
                self._assign(child)
            elif child.type == "augmented_assignment":
                self._augment(child)
            elif child.type != "comment":
                self._emit(Effect.EVALUATE, child, self._lower.expression(child))

    def _assign(self, node: Node) -> None:
        """`a = b = value`; a bare annotation binds nothing."""
        targets: list[Node | None] = []
        while node.type == "assignment":
            targets.append(node.child_by_field_name("left"))
            right = node.child_by_field_name("right")
            if right is None:
                return
            node = right
        value = self._lower.expression(node)
        for target in targets:
            self._lower.bind(target, value, Effect.BIND)

    def _augment(self, node: Node) -> None:
        operator = text_of(node.child_by_field_name("operator")).removesuffix("=")
        left, right = self._lower.field(node, "left"), self._lower.field(node, "right")
        value = Binary(span_of(node), operator, left, right)
        self._lower.bind(node.child_by_field_name("left"), value, Effect.BIND)

    def conditional(self, node: Node) -> None:
        """`if`, `elif` and `while`: the test, then the blocks and the clauses."""
        if (test := node.child_by_field_name("condition")) is not None:
            self._emit(Effect.TEST, test, self._lower.expression(test))
        self._block(node)

    def loop(self, node: Node) -> None:
        target = node.child_by_field_name("left")
        self._lower.bind(target, self._lower.field(node, "right"), Effect.ITERATE)
        self._block(node)

    def clause(self, node: Node) -> None:
        """`else`, `finally`, `try`, `except`: only what is inside counts."""
        self._block(node)

    def context(self, node: Node) -> None:
        for clause in node.named_children:
            for item in clause.named_children if clause.type == "with_clause" else []:
                self._enter(item.child_by_field_name("value") or item)
        self._block(node)

    def _enter(self, node: Node) -> None:
        value = self._lower.expression(node.named_children[0] if node.type == "as_pattern" else node)
        if node.type == "as_pattern":
            self._lower.bind(node.child_by_field_name("alias"), value, Effect.BIND)
        else:
            self._emit(Effect.EVALUATE, node, value)

    def match(self, node: Node) -> None:
        subject = self._lower.field(node, "subject")
        self._emit(Effect.TEST, node, subject)
        for case in node.named_children[-1].named_children:
            self._case(case, subject)

    def _case(self, node: Node, subject: Expression) -> None:
        for child in node.named_children:
            if child.type == "case_pattern":
                # What a pattern captures is a part of the subject, never the whole: `case other` apart.
                part = Subscript(subject.span, subject, ())
                names = tuple(_captured(child))
                if names:
                    self._body.statements.append(Statement(Effect.BIND, span_of(child), part, names))
            elif child.type == "if_clause":
                self._emit(Effect.TEST, child, Opaque(span_of(child), self._lower.all(child.named_children)))
        self._block(node)

    def result(self, node: Node) -> None:
        value = self._lower.all(node.named_children)
        self._emit(Effect.RETURN, node, value[0] if value else None)

    def error(self, node: Node) -> None:
        value = self._lower.all(node.named_children)
        self._emit(Effect.RAISE, node, value[0] if value else None)

    def claim(self, node: Node) -> None:
        self._emit(Effect.TEST, node, Opaque(span_of(node), self._lower.all(node.named_children)))


def _captured(pattern: Node) -> list[str]:
    """The names a `case` pattern binds: a lone name is one, a dotted one is a constant."""
    if pattern.type == "dotted_name":
        return [text_of(pattern)] if len(pattern.named_children) == 1 else []
    if pattern.type in ("identifier", "splat_pattern"):
        return [text_of(pattern).lstrip("*")]
    inner = pattern.named_children
    if pattern.type in ("class_pattern", "keyword_pattern"):  # the class, or the keyword, comes first
        inner = inner[1:]
    return [name for child in inner for name in _captured(child)]


_STATEMENTS: dict[str, Callable[[_BodyReader, Node], None]] = {
    "function_definition": _BodyReader.define,
    "decorated_definition": _BodyReader.define,
    "expression_statement": _BodyReader.expression,
    "if_statement": _BodyReader.conditional,
    "elif_clause": _BodyReader.conditional,
    "while_statement": _BodyReader.conditional,
    "for_statement": _BodyReader.loop,
    "with_statement": _BodyReader.context,
    "match_statement": _BodyReader.match,
    "return_statement": _BodyReader.result,
    "raise_statement": _BodyReader.error,
    "assert_statement": _BodyReader.claim,
    "block": _BodyReader.clause,
    "else_clause": _BodyReader.clause,
    "try_statement": _BodyReader.clause,
    "except_clause": _BodyReader.clause,
    "except_group_clause": _BodyReader.clause,
    "finally_clause": _BodyReader.clause,
}
