"""Turns a function of TypeScript into a `Function`: its statements flat and in order."""

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from routegen.handlers.expression import Call, Expression, Name, Span
from routegen.handlers.function import (
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
from routegen.handlers.syntax import first_child, span_of, text_of
from routegen.handlers.typescript.lowering import Lowering

MAX_BLOCKS = 120
FUNCTIONS = {
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "arrow_function",
    "method_definition",
}
_NEVER = frozenset({"redirect", "permanentRedirect", "notFound", "forbidden", "unauthorized"})
"""Functions of Next.js that answer by throwing: what stands after them never runs."""


def read_function(node: Node, name: str = "") -> Function:
    """The function of a declaration, an arrow or a method; `name` is what an arrow is assigned to."""
    named = node.child_by_field_name("name")
    lower = Lowering(lambda statement: None, read_function)
    body = node.child_by_field_name("body")
    result = node.child_by_field_name("return_type")
    at = named if named is not None else node
    return Function(
        name=text_of(named) or name,
        span=span_of(node),
        name_span=span_of(at) if named is not None else Span(node.start_byte, _header_end(node)),
        is_async=any(child.type == "async" for child in node.children),
        parameters=tuple(_parameter(p, i, lower) for i, p in enumerate(_parameters(node))),
        decorators=(),
        read_body=lambda: _BodyReader().read(node, body),
        damaged=node.has_error,
        result=lower.expression(result) if result is not None else None,
    )


def _header_end(node: Node) -> int:
    body = node.child_by_field_name("body")
    return body.start_byte if body is not None else node.end_byte


def _parameters(node: Node) -> list[Node]:
    single = node.child_by_field_name("parameter")
    if single is not None:
        return [single]
    listed = node.child_by_field_name("parameters")
    return [child for child in listed.named_children if child.type != "comment"] if listed is not None else []


def _pattern(node: Node) -> Node:
    """The name or pattern of a parameter, without its type and default."""
    found = node.child_by_field_name("pattern")
    found = found if found is not None else node
    if found.type == "assignment_pattern":
        found = found.child_by_field_name("left") or found
    return found


def _parameter(node: Node, number: int, lower: Lowering) -> Parameter:
    """A parameter; one that is taken apart is called by its number, which no name can be."""
    pattern = _pattern(node)
    is_rest = pattern.type == "rest_pattern"
    named = first_child(pattern) if is_rest else pattern
    name = text_of(named) if named is not None and named.type == "identifier" else f"{{{number}}}"
    annotation, default = node.child_by_field_name("type"), node.child_by_field_name("value")
    return Parameter(
        name,
        span_of(pattern),
        lower.expression(annotation) if annotation is not None else None,
        lower.expression(default) if default is not None else None,
        is_rest,
    )


def read_class(node: Node) -> Class:
    """The class of a `class_declaration`."""
    lower = Lowering(lambda statement: None, read_function)
    heritage = [child for child in node.named_children if child.type == "class_heritage"]
    bases = [clause for child in heritage for clause in child.named_children if "extends" in clause.type]
    return Class(
        text_of(node.child_by_field_name("name")),
        span_of(node),
        lower.all([inner for clause in bases for inner in clause.named_children[:1]]),
        (),
        lambda: _members(node),
    )


def _members(node: Node) -> Members:
    found = Members({}, {})
    body = node.child_by_field_name("body")
    lower = Lowering(lambda statement: None, read_function)
    for child in body.named_children if body is not None else []:
        name = text_of(child.child_by_field_name("name"))
        if child.type == "method_definition":
            found.functions[name] = read_function(child)
        elif child.type == "public_field_definition":
            kind, value = (child.child_by_field_name(field) for field in ("type", "value"))
            if value is not None and value.type in FUNCTIONS:
                found.functions[name] = read_function(value, name)
            else:
                found.fields[name] = (
                    lower.expression(kind) if kind is not None else None,
                    lower.expression(value) if value is not None else None,
                )
    return found


def read_main(root: Node) -> Function:
    """The top level of a file as a function that runs when it is imported."""
    span = span_of(root)
    return Function("", span, span, False, (), (), lambda: _BodyReader().top(root))


class _BodyReader:
    """Reads the statements of one function into a `Body`."""

    def __init__(self) -> None:
        self._body = Body()
        self._lower = Lowering(self._add, read_function)
        self._depth = 0
        self._block = Block(BlockKind.BODY, Span(0, 0))

    def read(self, node: Node, body: Node | None) -> Body:
        if body is None:
            return self._body
        self._block.span = span_of(body)
        for number, parameter in enumerate(_parameters(node)):
            pattern = _pattern(parameter)
            if pattern.type in ("object_pattern", "array_pattern"):
                self._lower.bind(pattern, Name(span_of(pattern), f"{{{number}}}"), Effect.BIND)
        if body.type == "statement_block":
            self._statements(body)
        else:  # an arrow without braces
            self._emit(Effect.RETURN, body, self._lower.expression(body))
        return self._body

    def top(self, root: Node) -> Body:
        self._statements(root)
        return self._body

    def _add(self, statement: Statement) -> None:
        statement.block = self._block
        statement.parts = self._lower.take_made()
        if not self._block.leaves:  # what stands after a `return` never runs
            self._block.last = statement
        self._body.statements.append(statement)

    def _statements(self, node: Node) -> None:
        for child in node.named_children:
            self._statement(child)

    def _statement(self, node: Node) -> None:
        if self._depth > MAX_BLOCKS or (read := _STATEMENTS.get(node.type)) is None:
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
            self._block.last = next(leaving, self._block.last)

    def block(self, node: Node) -> None:
        self._statements(node)

    def define(self, node: Node) -> None:
        if node.type in FUNCTIONS:
            function = read_function(node)
            self._body.functions[function.name] = function
            self._body.definitions.append(function)
        else:
            self._body.definitions.append(read_class(node))

    def declare(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "variable_declarator":
                self._declare(child)

    def _declare(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if value is None or name is None:
            return
        if value.type in FUNCTIONS and name.type == "identifier":
            function = read_function(value, text_of(name))
            self._body.functions[function.name] = function
            self._body.definitions.append(function)
        else:
            self._lower.bind(name, self._lower.expression(value), Effect.BIND)

    def expression(self, node: Node) -> None:
        inner = first_child(node)
        if inner is None:
            return
        if inner.type == "sequence_expression":
            for child in inner.named_children:
                self._evaluate(child)
        else:
            self._evaluate(inner)

    def _evaluate(self, node: Node) -> None:
        if node.type in ("assignment_expression", "augmented_assignment_expression"):
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
        then, other = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        ends = [self._inside(self._open(BlockKind.IF, then or node, test=test), then)]
        if other is not None:
            ends.append(self._inside(self._open(BlockKind.ELSE, other, test=test), first_child(other)))
            self._leave(ends)

    def loop(self, node: Node) -> None:
        """`while`, `do` and `for (;;)`."""
        if (start := node.child_by_field_name("initializer")) is not None:
            self._statement(start)
        test = self._lower.field(node, "condition")
        self._emit(Effect.TEST, node, test)
        self._inside(self._open(BlockKind.LOOP, node, test=test), node.child_by_field_name("body"))

    def each(self, node: Node) -> None:
        """`for (const item of items)`."""
        self._lower.bind(node.child_by_field_name("left"), self._lower.field(node, "right"), Effect.ITERATE)
        self._inside(self._open(BlockKind.LOOP, node), node.child_by_field_name("body"))

    def attempt(self, node: Node) -> None:
        tried = self._open(BlockKind.TRY, node)
        clause = node.child_by_field_name("handler")
        if clause is not None:
            tried.handlers = [self._handler(clause)]
        ends = [self._inside(tried, node.child_by_field_name("body"))]
        if clause is not None:
            caught = tried.handlers[0]
            parameter = clause.child_by_field_name("parameter")
            if parameter is not None and parameter.type == "object_pattern":
                outer, self._block = self._block, caught
                self._lower.bind(parameter, Name(span_of(parameter), caught.names[0]), Effect.BIND)
                self._block = outer
            ends.append(self._inside(caught, clause.child_by_field_name("body")))
        if (finalizer := node.child_by_field_name("finalizer")) is not None:
            self._inside(self._open(BlockKind.FINALLY, finalizer), finalizer.child_by_field_name("body"))
        self._leave(ends)

    def _handler(self, node: Node) -> Block:
        """`catch (error)` catches everything."""
        parameter = node.child_by_field_name("parameter")
        names: tuple[str, ...] = ()
        if parameter is not None:
            names = (text_of(parameter) if parameter.type == "identifier" else "{caught}",)
        return self._open(BlockKind.EXCEPT, node, names=names)

    def switch(self, node: Node) -> None:
        subject = self._lower.field(node, "value")
        self._emit(Effect.TEST, node, subject)
        body = node.child_by_field_name("body")
        cases = [c for c in body.named_children if c.type.startswith("switch_")] if body is not None else []
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
        self._block.last = Statement(Effect.TEST, span_of(node), None, (), [], self._block)

    def labeled(self, node: Node) -> None:
        if (body := node.child_by_field_name("body")) is not None:
            self._statement(body)

    def result(self, node: Node) -> None:
        value = first_child(node)
        self._emit(Effect.RETURN, node, self._lower.expression(value) if value is not None else None)

    def error(self, node: Node) -> None:
        value = first_child(node)
        self._emit(Effect.RAISE, node, self._lower.expression(value) if value is not None else None)

    def export(self, node: Node) -> None:
        if (declaration := node.child_by_field_name("declaration")) is not None:
            self._statement(declaration)
        elif (value := node.child_by_field_name("value")) is not None:
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
