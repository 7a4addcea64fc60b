"""Turns a parsed TypeScript file into a `Module`: what its top-level names stand for, and what it exports."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from tree_sitter import Node

from routegen.handlers.expression import Attribute, Call, Expression, Name, Span
from routegen.handlers.function import Class, Closure, Comment, Function, Module
from routegen.handlers.nodes import Grammar, Nodes
from routegen.handlers.source import Source
from routegen.handlers.syntax import comments_of, span_of, text_of
from routegen.handlers.typescript.body import FUNCTIONS, outside, read_class, read_function, read_main
from routegen.handlers.typescript.grammar import grammar_of

LANG = "typescript"
_DECLARATIONS = ("lexical_declaration", "variable_declaration")
_CLASSES = ("class_declaration", "abstract_class_declaration")
_TRANSPARENT = frozenset({"cache", "unstable_cache", "memoize", "memo", "once"})
"""Wrappers that leave a function what it is."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A name that a file exports: what stands for it inside, and where it is written.

    `source` is the file it is re-exported from; `is_default` says that the name is none that anybody wrote.
    """

    name: str
    local: str
    span: Span
    source: str = ""
    is_function: bool = False


def read_names(source: Source) -> Module:
    """The imports, functions, classes and values of a file by their names, exported ones by these too."""
    nodes = Nodes(grammar_of(source.path), source.data)
    found = _Names(nodes)
    for node in source.root.named_children:
        found.statement(node)
    return Module(
        source=source,
        lang=LANG,
        imports=found.imports,
        functions=found.functions,
        values=found.values,
        classes=found.classes,
        main=read_main(nodes, source.root),
        bound=frozenset([*found.imports, *found.functions, *found.values, *found.classes, *found.taken]),
        comments=_comments(source) if b"routegen:" in source.data else (),
        damaged=source.damaged,
    )


class _Names:
    """What the top level of a file binds."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._kinds = nodes.kinds
        self._lower = outside(nodes)
        self._readers = _readers(nodes.grammar)
        self.imports: dict[str, str] = {}
        self.functions: dict[str, Function] = {}
        self.values: dict[str, Expression] = {}
        self.classes: dict[str, Class] = {}
        self.taken: set[str] = set()

    def statement(self, node: Node) -> None:
        if read := self._readers.get(node.kind_id):
            read(self, node)

    def inside(self, node: Node) -> None:
        for child in node.named_children:
            self.statement(child)

    def function(self, node: Node) -> None:
        found = read_function(self._nodes, node)
        self.functions[found.name] = found

    def class_(self, node: Node) -> None:
        found = read_class(self._nodes, node)
        self.classes[found.name] = found

    def declare(self, node: Node) -> None:
        name, value = self._nodes.field(node, "name"), self._nodes.field(node, "value")
        if name is None or value is None:
            return
        if self._kinds[name.kind_id] != "identifier":
            self._take_apart(name, value)
        elif (required := _required(self._nodes, value)) is not None:
            self.imports[self._nodes.said(name)] = f"{required}.default"
        elif self._kinds[value.kind_id] in FUNCTIONS:
            self.functions[self._nodes.said(name)] = read_function(self._nodes, value, self._nodes.said(name))
        else:
            self._assign(self._nodes.said(name), self._lower.expression(value))

    def _assign(self, name: str, value: Expression) -> None:
        """A value; a function that a harmless wrapper holds is the function."""
        inner = value.arguments[0] if isinstance(value, Call) and value.arguments else None
        if isinstance(value, Call) and isinstance(inner, Closure) and value.name in _TRANSPARENT:
            self.functions[name] = inner.function
        else:
            self.values[name] = value

    def _take_apart(self, pattern: Node, value: Node) -> None:
        """`export const { auth, handlers } = NextAuth(…)`, `const { readFile } = require("fs")`."""
        required = _required(self._nodes, value)
        whole = self._lower.expression(value)
        for part in pattern.named_children:
            key = self._nodes.field(part, "key") or part
            bound = self._nodes.field(part, "value") or part
            if self._kinds[bound.kind_id] not in ("identifier", "shorthand_property_identifier_pattern"):
                continue
            if required is not None:
                self.imports[self._nodes.said(bound)] = f"{required}.{self._nodes.said(key)}"
            elif self._kinds[pattern.kind_id] == "object_pattern":
                self.values[self._nodes.said(bound)] = Attribute(span_of(part), whole, self._nodes.said(key))
            else:
                self.taken.add(self._nodes.said(bound))

    def import_(self, node: Node) -> None:
        spec = specifier(self._nodes, node)
        for clause in node.named_children:
            for child in clause.named_children if self._kinds[clause.kind_id] == "import_clause" else ():
                if self._kinds[child.kind_id] == "identifier":
                    self.imports[self._nodes.said(child)] = f"{spec}.default"
                elif self._kinds[child.kind_id] == "namespace_import":
                    self.imports[self._nodes.said(child.named_children[0])] = spec
                else:
                    for name, local, _ in specifiers(self._nodes, child):
                        self.imports[local] = f"{spec}.{name}"

    def export(self, node: Node) -> None:
        declaration, value = self._nodes.field(node, "declaration"), self._nodes.field(node, "value")
        spec = specifier(self._nodes, node)
        if declaration is not None:
            self.statement(declaration)
            name = self._nodes.said(self._nodes.field(declaration, "name"))
            is_default = any(self._kinds[child.kind_id] == "default" for child in node.children)
            if is_default and (name in self.functions or name in self.classes):
                self.values["default"] = Name(span_of(declaration), name)
        elif value is not None:
            if self._kinds[value.kind_id] in FUNCTIONS:
                self.functions["default"] = read_function(self._nodes, value, "default")
            else:
                self._assign("default", self._lower.expression(value))
        elif spec and not any(self._kinds[child.kind_id] == "export_clause" for child in node.named_children):
            self.imports[f"*{len(self.imports)}"] = spec
        for clause in node.named_children:
            for name, alias, at in (
                specifiers(self._nodes, clause) if self._kinds[clause.kind_id] == "export_clause" else ()
            ):
                if spec:
                    self.imports[alias] = f"{spec}.{name}"
                elif alias != name:
                    self.values[alias] = Name(at, name)


_STATEMENTS: dict[str, Callable[[_Names, Node], None]] = {
    "import_statement": _Names.import_,
    "export_statement": _Names.export,
    **dict.fromkeys(FUNCTIONS, _Names.function),
    **dict.fromkeys(_CLASSES, _Names.class_),
    **dict.fromkeys((*_DECLARATIONS, "if_statement", "statement_block"), _Names.inside),
    "variable_declarator": _Names.declare,
}


@cache
def _readers(grammar: Grammar) -> dict[int, Callable[[_Names, Node], None]]:
    """What reads a statement of each kind, by its number."""
    return grammar.table(_STATEMENTS)


def exported(nodes: Nodes, root: Node) -> Iterator[Exported]:
    """Every name that a file exports, in the order they are written; types are none."""
    for node in root.named_children:
        if nodes.kinds[node.kind_id] != "export_statement" or any(
            nodes.kinds[child.kind_id] == "type" for child in node.children
        ):
            continue
        declaration, spec = nodes.field(node, "declaration"), specifier(nodes, node)
        if declaration is not None:
            yield from _declared(nodes, declaration)
        for clause in node.named_children:
            for name, alias, at in (
                specifiers(nodes, clause) if nodes.kinds[clause.kind_id] == "export_clause" else ()
            ):
                yield Exported(alias, name, at, spec)


def _declared(nodes: Nodes, node: Node) -> Iterator[Exported]:
    if nodes.kinds[node.kind_id] in FUNCTIONS or nodes.kinds[node.kind_id] in _CLASSES:
        name = nodes.field(node, "name")
        if name is not None:
            yield Exported(
                nodes.said(name),
                nodes.said(name),
                span_of(name),
                is_function=nodes.kinds[node.kind_id] in FUNCTIONS,
            )
        return
    for child in node.named_children if nodes.kinds[node.kind_id] in _DECLARATIONS else ():
        name, value = nodes.field(child, "name"), nodes.field(child, "value")
        is_function = value is not None and nodes.kinds[value.kind_id] in FUNCTIONS
        for at in _bound(nodes, name) if name is not None else ():
            yield Exported(nodes.said(at), nodes.said(at), span_of(at), is_function=is_function)


def _bound(nodes: Nodes, pattern: Node) -> Iterator[Node]:
    if nodes.kinds[pattern.kind_id] in ("identifier", "shorthand_property_identifier_pattern"):
        yield pattern
    elif nodes.kinds[pattern.kind_id] == "pair_pattern":
        if (value := nodes.field(pattern, "value")) is not None:
            yield from _bound(nodes, value)
    else:
        for child in pattern.named_children:
            yield from _bound(nodes, child)


def specifiers(nodes: Nodes, clause: Node) -> Iterator[tuple[str, str, Span]]:
    """`{ a, b as c }` of an import or an export: the name there, the name here, and where that stands."""
    for child in clause.named_children:
        if nodes.kinds[child.kind_id] in ("import_specifier", "export_specifier"):
            name = nodes.field(child, "name")
            alias = nodes.field(child, "alias") or name
            if name is not None and alias is not None:
                yield nodes.said(name).strip("'\""), nodes.said(alias).strip("'\""), span_of(alias)


def specifier(nodes: Nodes, node: Node) -> str:
    """The file or package of an import; empty without one. `node:fs` is `fs`."""
    source = nodes.field(node, "source")
    return nodes.said(source)[1:-1].removeprefix("node:") if source is not None else ""


def _required(nodes: Nodes, node: Node) -> str | None:
    """The package of `require("name")`."""
    if nodes.kinds[node.kind_id] != "call_expression":
        return None
    function, arguments = nodes.field(node, "function"), nodes.field(node, "arguments")
    if function is None or arguments is None or nodes.said(function) != "require":
        return None
    given = arguments.named_children
    is_text = len(given) == 1 and nodes.kinds[given[0].kind_id] == "string"
    return nodes.said(given[0])[1:-1].removeprefix("node:") if is_text else None


def _comments(source: Source) -> tuple[Comment, ...]:
    found: list[Comment] = []
    for node in comments_of(source):
        line = source.lines[node.start_point.row].encode()
        before = line[: node.start_point.column].strip()
        text = text_of(node).removesuffix("*/").rstrip()
        found.append(Comment(text, span_of(node), bool(before)))
    return tuple(sorted(found, key=lambda comment: comment.span.start))
