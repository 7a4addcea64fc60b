"""Turns TypeScript syntax into expressions without a language."""

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
    Expression,
    Name,
    Opaque,
    Place,
    Span,
    Subscript,
    Template,
    options_of,
)
from routegen.handlers.function import Closure, Effect, Function, Statement
from routegen.handlers.nodes import Grammar, Nodes
from routegen.handlers.syntax import ExpressionReader, Tables

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None}
_KEYS = frozenset({"property_identifier", "string", "number"})
_LOGICAL = frozenset({"&&", "||", "??"})
_COMPARISONS = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "in", "instanceof"})


class Lowering(ExpressionReader):
    """Lowers the expressions of one function; what they bind goes to `emit`, functions in them to `read`.

    Children are taken by their place where the grammar has only one for them: a field has to be looked for.
    """

    constants = _CONSTANTS

    def __init__(
        self, nodes: Nodes, emit: Callable[[Statement], None], read: Callable[[Nodes, Node, str], Function]
    ) -> None:
        super().__init__(nodes, emit, _tables(nodes.grammar))
        self._kinds = nodes.kinds
        self._read = read

    def function(self, node: Node) -> Expression:
        return Closure(node.byte_range, Opaque(node.byte_range), self._read(self._nodes, node, ""))

    def type(self, node: Node) -> Expression:
        """A type that names no class: nothing in it runs, and nothing is looked up by it."""
        return Opaque(node.byte_range)

    def member(self, node: Node) -> Expression:
        children = node.children
        return Attribute(node.byte_range, self.expression(children[0]), self._text(children[-1]))

    def subscript(self, node: Node) -> Expression:
        """`a["b"]` is `a.b`."""
        of, index = self.field(node, "object"), self.field(node, "index")
        if isinstance(index, Constant) and isinstance(index.value, str) and index.value.isidentifier():
            return Attribute(node.byte_range, of, index.value)
        return Subscript(node.byte_range, of, (index,))

    def generic(self, node: Node) -> Expression:
        """`Promise<Item>` in an annotation."""
        named, arguments = self._nodes.field(node, "name"), self._nodes.field(node, "type_arguments")
        inner = self.all(arguments.named_children) if arguments is not None else ()
        return Subscript(node.byte_range, self.expression(named or node.named_children[0]), inner)

    def array(self, node: Node) -> Expression:
        """`Item[]` in an annotation."""
        return Subscript(node.byte_range, Name(node.byte_range, "Array"), self.all(node.named_children))

    def union(self, node: Node) -> Expression:
        options = self.all(node.named_children)
        return Binary(node.byte_range, "|", options[0], options[-1]) if options else Opaque(node.byte_range)

    def call(self, node: Node) -> Expression:
        """For the grammar `await` belongs to what is called where types follow: `await send<Item>(items)`."""
        children = node.children
        call = Call(node.byte_range, self.expression(children[0]))
        call.awaited = self._kinds[children[0].kind_id] == "await_expression"
        return self._called(node, call, children[-1])

    def construction(self, node: Node) -> Expression:
        call = Call(node.byte_range, self.field(node, "constructor"), is_new=True)
        return self._called(node, call, node.children[-1])

    def _called(self, node: Node, call: Call, arguments: Node) -> Expression:
        """The call with what it is given."""
        kind = self._kinds[arguments.kind_id]
        if kind == "template_string":  # a tagged template
            call.arguments = (self.expression(arguments),)
        if kind != "arguments":
            return call
        found: list[Expression] = []
        for child in arguments.named_children:
            kind = self._kinds[child.kind_id]
            if kind == "spread_element":
                call.unpacks = True
            if kind != "comment":
                found.append(self.expression(child))
        call.arguments = tuple(found)
        if len(found) > 1:
            call.keywords = options_of(found[-1])
        return call

    def template(self, node: Node) -> Expression:
        parts: list[Expression] = []
        for child in node.named_children:
            if self._kinds[child.kind_id] == "template_substitution":
                parts.append(self.expression(child))
            else:
                parts.append(Constant(child.byte_range, self._text(child)))
        if all(isinstance(part, Constant) for part in parts):
            return Constant(node.byte_range, "".join(str(p.value) for p in parts if isinstance(p, Constant)))
        return Template(node.byte_range, tuple(parts))

    def string(self, node: Node) -> Expression:
        return Constant(node.byte_range, _text(self._text(node)))

    def number(self, node: Node) -> Expression:
        return Constant(node.byte_range, _number(self._text(node)))

    def binary(self, node: Node) -> Expression:
        operator = self._nodes.said(self._nodes.field(node, "operator"))
        left, right = self.field(node, "left"), self.field(node, "right")
        if operator in _LOGICAL:
            return Choice(node.byte_range, None, (left, right))
        if operator in _COMPARISONS:
            return Compare(node.byte_range, (operator[:2] if "==" in operator else operator,), (left, right))
        return Binary(node.byte_range, operator, left, right)

    def conditional(self, node: Node) -> Expression:
        test = self.field(node, "condition")
        return Choice(
            node.byte_range, test, (self.field(node, "consequence"), self.field(node, "alternative"))
        )

    def mapping(self, node: Node) -> Expression:
        items: list[Expression] = []
        kinds, chars = self._kinds, self._chars
        for child in node.named_children:
            kind = kinds[child.kind_id]
            if kind == "pair":
                key, *_, value = child.children
                if kinds[key.kind_id] == "property_identifier":  # as nearly all are
                    start, end = span = key.byte_range
                    items.append(Constant(span, chars[start:end]))
                else:
                    items.append(self._key(key))
                items.append(self.expression(value))
            elif kind == "shorthand_property_identifier":
                start, end = span = child.byte_range
                text = chars[start:end]
                items += (Constant(span, text), self.made(Name(span, text)))
            elif kind == "method_definition":
                items += (self._key(self._nodes.field(child, "name")), self.expression(child))
            elif kind == "spread_element":  # it has neither key nor value
                items.append(self.expression(child))
        return Collection(node.byte_range, tuple(items), is_mapping=True)

    def _key(self, node: Node | None) -> Expression:
        if node is None:
            return Constant(Span(0, 0), None)
        if self._kinds[node.kind_id] in _KEYS:
            return Constant(node.byte_range, self._text(node).strip("'\""))
        return self.expression(node)

    def unary(self, node: Node) -> Expression:
        """`void promise` says that nobody waits for it, on purpose."""
        inner = self.field(node, "argument")
        if isinstance(inner, Call) and self._nodes.said(self._nodes.field(node, "operator")) == "void":
            inner.awaited = True
        return Opaque(node.byte_range, (inner,))

    def assignment(self, node: Node) -> Expression:
        """`a = value` among others; `a += value` keeps what was there."""
        target, value = self._nodes.field(node, "left"), self.field(node, "right")
        if self._kinds[node.kind_id] == "augmented_assignment_expression":
            operator = self._nodes.said(self._nodes.field(node, "operator")).removesuffix("=")
            value = Binary(node.byte_range, operator, self.field(node, "left"), value)
        self.bind(target, value, Effect.BIND)
        return value

    def bind(self, target: Node | None, value: Expression, effect: Effect) -> None:
        """Emit what binding `value` to a name, a pattern or a place (`a.b`) does."""
        if target is None:
            return
        kind = self._kinds[target.kind_id]
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self._emit(Statement(effect, value.span, value, (self._text(target),)))
        elif kind in ("member_expression", "subscript_expression"):
            place = Place(target.byte_range, self.expression(target), value)
            self._made.append(place)
            self._emit(Statement(Effect.EVALUATE, value.span, place))
        else:
            if effect is Effect.ITERATE:
                value = Subscript(value.span, value, ())
            self._take_apart(target, value)

    def _take_apart(self, pattern: Node, value: Expression) -> None:
        """`const { a, b: { c }, ...rest } = value`: each name is a property of the value, the rest is the value."""
        parts = [child for child in pattern.named_children if self._kinds[child.kind_id] != "comment"]
        if not parts:
            self._emit(Statement(Effect.EVALUATE, value.span, value))
        is_array = self._kinds[pattern.kind_id] == "array_pattern"
        for number, part in enumerate(parts):
            self._part(part, _element(value, number) if is_array else value)

    def _part(self, part: Node, value: Expression) -> None:
        kind = self._kinds[part.kind_id]
        if kind == "shorthand_property_identifier_pattern":
            self.bind(part, self.made(Attribute(part.byte_range, value, self._text(part))), Effect.BIND)
        elif kind == "pair_pattern":
            key = self._nodes.said(self._nodes.field(part, "key")).strip("'\"")
            taken = self.made(Attribute(part.byte_range, value, key))
            self._part_of_pair(self._nodes.field(part, "value"), taken)
        elif kind in ("object_assignment_pattern", "assignment_pattern"):
            if (left := self._nodes.field(part, "left")) is not None:
                self._part(left, value)
        elif kind == "rest_pattern":
            self.bind(self._nodes.first(part), value, Effect.BIND)
        else:
            self.bind(part, value, Effect.BIND)

    def _part_of_pair(self, target: Node | None, value: Expression) -> None:
        if target is not None and self._kinds[target.kind_id] == "assignment_pattern":
            target = self._nodes.field(target, "left")
        self.bind(target, value, Effect.BIND)


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


_NAMES = ("identifier", "type_identifier", "predefined_type", "property_identifier", "this")
_FORMS: dict[str, Callable[[Lowering, Node], Expression]] = {
    "member_expression": Lowering.member,
    "subscript_expression": Lowering.subscript,
    "generic_type": Lowering.generic,
    "array_type": Lowering.array,
    "union_type": Lowering.union,
    "call_expression": Lowering.call,
    "new_expression": Lowering.construction,
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
    "arrow_function": Lowering.function,
    "function_expression": Lowering.function,
    "generator_function": Lowering.function,
    "method_definition": Lowering.function,
    "object_type": Lowering.type,
    "function_type": Lowering.type,
    "tuple_type": Lowering.type,
    "intersection_type": Lowering.type,
    "conditional_type": Lowering.type,
    **dict.fromkeys(_CONSTANTS, Lowering.constant),
}
_TRANSPARENT: dict[str, Callable[[Lowering, Node], Expression]] = {
    "parenthesized_expression": Lowering.inside,
    "as_expression": Lowering.inside,
    "satisfies_expression": Lowering.inside,
    "non_null_expression": Lowering.inside,
    "template_substitution": Lowering.inside,
    "type_annotation": Lowering.inside,
    "computed_property_name": Lowering.inside,
    "expression_statement": Lowering.inside,
    "await_expression": Lowering.awaited,
}


@cache
def _tables(grammar: Grammar) -> Tables:
    return Tables(grammar.numbers(*_NAMES), grammar.table(_FORMS), grammar.table(_TRANSPARENT))
