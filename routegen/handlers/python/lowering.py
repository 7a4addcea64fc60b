"""Turns Python syntax into expressions and statements without a language."""

import ast
from collections.abc import Callable

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
from routegen.handlers.syntax import MAX_DEPTH, ExpressionReader, first_child, span_of, text_of

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None, "ellipsis": None}
_TRANSPARENT = {"await", "parenthesized_expression", "type", "interpolation"}


class Lowering(ExpressionReader):
    """Lowers the expressions of one function; what they bind (`:=`, comprehensions) goes to `emit`."""

    def expression(self, node: Node) -> Expression:
        """Lower one expression, whatever it is."""
        if self._depth > MAX_DEPTH:
            return Opaque(span_of(node))
        kind = node.type
        lower = _FORMS.get(kind)
        if lower is None and kind in _TRANSPARENT and (inner := first_child(node)) is not None:
            self._depth += 1
            found = self.expression(inner)
            self._depth -= 1
            if kind == "await" and isinstance(found, Call):
                found.awaited = True
            return found
        self._depth += 1
        if lower is not None:
            found = lower(self, node)
        elif kind in _CONSTANTS:
            found = Constant(span_of(node), _CONSTANTS[kind])
        else:
            found = Opaque(span_of(node), self.all(node.named_children))
        self._depth -= 1
        self._made.append(found)
        return found

    def attribute(self, node: Node) -> Expression:
        name = text_of(node.child_by_field_name("attribute"))
        return Attribute(span_of(node), self.field(node, "object"), name)

    def subscript(self, node: Node) -> Expression:
        index = self.all(node.children_by_field_name("subscript"))
        return Subscript(span_of(node), self.field(node, "value"), index)

    def generic(self, node: Node) -> Expression:
        """`list[UploadFile]` in an annotation."""
        name, *rest = node.named_children
        index = self.all([inner for child in rest for inner in child.named_children])
        return Subscript(span_of(node), self.expression(name), index)

    def call(self, node: Node) -> Expression:
        call = Call(span_of(node), self.field(node, "function"))
        arguments = node.child_by_field_name("arguments")
        if arguments is None:
            return call
        if arguments.type == "generator_expression":
            call.arguments = (self.expression(arguments),)
            return call
        positional: list[Expression] = []
        for child in arguments.named_children:
            if child.type == "keyword_argument":
                call.keywords[text_of(child.child_by_field_name("name"))] = self.field(child, "value")
            elif child.type != "comment":
                call.unpacks = call.unpacks or child.type in ("list_splat", "dictionary_splat")
                positional.append(self.expression(child))
        call.arguments = tuple(positional)
        return call

    def string(self, node: Node) -> Expression:
        holes = [child for child in node.named_children if child.type == "interpolation"]
        if holes:
            parts = [c for c in node.named_children if c.type in ("interpolation", "string_content")]
            return Template(span_of(node), tuple(self._part(child) for child in parts))
        return Constant(span_of(node), _literal(text_of(node)))

    def _part(self, node: Node) -> Expression:
        if node.type == "interpolation":
            return self.expression(node)
        return Constant(span_of(node), text_of(node))

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
        return Constant(span_of(node), _literal(text_of(node)))

    def binary(self, node: Node) -> Expression:
        operator = text_of(node.child_by_field_name("operator"))
        return Binary(span_of(node), operator, self.field(node, "left"), self.field(node, "right"))

    def compare(self, node: Node) -> Expression:
        operators = tuple(text_of(child) for child in node.children_by_field_name("operators"))
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
                target, values = clause.child_by_field_name("left"), self.field(clause, "right")
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
        self.bind(node.child_by_field_name("name"), self.field(node, "value"), Effect.BIND)
        return self.field(node, "name")

    def bind(self, target: Node | None, value: Expression, effect: Effect, *, at: Span | None = None) -> None:
        """Emit what binding `value` to `target` does: a name is bound, a place (`a.b`) only evaluated.

        `at`: from where on the name stands for it, when that is not behind the value.
        """
        names = tuple(bound_names(target))
        if target is not None and not names:
            place = Place(span_of(target), self.expression(target), value)
            self._made.append(place)
            self._emit(Statement(Effect.EVALUATE, value.span, place))
        else:
            self._emit(Statement(effect, at or value.span, value, names))


def bound_names(target: Node | None) -> list[str]:
    """The names that assigning to `target` binds."""
    if target is None:
        return []
    if target.type == "identifier":
        return [text_of(target)]
    if target.type in ("attribute", "subscript", "call"):
        return []
    return [name for child in target.named_children for name in bound_names(child)]


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
    "identifier": Lowering.name,
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
