"""Turns a parsed TypeScript file into a `Module`: what its top-level names stand for, and what it exports."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from routegen.handlers.expression import Attribute, Call, Expression, Name, Span
from routegen.handlers.function import Class, Closure, Comment, Function, Module
from routegen.handlers.source import Source
from routegen.handlers.syntax import comments_of, span_of, text_of
from routegen.handlers.typescript.body import FUNCTIONS, read_class, read_function, read_main
from routegen.handlers.typescript.lowering import Lowering

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
    found = _Names(source)
    for node in source.root.named_children:
        found.statement(node)
    return Module(
        source=source,
        lang=LANG,
        imports=found.imports,
        functions=found.functions,
        values=found.values,
        classes=found.classes,
        main=read_main(source.root),
        bound=frozenset([*found.imports, *found.functions, *found.values, *found.classes, *found.taken]),
        comments=_comments(source) if b"routegen:" in source.data else (),
        damaged=source.damaged,
    )


class _Names:
    """What the top level of a file binds."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lower = Lowering(lambda statement: None, read_function)
        self.imports: dict[str, str] = {}
        self.functions: dict[str, Function] = {}
        self.values: dict[str, Expression] = {}
        self.classes: dict[str, Class] = {}
        self.taken: set[str] = set()

    def statement(self, node: Node) -> None:
        if node.type == "import_statement":
            self._import(node)
        elif node.type == "export_statement":
            self._export(node)
        elif node.type in FUNCTIONS:
            function = read_function(node)
            self.functions[function.name] = function
        elif node.type in _CLASSES:
            found = read_class(node)
            self.classes[found.name] = found
        elif node.type in _DECLARATIONS:
            for child in node.named_children:
                if child.type == "variable_declarator":
                    self._declare(child)
        elif node.type == "if_statement" or node.type == "statement_block":
            for child in node.named_children:
                self.statement(child)

    def _declare(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None:
            return
        if name.type != "identifier":
            self._take_apart(name, value)
        elif (required := _required(value)) is not None:
            self.imports[text_of(name)] = f"{required}.default"
        elif value.type in FUNCTIONS:
            self.functions[text_of(name)] = read_function(value, text_of(name))
        else:
            self._assign(text_of(name), self._lower.expression(value))

    def _assign(self, name: str, value: Expression) -> None:
        """A value; a function that a harmless wrapper holds is the function."""
        inner = value.arguments[0] if isinstance(value, Call) and value.arguments else None
        if isinstance(value, Call) and isinstance(inner, Closure) and value.name in _TRANSPARENT:
            self.functions[name] = inner.function
        else:
            self.values[name] = value

    def _take_apart(self, pattern: Node, value: Node) -> None:
        """`export const { auth, handlers } = NextAuth(…)`, `const { readFile } = require("fs")`."""
        required = _required(value)
        whole = self._lower.expression(value)
        for part in pattern.named_children:
            key = part.child_by_field_name("key") or part
            bound = part.child_by_field_name("value") or part
            if bound.type not in ("identifier", "shorthand_property_identifier_pattern"):
                continue
            if required is not None:
                self.imports[text_of(bound)] = f"{required}.{text_of(key)}"
            elif pattern.type == "object_pattern":
                self.values[text_of(bound)] = Attribute(span_of(part), whole, text_of(key))
            else:
                self.taken.add(text_of(bound))

    def _import(self, node: Node) -> None:
        spec = specifier(node)
        for clause in node.named_children:
            for child in clause.named_children if clause.type == "import_clause" else ():
                if child.type == "identifier":
                    self.imports[text_of(child)] = f"{spec}.default"
                elif child.type == "namespace_import":
                    self.imports[text_of(child.named_children[0])] = spec
                else:
                    for name, local, _ in specifiers(child):
                        self.imports[local] = f"{spec}.{name}"

    def _export(self, node: Node) -> None:
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        spec = specifier(node)
        if declaration is not None:
            before = len(self.functions) + len(self.classes)
            self.statement(declaration)
            if any(child.type == "default" for child in node.children) and before < len(self.functions) + len(
                self.classes
            ):
                self.values["default"] = Name(span_of(declaration), list(self.functions)[-1])
        elif value is not None:
            if value.type in FUNCTIONS:
                self.functions["default"] = read_function(value, "default")
            else:
                self._assign("default", self._lower.expression(value))
        elif spec and not any(child.type == "export_clause" for child in node.named_children):
            self.imports[f"*{len(self.imports)}"] = spec
        for clause in node.named_children:
            for name, alias, at in specifiers(clause) if clause.type == "export_clause" else ():
                if spec:
                    self.imports[alias] = f"{spec}.{name}"
                elif alias != name:
                    self.values[alias] = Name(at, name)


def exported(root: Node) -> Iterator[Exported]:
    """Every name that a file exports, in the order they are written; types are none."""
    for node in root.named_children:
        if node.type != "export_statement" or any(child.type == "type" for child in node.children):
            continue
        declaration, spec = node.child_by_field_name("declaration"), specifier(node)
        if declaration is not None:
            yield from _declared(declaration)
        for clause in node.named_children:
            for name, alias, at in specifiers(clause) if clause.type == "export_clause" else ():
                yield Exported(alias, name, at, spec)


def _declared(node: Node) -> Iterator[Exported]:
    if node.type in FUNCTIONS or node.type in _CLASSES:
        name = node.child_by_field_name("name")
        if name is not None:
            yield Exported(text_of(name), text_of(name), span_of(name), is_function=node.type in FUNCTIONS)
        return
    for child in node.named_children if node.type in _DECLARATIONS else ():
        name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
        is_function = value is not None and value.type in FUNCTIONS
        for at in _bound(name) if name is not None else ():
            yield Exported(text_of(at), text_of(at), span_of(at), is_function=is_function)


def _bound(pattern: Node) -> Iterator[Node]:
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield pattern
    elif pattern.type == "pair_pattern":
        if (value := pattern.child_by_field_name("value")) is not None:
            yield from _bound(value)
    else:
        for child in pattern.named_children:
            yield from _bound(child)


def specifiers(clause: Node) -> Iterator[tuple[str, str, Span]]:
    """`{ a, b as c }` of an import or an export: the name there, the name here, and where that stands."""
    for child in clause.named_children:
        if child.type in ("import_specifier", "export_specifier"):
            name = child.child_by_field_name("name")
            alias = child.child_by_field_name("alias") or name
            if name is not None and alias is not None:
                yield text_of(name).strip("'\""), text_of(alias).strip("'\""), span_of(alias)


def specifier(node: Node) -> str:
    """The file or package of an import; empty without one. `node:fs` is `fs`."""
    source = node.child_by_field_name("source")
    return text_of(source)[1:-1].removeprefix("node:") if source is not None else ""


def _required(node: Node) -> str | None:
    """The package of `require("name")`."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or text_of(function) != "require":
        return None
    given = arguments.named_children
    is_text = len(given) == 1 and given[0].type == "string"
    return text_of(given[0])[1:-1].removeprefix("node:") if is_text else None


def _comments(source: Source) -> tuple[Comment, ...]:
    found: list[Comment] = []
    for node in comments_of(source):
        line = source.lines[node.start_point.row].encode()
        before = line[: node.start_point.column].strip()
        text = text_of(node).removesuffix("*/").rstrip()
        found.append(Comment(text, span_of(node), bool(before)))
    return tuple(sorted(found, key=lambda comment: comment.span.start))
