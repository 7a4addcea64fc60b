"""Turns a function of TypeScript into a `Function`: its statements flat and in order."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tree_sitter import Node

from routegen.handlers.expression import Call, Expression, Name, Span
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
from routegen.handlers.nodes import Grammar, Nodes
from routegen.handlers.syntax import span_of
from routegen.handlers.typescript.lowering import Lowering

MAX_BLOCKS = 120
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
_NEVER = frozenset({"redirect", "permanentRedirect", "notFound", "forbidden", "unauthorized"})
"""Functions of Next.js that answer by throwing: what stands after them never runs."""


def outside(nodes: Nodes) -> Lowering:
    """What lowers expressions outside of functions: what they bind is nobody's."""
    return Lowering(nodes, lambda statement: None, read_function)


def read_function(nodes: Nodes, node: Node, name: str = "") -> Function:
    """The function of a declaration, an arrow or a method; `name` is what an arrow is assigned to."""
    named, body = nodes.field(node, "name"), nodes.field(node, "body")
    header_end = body.start_byte if body is not None else node.end_byte
    given = _parameters(nodes, node)
    return Function(
        name=nodes.said(named) or name,
        span=span_of(node),
        name_span=span_of(named) if named is not None else Span(node.start_byte, header_end),
        is_async="async" in [nodes.kinds[child.kind_id] for child in node.children],
        parameters=tuple([_parameter(nodes, p, i) for i, p in enumerate(given)]),
        decorators=(),
        read_body=lambda: _BodyReader(nodes).read(given, body),
        damaged=node.has_error,
        read_result=lambda: _result(nodes, node),
    )


def _result(nodes: Nodes, node: Node) -> Expression | None:
    result = nodes.field(node, "return_type")
    return outside(nodes).expression(result) if result is not None else None


def _parameters(nodes: Nodes, node: Node) -> list[Node]:
    listed = nodes.field(node, "parameters")
    if listed is not None:
        return [child for child in listed.named_children if nodes.kinds[child.kind_id] != "comment"]
    single = nodes.field(node, "parameter")
    return [single] if single is not None else []


def _pattern(nodes: Nodes, node: Node) -> Node:
    """The name or pattern of a parameter, without its type and default."""
    found = nodes.field(node, "pattern") or node
    if nodes.kinds[found.kind_id] == "assignment_pattern":
        found = nodes.field(found, "left") or found
    return found


def _parameter(nodes: Nodes, node: Node, number: int) -> Parameter:
    """A parameter; one that is taken apart is called by its number, which no name can be."""
    pattern = _pattern(nodes, node)
    is_rest = nodes.kinds[pattern.kind_id] == "rest_pattern"
    named = nodes.first(pattern) if is_rest else pattern
    is_name = named is not None and nodes.kinds[named.kind_id] == "identifier"
    name = nodes.said(named) if is_name else f"{{{number}}}"
    annotation, default = nodes.field(node, "type"), nodes.field(node, "value")
    if annotation is None and default is None:
        return Parameter(name, span_of(pattern), is_rest=is_rest)
    lower = outside(nodes)
    return Parameter(
        name,
        span_of(pattern),
        lower.expression(annotation) if annotation is not None else None,
        lower.expression(default) if default is not None else None,
        is_rest,
    )


def read_class(nodes: Nodes, node: Node) -> Class:
    """The class of a `class_declaration`."""
    heritage = [child for child in node.named_children if nodes.kinds[child.kind_id] == "class_heritage"]
    bases = [
        clause
        for child in heritage
        for clause in child.named_children
        if "extends" in nodes.kinds[clause.kind_id]
    ]
    return Class(
        nodes.said(nodes.field(node, "name")),
        span_of(node),
        outside(nodes).all([inner for clause in bases for inner in clause.named_children[:1]]),
        (),
        lambda: _members(nodes, node),
    )


def _members(nodes: Nodes, node: Node) -> Members:
    found = Members({}, {})
    body = nodes.field(node, "body")
    lower = outside(nodes)
    for child in body.named_children if body is not None else []:
        name, form = nodes.said(nodes.field(child, "name")), nodes.kinds[child.kind_id]
        if form == "method_definition":
            found.functions[name] = read_function(nodes, child)
        elif form == "public_field_definition":
            kind, value = nodes.field(child, "type"), nodes.field(child, "value")
            if value is not None and nodes.kinds[value.kind_id] in FUNCTIONS:
                found.functions[name] = read_function(nodes, value, name)
            else:
                found.fields[name] = (
                    lower.expression(kind) if kind is not None else None,
                    lower.expression(value) if value is not None else None,
                )
    return found


def read_main(nodes: Nodes, root: Node) -> Function:
    """The top level of a file as a function that runs when it is imported."""
    span = span_of(root)
    return Function("", span, span, False, (), (), lambda: _BodyReader(nodes).top(root))


class _BodyReader:
    """Reads the statements of one function into a `Body`."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._kinds = nodes.kinds
        self._body = Body()
        self._lower = Lowering(nodes, self._add, read_function)
        self._readers = _readers(nodes.grammar)
        self._depth = 0
        self._block = Block(BlockKind.BODY, Span(0, 0))

    def read(self, parameters: list[Node], body: Node | None) -> Body:
        if body is None:
            return self._body
        self._block.span = span_of(body)
        for number, parameter in enumerate(parameters):
            pattern = _pattern(self._nodes, parameter)
            if self._kinds[pattern.kind_id] in ("object_pattern", "array_pattern"):
                self._lower.bind(pattern, Name(span_of(pattern), f"{{{number}}}"), Effect.BIND)
        if self._kinds[body.kind_id] == "statement_block":
            self._statements(body)
        else:  # an arrow without braces
            self._emit(Effect.RETURN, body, self._lower.expression(body))
        del self._lower  # it knows this reader in turn
        return self._body

    def top(self, root: Node) -> Body:
        self._statements(root)
        del self._lower
        return self._body

    def _add(self, statement: Statement) -> None:
        statement.block = self._block
        statement.parts = self._lower.take_made()
        if not self._block.leaves:  # what stands after a `return` never runs
            self._block.last = ENDS[statement.effect]
        self._body.statements.append(statement)

    def _statements(self, node: Node) -> None:
        for child in node.named_children:
            self._statement(child)

    def _statement(self, node: Node) -> None:
        if (read := self._readers.get(node.kind_id)) is None or self._depth > MAX_BLOCKS:
            return
        self._depth += 1
        read(self, node)
        self._depth -= 1

    def _inside(self, block: Block, node: Node | None) -> bool:
        """Read the statements of `node`, or it alone, as those of `block`; whether its end is never reached."""
        outer, self._block = self._block, block
        if node is not None:
            self._statement(node)
        self._block = outer
        self._reach(outer)
        return block.leaves

    def _reach(self, block: Block) -> None:
        """The end of a block is reached after what may or may not have run inside it."""
        if not block.leaves:
            block.last = None

    def _open(self, kind: BlockKind, node: Node, **known: Any) -> Block:
        return Block(kind, span_of(node), self._block, **known)

    def _emit(self, effect: Effect, node: Node, value: Expression | None) -> None:
        self._add(Statement(effect, span_of(node), value))

    def _leave(self, ends: list[bool]) -> None:
        """After branches that all leave, nothing runs."""
        if ends and all(ends):
            leaving = (
                s for s in reversed(self._body.statements) if s.effect in (Effect.RETURN, Effect.RAISE)
            )
            self._block.last = next((ENDS[s.effect] for s in leaving), self._block.last)

    def block(self, node: Node) -> None:
        self._statements(node)

    def define(self, node: Node) -> None:
        if self._kinds[node.kind_id] in FUNCTIONS:
            function = read_function(self._nodes, node)
            self._body.functions[function.name] = function
            self._body.definitions.append(function)
        else:
            self._body.definitions.append(read_class(self._nodes, node))

    def declare(self, node: Node) -> None:
        for child in node.named_children:
            if self._kinds[child.kind_id] == "variable_declarator":
                self._declare(child)

    def _declare(self, node: Node) -> None:
        name, value = self._nodes.field(node, "name"), self._nodes.field(node, "value")
        if value is None or name is None:
            return
        if self._kinds[value.kind_id] in FUNCTIONS and self._kinds[name.kind_id] == "identifier":
            function = read_function(self._nodes, value, self._nodes.said(name))
            self._body.functions[function.name] = function
            self._body.definitions.append(function)
        else:
            self._lower.bind(name, self._lower.expression(value), Effect.BIND)

    def expression(self, node: Node) -> None:
        inner = self._nodes.first(node)
        if inner is None:
            return
        if self._kinds[inner.kind_id] == "sequence_expression":
            for child in inner.named_children:
                self._evaluate(child)
        else:
            self._evaluate(inner)

    def _evaluate(self, node: Node) -> None:
        if self._kinds[node.kind_id] in ("assignment_expression", "augmented_assignment_expression"):
            self._lower.assignment(node)
            return
        value = self._lower.expression(node)
        is_answer = (
            isinstance(value, Call) and isinstance(value.function, Name) and value.function.name in _NEVER
        )
        self._emit(Effect.RAISE if is_answer else Effect.EVALUATE, node, value)

    def conditional(self, node: Node) -> None:
        test = self._lower.field(node, "condition")
        self._emit(Effect.TEST, node, test)
        then, other = self._nodes.field(node, "consequence"), self._nodes.field(node, "alternative")
        ends = [self._inside(self._open(BlockKind.IF, then or node, test=test), then)]
        if other is not None:
            ends.append(self._inside(self._open(BlockKind.ELSE, other, test=test), self._nodes.first(other)))
            self._leave(ends)

    def loop(self, node: Node) -> None:
        """`while`, `do` and `for (;;)`."""
        if (start := self._nodes.field(node, "initializer")) is not None:
            self._statement(start)
        test = self._lower.field(node, "condition")
        self._emit(Effect.TEST, node, test)
        self._inside(self._open(BlockKind.LOOP, node, test=test), self._nodes.field(node, "body"))

    def each(self, node: Node) -> None:
        """`for (const item of items)`."""
        self._lower.bind(self._nodes.field(node, "left"), self._lower.field(node, "right"), Effect.ITERATE)
        self._inside(self._open(BlockKind.LOOP, node), self._nodes.field(node, "body"))

    def attempt(self, node: Node) -> None:
        tried = self._open(BlockKind.TRY, node)
        clause = self._nodes.field(node, "handler")
        if clause is not None:
            tried.handlers = [self._handler(clause)]
        ends = [self._inside(tried, self._nodes.field(node, "body"))]
        if clause is not None:
            caught = tried.handlers[0]
            parameter = self._nodes.field(clause, "parameter")
            if parameter is not None and self._kinds[parameter.kind_id] == "object_pattern":
                outer, self._block = self._block, caught
                self._lower.bind(parameter, Name(span_of(parameter), caught.names[0]), Effect.BIND)
                self._block = outer
            ends.append(self._inside(caught, self._nodes.field(clause, "body")))
        if (finalizer := self._nodes.field(node, "finalizer")) is not None:
            self._inside(self._open(BlockKind.FINALLY, finalizer), self._nodes.field(finalizer, "body"))
        self._leave(ends)

    def _handler(self, node: Node) -> Block:
        """`catch (error)` catches everything."""
        parameter = self._nodes.field(node, "parameter")
        names: tuple[str, ...] = ()
        if parameter is not None:
            names = (
                self._nodes.said(parameter) if self._kinds[parameter.kind_id] == "identifier" else "{caught}",
            )
        return self._open(BlockKind.EXCEPT, node, names=names)

    def switch(self, node: Node) -> None:
        subject = self._lower.field(node, "value")
        self._emit(Effect.TEST, node, subject)
        body = self._nodes.field(node, "body")
        cases = (
            [c for c in body.named_children if self._kinds[c.kind_id].startswith("switch_")]
            if body is not None
            else []
        )
        ends: list[bool] = []
        for case in cases:
            block = self._open(BlockKind.IF, case, test=subject)
            outer, self._block = self._block, block
            for child in case.children_by_field_name("body"):
                self._statement(child)
            self._block = outer
            self._reach(outer)
            if block.last is not None:  # `case "a":` that falls through to the next one is none of its own
                ends.append(block.leaves)
        self._leave(ends)  # without a `default` too: the cases of a union are often all there are

    def stop(self, node: Node) -> None:
        """`break`: what stands before it no longer leaves the block."""
        self._block.last = ENDS[Effect.TEST]

    def labeled(self, node: Node) -> None:
        if (body := self._nodes.field(node, "body")) is not None:
            self._statement(body)

    def result(self, node: Node) -> None:
        value = self._nodes.first(node)
        self._emit(Effect.RETURN, node, self._lower.expression(value) if value is not None else None)

    def error(self, node: Node) -> None:
        value = self._nodes.first(node)
        self._emit(Effect.RAISE, node, self._lower.expression(value) if value is not None else None)

    def export(self, node: Node) -> None:
        if (declaration := self._nodes.field(node, "declaration")) is not None:
            self._statement(declaration)
        elif (value := self._nodes.field(node, "value")) is not None:
            self._emit(Effect.EVALUATE, node, self._lower.expression(value))


_STATEMENTS: dict[str, Callable[[_BodyReader, Node], None]] = {
    "statement_block": _BodyReader.block,
    "function_declaration": _BodyReader.define,
    "generator_function_declaration": _BodyReader.define,
    "class_declaration": _BodyReader.define,
    "lexical_declaration": _BodyReader.declare,
    "variable_declaration": _BodyReader.declare,
    "expression_statement": _BodyReader.expression,
    "if_statement": _BodyReader.conditional,
    "while_statement": _BodyReader.loop,
    "do_statement": _BodyReader.loop,
    "for_statement": _BodyReader.loop,
    "for_in_statement": _BodyReader.each,
    "try_statement": _BodyReader.attempt,
    "switch_statement": _BodyReader.switch,
    "break_statement": _BodyReader.stop,
    "labeled_statement": _BodyReader.labeled,
    "return_statement": _BodyReader.result,
    "throw_statement": _BodyReader.error,
    "export_statement": _BodyReader.export,
}


@cache
def _readers(grammar: Grammar) -> dict[int, Callable[[_BodyReader, Node], None]]:
    """What reads a statement of each kind, by its number."""
    return grammar.table(_STATEMENTS)
