"""Turns Python syntax into expressions and statements without a language."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
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
    Opaque,
    Place,
    Span,
    Subscript,
    Template,
)
from routegen.handlers.function import Effect, Statement
from routegen.handlers.nodes import Nodes
from routegen.handlers.python.grammar import grammar
from routegen.handlers.syntax import ExpressionReader, Tables, span_of

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None, "ellipsis": None}
_HOLDS_NO_NAMES = {"attribute", "subscript", "call"}


class Lowering(ExpressionReader):
    """Lowers the expressions of one function; what they bind (`:=`, comprehensions) goes to `emit`.

    Children are taken by their place where the grammar has only one for them: a field has to be looked for.
    """

    constants = _CONSTANTS

    def __init__(self, nodes: Nodes, emit: Callable[[Statement], None]) -> None:
        super().__init__(nodes, emit, _tables())
        self._parts = _parts()

    def attribute(self, node: Node) -> Expression:
        children = node.children
        return Attribute(node.byte_range, self.expression(children[0]), self._text(children[-1]))

    def subscript(self, node: Node) -> Expression:
        value, *index = [child for child in node.children if child.is_named]
        return Subscript(node.byte_range, self.expression(value), self.all(index))

    def generic(self, node: Node) -> Expression:
        """`list[UploadFile]` in an annotation."""
        name, *rest = node.named_children
        index = self.all([inner for child in rest for inner in child.children if inner.is_named])
        return Subscript(node.byte_range, self.expression(name), index)

    def call(self, node: Node) -> Expression:
        parts, children = self._parts, node.children
        called, arguments = self.expression(children[0]), children[-1]
        if arguments.kind_id in parts.generators:
            return Call(node.byte_range, called, (self.expression(arguments),))
        positional: list[Expression] = []
        keywords: dict[str, Expression] = {}
        unpacks = False
        for child in arguments.children:
            number = child.kind_id
            if number in parts.marks:
                continue
            if number in parts.keywords:
                name, *_, value = child.children
                keywords[self._text(name)] = self.expression(value)
            else:
                unpacks = unpacks or number in parts.splats
                positional.append(self.expression(child))
        return Call(node.byte_range, called, tuple(positional), keywords, unpacks)

    def string(self, node: Node) -> Expression:
        text = self._text(node)
        if "{" in text and (parts := self._with_holes(node.children)):
            return Template(node.byte_range, parts)
        return Constant(node.byte_range, _literal(text))

    def _with_holes(self, nodes: list[Node]) -> tuple[Expression, ...]:
        """The texts and holes of an f-string; none where it has no hole."""
        holes, texts = self._parts.holes, self._parts.texts
        if all(node.kind_id not in holes for node in nodes):
            return ()
        return tuple(
            [
                self.expression(node)
                if node.kind_id in holes
                else Constant(node.byte_range, self._text(node))
                for node in nodes
                if node.kind_id in holes or node.kind_id in texts
            ]
        )

    def strings(self, node: Node) -> Expression:
        parts = self.all(node.named_children)
        texts = [part.value for part in parts if isinstance(part, Constant) and isinstance(part.value, str)]
        if len(texts) == len(parts):
            return Constant(node.byte_range, "".join(texts))
        return Template(node.byte_range, parts)

    def anonymous(self, node: Node) -> Expression:
        made, self._made = self._made, []
        body = self.field(node, "body")
        self._made = made
        return Deferred(node.byte_range, body)

    def number(self, node: Node) -> Expression:
        return Constant(node.byte_range, _literal(self._text(node)))

    def binary(self, node: Node) -> Expression:
        children = node.children
        operator = next(child for child in children if not child.is_named)
        left, right = self.expression(children[0]), self.expression(children[-1])
        return Binary(node.byte_range, self._text(operator), left, right)

    def compare(self, node: Node) -> Expression:
        operators: list[str] = []
        operands: list[Node] = []
        for child in node.children:
            if child.is_named:
                operands.append(child)
            else:
                operators.append(self._text(child))
        return Compare(node.byte_range, tuple(operators), self.all(operands))

    def boolean(self, node: Node) -> Expression:
        children = node.children
        options = (self.expression(children[0]), self.expression(children[-1]))
        return Choice(node.byte_range, None, options)

    def conditional(self, node: Node) -> Expression:
        parts = self.all(node.named_children)
        if len(parts) != 3:
            return Opaque(node.byte_range, parts)
        return Choice(node.byte_range, parts[1], (parts[0], parts[2]))

    def mapping(self, node: Node) -> Expression:
        items: list[Expression] = []
        for child in node.named_children:
            items += self.all(child.named_children if child.type == "pair" else [child])
        return Collection(node.byte_range, tuple(items), is_mapping=True)

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
            node.byte_range, self._inside(body) if body.type == "pair" else (self.expression(body),)
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


_TRANSPARENT: dict[str, Callable[[Lowering, Node], Expression]] = {
    "await": Lowering.awaited,
    "parenthesized_expression": Lowering.inside,
    "type": Lowering.inside,
    "interpolation": Lowering.inside,
}
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
    **dict.fromkeys(_CONSTANTS, Lowering.constant),
}


@cache
def _tables() -> Tables:
    python = grammar()
    return Tables(python.numbers("identifier"), python.table(_FORMS), python.table(_TRANSPARENT))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What stands in calls and texts, by its number."""

    generators: frozenset[int]
    keywords: frozenset[int]
    splats: frozenset[int]
    marks: frozenset[int]
    holes: frozenset[int]
    texts: frozenset[int]


@cache
def _parts() -> _Parts:
    python = grammar()
    return _Parts(
        generators=python.numbers("generator_expression"),
        keywords=python.numbers("keyword_argument"),
        splats=python.numbers("list_splat", "dictionary_splat"),
        marks=python.numbers("(", ")", ",", "comment"),
        holes=python.numbers("interpolation"),
        texts=python.numbers("string_content"),
    )
