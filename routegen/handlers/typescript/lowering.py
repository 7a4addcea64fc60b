"""Turns TypeScript syntax into expressions without a language."""

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
    Expression,
    Name,
    Opaque,
    Place,
    Span,
    Subscript,
    Template,
    Unpacked,
)
from routegen.handlers.function import Closure, Effect, Function, Statement
from routegen.handlers.syntax import MAX_DEPTH, ExpressionReader, first_child, span_of, text_of

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None}
_TRANSPARENT = {
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "template_substitution",
    "type_annotation",
    "computed_property_name",
    "expression_statement",
}
_LOGICAL = {"&&", "||", "??"}
_COMPARISONS = {"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "instanceof"}
_FUNCTIONS = {"arrow_function", "function_expression", "generator_function", "method_definition"}


class Lowering(ExpressionReader):
    """Lowers the expressions of one function; what they bind goes to `emit`, functions in them to `read`."""

    def __init__(self, emit: Callable[[Statement], None], read: Callable[[Node, str], Function]) -> None:
        super().__init__(emit)
        self._read = read

    def expression(self, node: Node) -> Expression:
        """Lower one expression, whatever it is."""
        kind = node.type
        if self._depth > MAX_DEPTH:
            return Opaque(span_of(node))
        self._depth += 1
        try:
            if kind in _TRANSPARENT and (inner := first_child(node)) is not None:
                return self.expression(inner)
            if kind == "await_expression" and (inner := first_child(node)) is not None:
                found = self.expression(inner)
                if isinstance(found, Call):
                    found.awaited = True
                return found
            if (lower := _FORMS.get(kind)) is not None:
                found = lower(self, node)
            elif kind in _FUNCTIONS:
                found = self.closure(node)
            elif kind in _CONSTANTS:
                found = Constant(span_of(node), _CONSTANTS[kind])
            else:
                found = Opaque(span_of(node), self.all(node.named_children))
        finally:
            self._depth -= 1
        self._made.append(found)
        return found

    def made(self, expression: Expression) -> Expression:
        """Note an expression that no syntax stands for: a property that a pattern takes out."""
        self._made.append(expression)
        return expression

    def closure(self, node: Node) -> Expression:
        return Closure(span_of(node), Opaque(span_of(node)), self._read(node, ""))

    def member(self, node: Node) -> Expression:
        return Attribute(
            span_of(node), self.field(node, "object"), text_of(node.child_by_field_name("property"))
        )

    def subscript(self, node: Node) -> Expression:
        """`a["b"]` is `a.b`."""
        of, index = self.field(node, "object"), self.field(node, "index")
        if isinstance(index, Constant) and isinstance(index.value, str) and index.value.isidentifier():
            return Attribute(span_of(node), of, index.value)
        return Subscript(span_of(node), of, (index,))

    def generic(self, node: Node) -> Expression:
        """`Promise<Item>` in an annotation."""
        named, arguments = node.child_by_field_name("name"), node.child_by_field_name("type_arguments")
        inner = self.all(arguments.named_children) if arguments is not None else ()
        return Subscript(span_of(node), self.expression(named or node.named_children[0]), inner)

    def array(self, node: Node) -> Expression:
        """`Item[]` in an annotation."""
        return Subscript(span_of(node), Name(span_of(node), "Array"), self.all(node.named_children))

    def union(self, node: Node) -> Expression:
        options = self.all(node.named_children)
        return Binary(span_of(node), "|", options[0], options[-1]) if options else Opaque(span_of(node))

    def call(self, node: Node) -> Expression:
        call = Call(span_of(node), self._called(node), is_new=node.type == "new_expression")
        arguments = node.child_by_field_name("arguments")
        if arguments is None:
            return call
        if arguments.type == "template_string":  # a tagged template
            call.arguments = (self.expression(arguments),)
            return call
        found = [child for child in arguments.named_children if child.type != "comment"]
        call.arguments = self.all(found)
        call.unpacks = any(child.type == "spread_element" for child in found)
        if len(call.arguments) > 1:
            call.keywords = options_of(call.arguments[-1])
        return call

    def _called(self, node: Node) -> Expression:
        return self.field(node, "constructor" if node.type == "new_expression" else "function")

    def template(self, node: Node) -> Expression:
        parts: list[Expression] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append(self.expression(child))
            else:
                parts.append(Constant(span_of(child), text_of(child)))
        if all(isinstance(part, Constant) for part in parts):
            return Constant(span_of(node), "".join(str(p.value) for p in parts if isinstance(p, Constant)))
        return Template(span_of(node), tuple(parts))

    def string(self, node: Node) -> Expression:
        return Constant(span_of(node), _text(text_of(node)))

    def number(self, node: Node) -> Expression:
        return Constant(span_of(node), _number(text_of(node)))

    def binary(self, node: Node) -> Expression:
        operator = text_of(node.child_by_field_name("operator"))
        left, right = self.field(node, "left"), self.field(node, "right")
        if operator in _LOGICAL:
            return Choice(span_of(node), None, (left, right))
        if operator in _COMPARISONS:
            return Compare(span_of(node), (operator[:2] if "==" in operator else operator,), (left, right))
        return Binary(span_of(node), operator, left, right)

    def conditional(self, node: Node) -> Expression:
        test = self.field(node, "condition")
        return Choice(span_of(node), test, (self.field(node, "consequence"), self.field(node, "alternative")))

    def mapping(self, node: Node) -> Expression:
        items: list[Expression] = []
        for child in node.named_children:
            items += self._entry(child)
        return Collection(span_of(node), tuple(items), is_mapping=True)

    def _entry(self, node: Node) -> list[Expression]:
        """Key and value of one property; `...rest` has neither."""
        if node.type == "pair":
            return [self._key(node.child_by_field_name("key")), self.field(node, "value")]
        if node.type == "shorthand_property_identifier":
            value = self.made(Name(span_of(node), text_of(node)))
            return [Constant(span_of(node), text_of(node)), value]
        if node.type == "method_definition":
            return [self._key(node.child_by_field_name("name")), self.expression(node)]
        return [self.expression(node)] if node.type == "spread_element" else []

    def _key(self, node: Node | None) -> Expression:
        if node is None:
            return Constant(Span(0, 0), None)
        if node.type in ("property_identifier", "string", "number"):
            return Constant(span_of(node), text_of(node).strip("'\""))
        return self.expression(node)

    def unary(self, node: Node) -> Expression:
        """`void promise` says that nobody waits for it, on purpose."""
        inner = self.field(node, "argument")
        if isinstance(inner, Call) and text_of(node.child_by_field_name("operator")) == "void":
            inner.awaited = True
        return Opaque(span_of(node), (inner,))

    def assignment(self, node: Node) -> Expression:
        """`a = value` among others; `a += value` keeps what was there."""
        target, value = node.child_by_field_name("left"), self.field(node, "right")
        if node.type == "augmented_assignment_expression":
            operator = text_of(node.child_by_field_name("operator")).removesuffix("=")
            value = Binary(span_of(node), operator, self.field(node, "left"), value)
        self.bind(target, value, Effect.BIND)
        return value

    def bind(self, target: Node | None, value: Expression, effect: Effect) -> None:
        """Emit what binding `value` to a name, a pattern or a place (`a.b`) does."""
        if target is None:
            return
        if target.type in ("member_expression", "subscript_expression"):
            place = Place(span_of(target), self.expression(target), value)
            self._made.append(place)
            self._emit(Statement(Effect.EVALUATE, value.span, place))
        elif target.type in ("identifier", "shorthand_property_identifier_pattern"):
            self._emit(Statement(effect, value.span, value, (text_of(target),)))
        else:
            if effect is Effect.ITERATE:
                value = Subscript(value.span, value, ())
            self._take_apart(target, value)

    def _take_apart(self, pattern: Node, value: Expression) -> None:
        """`const { a, b: { c }, ...rest } = value`: each name is a property of the value, the rest is the value."""
        parts = [child for child in pattern.named_children if child.type != "comment"]
        if not parts:
            self._emit(Statement(Effect.EVALUATE, value.span, value))
        for number, part in enumerate(parts):
            if pattern.type == "array_pattern":
                self._part(part, _element(value, number))
            else:
                self._part(part, value)

    def _part(self, part: Node, value: Expression) -> None:
        if part.type == "shorthand_property_identifier_pattern":
            self.bind(part, self.made(Attribute(span_of(part), value, text_of(part))), Effect.BIND)
        elif part.type == "pair_pattern":
            key = text_of(part.child_by_field_name("key")).strip("'\"")
            taken = self.made(Attribute(span_of(part), value, key))
            self._part_of_pair(part.child_by_field_name("value"), taken)
        elif part.type in ("object_assignment_pattern", "assignment_pattern"):
            if (left := part.child_by_field_name("left")) is not None:
                self._part(left, value)
        elif part.type == "rest_pattern":
            self.bind(first_child(part), value, Effect.BIND)
        else:
            self.bind(part, value, Effect.BIND)

    def _part_of_pair(self, target: Node | None, value: Expression) -> None:
        if target is not None and target.type == "assignment_pattern":
            target = target.child_by_field_name("left")
        self.bind(target, value, Effect.BIND)


def options_of(expression: Expression | None) -> dict[str, Expression]:
    """The properties of an object literal by their names."""
    if not isinstance(expression, Collection) or not expression.is_mapping:
        return {}
    found: dict[str, Expression] = {}
    items = iter(expression.items)
    for key in items:
        if not isinstance(key, Unpacked):
            value = next(items, key)
            if isinstance(key, Constant) and isinstance(key.value, str):
                found[key.value] = value
    return found


def _element(value: Expression, number: int) -> Expression:
    """One element of a literal, of `Promise.all([…])`, or of what cannot be told."""
    if isinstance(value, Call) and value.name == "all" and value.arguments:
        value = value.arguments[0]
    if isinstance(value, Collection) and not value.is_mapping and number < len(value.items):
        return value.items[number]
    return Subscript(value.span, value, (Constant(value.span, number),))


def _text(text: str) -> str | None:
    if "\\" not in text:
        return text[1:-1]
    try:
        value = ast.literal_eval(text.replace("\n", "\\n"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def _number(text: str) -> int | float | None:
    text = text.replace("_", "").removesuffix("n")
    try:
        return int(text, 0) if not any(c in text for c in ".eE") or text[:2] in ("0x", "0X") else float(text)
    except ValueError:
        return None


_FORMS: dict[str, Callable[[Lowering, Node], Expression]] = {
    "identifier": Lowering.name,
    "type_identifier": Lowering.name,
    "predefined_type": Lowering.name,
    "property_identifier": Lowering.name,
    "this": Lowering.name,
    "member_expression": Lowering.member,
    "subscript_expression": Lowering.subscript,
    "generic_type": Lowering.generic,
    "array_type": Lowering.array,
    "union_type": Lowering.union,
    "call_expression": Lowering.call,
    "new_expression": Lowering.call,
    "template_string": Lowering.template,
    "string": Lowering.string,
    "number": Lowering.number,
    "binary_expression": Lowering.binary,
    "ternary_expression": Lowering.conditional,
    "array": Lowering.collection,
    "object": Lowering.mapping,
    "yield_expression": Lowering.given,
    "spread_element": Lowering.unpacked,
    "unary_expression": Lowering.unary,
    "assignment_expression": Lowering.assignment,
    "augmented_assignment_expression": Lowering.assignment,
}
