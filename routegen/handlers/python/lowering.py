"""Turns Python syntax into expressions and statements without a language."""

import ast
from collections.abc import Callable
from functools import cache

from tree_sitter import Node

from routegen.handlers.expression import (
    Attribute,
    Binary,
    Call,
    Choice,
    Collection,
    Compare,
    Constant,
    Deferred,
    Expression,
    Name,
    Opaque,
    Place,
    Span,
    Subscript,
    Template,
)
from routegen.handlers.function import Effect, Statement
from routegen.handlers.nodes import Nodes
from routegen.handlers.python.grammar import grammar
from routegen.handlers.syntax import MAX_DEPTH, ExpressionReader, span_of

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None, "ellipsis": None}
_TRANSPARENT = {"await", "parenthesized_expression", "type", "interpolation"}
_HOLDS_NO_NAMES = {"attribute", "subscript", "call"}


class Lowering(ExpressionReader):
    """Lowers the expressions of one function; what they bind (`:=`, comprehensions) goes to `emit`.

    Children are taken by their place where the grammar has only one for them: a field has to be looked for.
    """

    def __init__(self, nodes: Nodes, emit: Callable[[Statement], None]) -> None:
        super().__init__(nodes, emit)
        self._forms = _forms()
        self._names = _names()

    def expression(self, node: Node) -> Expression:
        """Lower one expression, whatever it is."""
        if self._depth > MAX_DEPTH:
            return Opaque(span_of(node))
        number = node.kind_id
        if number in self._names:  # nearly half of all expressions: as short a way as there is
            found = Name(span_of(node), self._text(node))
            self._made.append(found)
            return found
        lower = self._forms.get(number)
        self._depth += 1
        if lower is not None:
            found = lower(self, node)
            self._made.append(found)
        else:
            found = self._other(node, node.type)
        self._depth -= 1
        return found

    def _other(self, node: Node, kind: str) -> Expression:
        """What stands for its inside, or for nothing that is known."""
        if kind in _TRANSPARENT and (inner := self._nodes.first(node)) is not None:
            found = self.expression(inner)
            if kind == "await" and isinstance(found, Call):
                found.awaited = True
            return found
        if kind in _CONSTANTS:
            found = Constant(span_of(node), _CONSTANTS[kind])
        else:
            found = Opaque(span_of(node), self.all(node.named_children))
        self._made.append(found)
        return found

    def attribute(self, node: Node) -> Expression:
        children = node.children
        return Attribute(span_of(node), self.expression(children[0]), self._text(children[-1]))

    def subscript(self, node: Node) -> Expression:
        index = self.all(node.children_by_field_name("subscript"))
        return Subscript(span_of(node), self.field(node, "value"), index)

    def generic(self, node: Node) -> Expression:
        """`list[UploadFile]` in an annotation."""
        name, *rest = node.named_children
        index = self.all([inner for child in rest for inner in child.named_children])
        return Subscript(span_of(node), self.expression(name), index)

    def call(self, node: Node) -> Expression:
        children = node.children
        call, arguments = Call(span_of(node), self.expression(children[0])), children[-1]
        if arguments.type == "generator_expression":
            call.arguments = (self.expression(arguments),)
            return call
        positional: list[Expression] = []
        for child in arguments.named_children:
            kind = child.type
            if kind == "keyword_argument":
                name, *_, value = child.children
                call.keywords[self._text(name)] = self.expression(value)
            elif kind != "comment":
                call.unpacks = call.unpacks or kind in ("list_splat", "dictionary_splat")
                positional.append(self.expression(child))
        call.arguments = tuple(positional)
        return call

    def string(self, node: Node) -> Expression:
        text = self._text(node)
        if "{" in text and any(child.type == "interpolation" for child in node.named_children):
            parts = [c for c in node.named_children if c.type in ("interpolation", "string_content")]
            return Template(span_of(node), tuple([self._part(child) for child in parts]))
        return Constant(span_of(node), _literal(text))

    def _part(self, node: Node) -> Expression:
        if node.type == "interpolation":
            return self.expression(node)
        return Constant(span_of(node), self._text(node))

    def strings(self, node: Node) -> Expression:
        parts = self.all(node.named_children)
        texts = [part.value for part in parts if isinstance(part, Constant) and isinstance(part.value, str)]
        if len(texts) == len(parts):
            return Constant(span_of(node), "".join(texts))
        return Template(span_of(node), parts)

    def anonymous(self, node: Node) -> Expression:
        made, self._made = self._made, []
        body = self.field(node, "body")
        self._made = made
        return Deferred(span_of(node), body)

    def number(self, node: Node) -> Expression:
        return Constant(span_of(node), _literal(self._text(node)))

    def binary(self, node: Node) -> Expression:
        operator = self._nodes.said(self._nodes.field(node, "operator"))
        return Binary(span_of(node), operator, self.field(node, "left"), self.field(node, "right"))

    def compare(self, node: Node) -> Expression:
        operators = tuple(self._text(child) for child in node.children_by_field_name("operators"))
        return Compare(span_of(node), operators, self.all(node.named_children))

    def boolean(self, node: Node) -> Expression:
        return Choice(span_of(node), None, (self.field(node, "left"), self.field(node, "right")))

    def conditional(self, node: Node) -> Expression:
        parts = self.all(node.named_children)
        if len(parts) != 3:
            return Opaque(span_of(node), parts)
        return Choice(span_of(node), parts[1], (parts[0], parts[2]))

    def mapping(self, node: Node) -> Expression:
        items: list[Expression] = []
        for child in node.named_children:
            items += self.all(child.named_children if child.type == "pair" else [child])
        return Collection(span_of(node), tuple(items), is_mapping=True)

    def comprehension(self, node: Node) -> Expression:
        body, *clauses = [child for child in node.named_children if child.type != "comment"]
        for clause in clauses:
            if clause.type == "for_in_clause":
                target, values = self._nodes.field(clause, "left"), self.field(clause, "right")
                self.bind(target, values, Effect.ITERATE, at=Span(node.start_byte, node.start_byte))
            else:
                self._emit(
                    Statement(Effect.TEST, span_of(clause), Opaque(span_of(clause), self._inside(clause)))
                )
        return Collection(
            span_of(node), self._inside(body) if body.type == "pair" else (self.expression(body),)
        )

    def _inside(self, node: Node) -> tuple[Expression, ...]:
        return self.all(node.named_children)

    def walrus(self, node: Node) -> Expression:
        self.bind(self._nodes.field(node, "name"), self.field(node, "value"), Effect.BIND)
        return self.field(node, "name")

    def bind(self, target: Node | None, value: Expression, effect: Effect, *, at: Span | None = None) -> None:
        """Emit what binding `value` to `target` does: a name is bound, a place (`a.b`) only evaluated.

        `at`: from where on the name stands for it, when that is not behind the value.
        """
        names = tuple(bound_names(self._nodes, target))
        if target is not None and not names:
            place = Place(span_of(target), self.expression(target), value)
            self._made.append(place)
            self._emit(Statement(Effect.EVALUATE, value.span, place))
        else:
            self._emit(Statement(effect, at or value.span, value, names))


def bound_names(nodes: Nodes, target: Node | None) -> list[str]:
    """The names that assigning to `target` binds."""
    if target is None:
        return []
    kind = target.type
    if kind == "identifier":
        return [nodes.text(target)]
    if kind in _HOLDS_NO_NAMES:
        return []
    return [name for child in target.named_children for name in bound_names(nodes, child)]


def _literal(text: str) -> str | bytes | int | float | bool | None:
    if text[0] in "\"'" and "\\" not in text:  # most strings: no prefix, no escape
        quote = text[:3] if text[:3] in ('"""', "'''") else text[0]
        return text[len(quote) : -len(quote)]
    if text.isdecimal() and text.isascii() and (text[0] != "0" or text == "0"):
        return int(text) if len(text) < 100 else None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


_FORMS: dict[str, Callable[[Lowering, Node], Expression]] = {
    "attribute": Lowering.attribute,
    "subscript": Lowering.subscript,
    "generic_type": Lowering.generic,
    "call": Lowering.call,
    "string": Lowering.string,
    "concatenated_string": Lowering.strings,
    "integer": Lowering.number,
    "float": Lowering.number,
    "binary_operator": Lowering.binary,
    "comparison_operator": Lowering.compare,
    "boolean_operator": Lowering.boolean,
    "conditional_expression": Lowering.conditional,
    "list": Lowering.collection,
    "tuple": Lowering.collection,
    "expression_list": Lowering.collection,
    "set": Lowering.collection,
    "dictionary": Lowering.mapping,
    "list_comprehension": Lowering.comprehension,
    "set_comprehension": Lowering.comprehension,
    "dictionary_comprehension": Lowering.comprehension,
    "generator_expression": Lowering.comprehension,
    "named_expression": Lowering.walrus,
    "lambda": Lowering.anonymous,
    "yield": Lowering.given,
    "list_splat": Lowering.unpacked,
    "dictionary_splat": Lowering.unpacked,
}


@cache
def _names() -> frozenset[int]:
    """The numbers of what is a variable."""
    return frozenset(number for number, kind in grammar().kinds.items() if kind == "identifier")


@cache
def _forms() -> dict[int, Callable[[Lowering, Node], Expression]]:
    """What lowers a node of each kind, by its number."""
    return {number: _FORMS[kind] for number, kind in grammar().kinds.items() if kind in _FORMS}
