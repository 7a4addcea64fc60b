"""Turns the definition of a Python function into a `Function`: its statements flat and in order."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tree_sitter import Node

from routegen.handlers.expression import Binary, Expression, Opaque, Span, Subscript
from routegen.handlers.function import (
    ENDS,
    Block,
    BlockKind,
    Body,
    Class,
    Effect,
    Function,
    Members,
    Parameter,
    Statement,
)
from routegen.handlers.nodes import Nodes
from routegen.handlers.python.grammar import grammar
from routegen.handlers.python.lowering import Lowering, bound_names
from routegen.handlers.syntax import span_of

# Python itself stops at 100 levels of indentation.
MAX_BLOCKS = 120


def read_function(nodes: Nodes, node: Node) -> Function:
    """The function of a `function_definition`, or of a `decorated_definition` around one."""
    lower = Lowering(nodes, _nothing)
    definition = _definition(nodes, node)
    parts = {nodes.kinds[child.kind_id]: child for child in definition.children}
    name, result = parts.get("identifier", definition), parts.get("type")
    return Function(
        name=nodes.text(name),
        span=span_of(node),
        name_span=span_of(name),
        is_async="async" in parts,
        parameters=_parameters(parts.get("parameters"), lower, nodes),
        decorators=_decorators(node, lower) if node is not definition else (),
        read_body=lambda: _BodyReader(nodes).read(parts.get("block")),
        damaged=node.has_error,
        read_result=lambda: lower.expression(result) if result is not None else None,
    )


def read_class(nodes: Nodes, node: Node) -> Class:
    """The class of a `class_definition`, or of a `decorated_definition` around one."""
    definition = _definition(nodes, node)
    bases = nodes.field(definition, "superclasses")
    lower = Lowering(nodes, _nothing)
    named = [b for b in bases.named_children if b.type != "keyword_argument"] if bases is not None else []
    return Class(
        nodes.said(nodes.field(definition, "name")),
        span_of(node),
        lower.all(named),
        _decorators(node, lower),
        lambda: _members(nodes, definition),
    )


def _nothing(statement: Statement) -> None:
    """What an expression outside functions binds is nobody's."""


def _definition(nodes: Nodes, node: Node) -> Node:
    """What is decorated, or the node itself."""
    if nodes.kinds[node.kind_id] != "decorated_definition":
        return node
    return nodes.field(node, "definition") or node


def _decorators(node: Node, lower: Lowering) -> tuple[Expression, ...]:
    return lower.all([child.named_children[0] for child in node.named_children if child.type == "decorator"])


def _members(nodes: Nodes, definition: Node) -> Members:
    found = Members({}, {})
    body = nodes.field(definition, "body")
    lower = Lowering(nodes, _nothing)
    for node in body.named_children if body is not None else []:
        inner = _definition(nodes, node)
        if inner.type == "function_definition":
            function = read_function(nodes, node)
            found.functions[function.name] = function
        elif node.type == "expression_statement" and node.named_children:
            assignment = node.named_children[0]
            left = nodes.field(assignment, "left")
            if assignment.type == "assignment" and left is not None and left.type == "identifier":
                kind, value = (nodes.field(assignment, name) for name in ("type", "right"))
                found.fields[nodes.text(left)] = (
                    lower.expression(kind) if kind is not None else None,
                    lower.expression(value) if value is not None else None,
                )
    return found


def read_main(nodes: Nodes, root: Node) -> Function:
    """The top level of a file as a function that runs when it is imported."""
    span = span_of(root)
    return Function("", span, span, False, (), (), lambda: _BodyReader(nodes).top(root))


def _parameters(node: Node | None, lower: Lowering, nodes: Nodes) -> tuple[Parameter, ...]:
    if node is None:
        return ()
    found = [_parameter(child, lower, nodes) for child in node.named_children]
    return tuple([parameter for parameter in found if parameter is not None])


def _parameter(node: Node, lower: Lowering, nodes: Nodes) -> Parameter | None:
    """A parameter, `*rest` too; `/`, `*` and comments are none."""
    kinds = nodes.kinds
    kind = kinds[node.kind_id]
    if kind == "identifier":
        return Parameter(nodes.text(node), span_of(node))
    name, more = node, list[Node]()
    if kind in _WITH_MORE:
        name, *more = [child for child in node.children if child.kind_id not in nodes.comments]
    is_rest = kinds[name.kind_id] != "identifier"
    names = bound_names(nodes, name) if is_rest else [nodes.text(name)]
    if not names:
        return None
    found = Parameter(names[0], span_of(name), is_rest=is_rest and "splat" in kinds[name.kind_id])
    for mark, value in zip(more[::2], more[1::2], strict=False):
        if kinds[mark.kind_id] == ":":
            found.annotation = lower.expression(value)
        else:
            found.default = lower.expression(value)
    return found


_WITH_MORE = ("typed_parameter", "default_parameter", "typed_default_parameter")


class _BodyReader:
    """Reads the statements of one function into a `Body`."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._body = Body()
        self._lower = Lowering(nodes, self._add)
        self._depth = 0
        self._block = Block(BlockKind.BODY, Span(0, 0))
        self._readers = _readers()

    def read(self, block: Node | None) -> Body:
        if block is not None:
            self._block.span = span_of(block)
            self._statements(block)
        del self._lower  # it knows this reader in turn
        return self._body

    def top(self, root: Node) -> Body:
        self._statements(root)
        del self._lower
        return self._body

    def _add(self, statement: Statement) -> None:
        statement.block = self._block
        statement.parts = self._lower.take_made()
        self._block.last = ENDS[statement.effect]
        self._body.statements.append(statement)

    def _statements(self, node: Node) -> None:
        """The statements of a block or of a clause, which holds blocks."""
        if self._depth > MAX_BLOCKS:
            return
        self._depth += 1
        readers = self._readers
        for child in node.children:
            if read := readers.get(child.kind_id):
                read(self, child)
        self._depth -= 1

    def _inside(self, block: Block, node: Node) -> None:
        """The statements of `node`, as those of `block`."""
        outer, self._block = self._block, block
        self._statements(node)
        self._block = outer
        outer.last = None

    def _open(self, kind: BlockKind, node: Node, **known: Any) -> Block:
        return Block(kind, span_of(node), self._block, **known)

    def _emit(self, effect: Effect, node: Node, value: Expression | None) -> None:
        self._add(Statement(effect, span_of(node), value))

    def define(self, node: Node) -> None:
        definition = self._nodes.field(node, "definition") or node
        if definition.type == "function_definition":
            function = read_function(self._nodes, node)
            self._body.functions[function.name] = function
            self._body.definitions.append(function)
        else:
            self._body.definitions.append(read_class(self._nodes, node))

    def expression(self, node: Node) -> None:
        for child in node.named_children:
            kind = self._nodes.kinds[child.kind_id]
            if kind == "assignment":
                self._assign(child)
            elif kind == "augmented_assignment":
                self._augment(child)
            elif kind != "comment" and not self._is_docstring(kind, child):
                self._emit(Effect.EVALUATE, child, self._lower.expression(child))

    def _is_docstring(self, kind: str, node: Node) -> bool:
        """A text alone does nothing."""
        return kind == "string" and "{" not in self._nodes.text(node)

    def _assign(self, node: Node) -> None:
        """`a = b = value`; a bare annotation binds nothing."""
        targets: list[Node | None] = []
        while node.type == "assignment":
            targets.append(self._nodes.field(node, "left"))
            right = self._nodes.field(node, "right")
            if right is None:
                return
            node = right
        value = self._lower.expression(node)
        for target in targets:
            self._lower.bind(target, value, Effect.BIND)

    def _augment(self, node: Node) -> None:
        operator = self._nodes.said(self._nodes.field(node, "operator")).removesuffix("=")
        left, right = self._lower.field(node, "left"), self._lower.field(node, "right")
        value = Binary(span_of(node), operator, left, right)
        self._lower.bind(self._nodes.field(node, "left"), value, Effect.BIND)

    def conditional(self, node: Node) -> None:
        """`if` and `while`: the test, then the block, then each clause in a block of its own."""
        test = self._lower.field(node, "condition")
        self._emit(Effect.TEST, node, test)
        first = BlockKind.IF if node.type == "if_statement" else BlockKind.LOOP
        ends: list[bool] = []
        has_else = False
        for child in node.children:
            kind = self._nodes.kinds[child.kind_id]
            if kind == "block":
                ends.append(self._branch(self._open(first, child, test=test), child))
            elif kind == "elif_clause":
                inner = self._lower.field(child, "condition")
                self._emit(Effect.TEST, child, inner)
                ends.append(self._branch(self._open(BlockKind.IF, child, test=inner), child))
                test = inner
            elif kind == "else_clause":
                has_else = True
                ends.append(self._branch(self._open(BlockKind.ELSE, child, test=test), child))
        if first is BlockKind.IF and has_else and all(ends):
            self._block.last = ENDS[self._body.statements[-1].effect]

    def _branch(self, block: Block, node: Node) -> bool:
        self._inside(block, node)
        return block.leaves

    def loop(self, node: Node) -> None:
        target = self._nodes.field(node, "left")
        self._lower.bind(target, self._lower.field(node, "right"), Effect.ITERATE)
        self._inside(self._open(BlockKind.LOOP, node), node)

    def attempt(self, node: Node) -> None:
        """`try`: its block, and one for each of its clauses."""
        tried = self._open(BlockKind.TRY, node)
        clauses = [child for child in node.named_children if child.type in _CLAUSES]
        tried.handlers = [self._handler(c) for c in clauses if c.type.startswith("except")]
        ends: list[bool] = []
        for child in node.named_children:
            if child.type == "block":
                ends.append(self._branch(tried, child))
        for handler, clause in zip(tried.handlers, clauses, strict=False):
            ends.append(self._branch(handler, clause))
        for clause in clauses[len(tried.handlers) :]:
            if clause.type == "finally_clause":
                self._inside(self._open(BlockKind.FINALLY, clause), clause)
            else:
                ends[0] = self._branch(self._open(BlockKind.ELSE, clause), clause)
        if ends and all(ends):
            self._block.last = ENDS[self._body.statements[-1].effect]

    def _handler(self, node: Node) -> Block:
        """`except A, B as name:`; without a type it catches everything."""
        names: list[str] = []
        caught: list[Expression] = []
        for child in node.named_children:
            if child.type == "as_pattern":
                names += bound_names(self._nodes, self._nodes.field(child, "alias"))
                child = child.named_children[0]
            if child.type == "tuple":
                caught += self._lower.all(child.named_children)
            elif child.type not in ("block", "comment"):
                caught.append(self._lower.expression(child))
        self._lower.take_made()
        return self._open(BlockKind.EXCEPT, node, caught=tuple(caught), names=tuple(names))

    def clause(self, node: Node) -> None:
        """Blocks inside clauses: only what is inside counts."""
        self._statements(node)

    def context(self, node: Node) -> None:
        outer: Block | None = None
        for clause in node.named_children:
            for item in clause.named_children if clause.type == "with_clause" else []:
                block = self._enter(self._nodes.field(item, "value") or item)
                outer = outer or self._block
                block.parent, self._block = self._block, block
        inner = self._block
        self._statements(node)
        if outer is not None:
            self._block = outer
            outer.last = inner.last

    def _enter(self, node: Node) -> Block:
        value = self._lower.expression(node.named_children[0] if node.type == "as_pattern" else node)
        if node.type == "as_pattern":
            self._lower.bind(self._nodes.field(node, "alias"), value, Effect.BIND)
            names = tuple(bound_names(self._nodes, self._nodes.field(node, "alias")))
        else:
            self._emit(Effect.EVALUATE, node, value)
            names = ()
        return self._open(BlockKind.WITH, node, test=value, names=names)

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
                names = tuple(_captured(self._nodes, child))
                if names:
                    self._add(Statement(Effect.BIND, span_of(child), part, names))
            elif child.type == "if_clause":
                self._emit(Effect.TEST, child, Opaque(span_of(child), self._lower.all(child.named_children)))
        self._inside(self._open(BlockKind.IF, node, test=subject), node)

    def result(self, node: Node) -> None:
        value = self._lower.all(node.named_children)
        self._emit(Effect.RETURN, node, value[0] if value else None)

    def error(self, node: Node) -> None:
        value = self._lower.all(node.named_children)
        self._emit(Effect.RAISE, node, value[0] if value else None)

    def claim(self, node: Node) -> None:
        self._emit(Effect.TEST, node, Opaque(span_of(node), self._lower.all(node.named_children)))


def _captured(nodes: Nodes, pattern: Node) -> list[str]:
    """The names a `case` pattern binds: a lone name is one, a dotted one is a constant."""
    if pattern.type == "dotted_name":
        return [nodes.text(pattern)] if len(pattern.named_children) == 1 else []
    if pattern.type in ("identifier", "splat_pattern"):
        return [nodes.text(pattern).lstrip("*")]
    inner = pattern.named_children
    if pattern.type in ("class_pattern", "keyword_pattern"):  # the class, or the keyword, comes first
        inner = inner[1:]
    return [name for child in inner for name in _captured(nodes, child)]


_STATEMENTS: dict[str, Callable[[_BodyReader, Node], None]] = {
    "function_definition": _BodyReader.define,
    "class_definition": _BodyReader.define,
    "decorated_definition": _BodyReader.define,
    "expression_statement": _BodyReader.expression,
    "if_statement": _BodyReader.conditional,
    "while_statement": _BodyReader.conditional,
    "for_statement": _BodyReader.loop,
    "with_statement": _BodyReader.context,
    "match_statement": _BodyReader.match,
    "return_statement": _BodyReader.result,
    "raise_statement": _BodyReader.error,
    "assert_statement": _BodyReader.claim,
    "block": _BodyReader.clause,
    "try_statement": _BodyReader.attempt,
}
_CLAUSES = {"except_clause", "except_group_clause", "else_clause", "finally_clause"}


@cache
def _readers() -> dict[int, Callable[[_BodyReader, Node], None]]:
    """What reads a statement of each kind, by its number."""
    return grammar().table(_STATEMENTS)
