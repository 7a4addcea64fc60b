"""Turns a parsed Python file into a `Module`: what its top-level names stand for."""

from collections import Counter

from tree_sitter import Node

from routegen.handlers.expression import Expression
from routegen.handlers.function import Class, Comment, Function, Module
from routegen.handlers.methods import bindings
from routegen.handlers.nodes import Nodes
from routegen.handlers.python.body import read_class, read_function, read_main
from routegen.handlers.python.grammar import grammar
from routegen.handlers.python.lowering import Lowering
from routegen.handlers.python.source import COMPOUND
from routegen.handlers.source import Source
from routegen.handlers.syntax import comments_of, span_of, text_of

_IMPORTED = {"dotted_name", "aliased_import"}
_HOLDERS = {"module", "block", "function_definition", "class_definition", "decorated_definition", *COMPOUND}


def read_names(source: Source) -> Module:
    """The imports, functions, classes and once-assigned values of a file, and its comments."""
    found = list(bindings(source))
    nodes = Nodes(grammar(), source.data)
    times = Counter([name for name, _, _ in found])
    functions: dict[str, Function] = {}
    values: dict[str, Expression] = {}
    classes: dict[str, Class] = {}
    for name, node, _ in found:
        kind = nodes.kinds[node.kind_id]
        if kind == "decorated_definition":
            kind = nodes.kinds[(nodes.field(node, "definition") or node).kind_id]
        if kind == "function_definition":
            functions[name] = read_function(nodes, node)
        elif kind == "class_definition":
            classes[name] = read_class(nodes, node)
        elif kind in _IMPORTED:
            continue
        elif times[name] == 1 and (value := _value(nodes, node)) is not None:
            values[name] = value
    module = Module(
        source=source,
        lang="python",
        imports=_imports(nodes, source),
        functions=functions,
        values=values,
        classes=classes,
        main=read_main(nodes, source.root),
        bound=frozenset(times),
        comments=_comments(source) if b"routegen:" in source.data else (),
        damaged=source.damaged,
    )
    module.shared["bindings"] = found
    return module


def _value(nodes: Nodes, name: Node) -> Expression | None:
    """What is assigned to a name at the top level; None when it is taken apart."""
    assignment = name.parent
    if assignment is None or nodes.kinds[assignment.kind_id] != "assignment":
        return None
    right = nodes.field(assignment, "right")
    while right is not None and nodes.kinds[right.kind_id] == "assignment":
        right = nodes.field(right, "right")
    return Lowering(nodes, lambda statement: None).expression(right) if right is not None else None


def _imports(nodes: Nodes, source: Source) -> dict[str, str]:
    """Every import of the file, inside functions too: local name to dotted name."""
    found: dict[str, str] = {}
    stack = [source.root]
    while stack:
        node = stack.pop()
        kind = nodes.kinds[node.kind_id]
        if kind == "import_statement":
            _import(nodes, node, "", found)
        elif kind == "import_from_statement":
            module = nodes.said(nodes.field(node, "module_name"))
            _import(nodes, node, module if module.endswith(".") else f"{module}.", found)
        elif kind in _HOLDERS and source.data.find(b"import", node.start_byte, node.end_byte) >= 0:
            stack += node.children
    return found


def _import(nodes: Nodes, node: Node, prefix: str, found: dict[str, str]) -> None:
    for name in node.children_by_field_name("name"):
        is_aliased = nodes.kinds[name.kind_id] == "aliased_import"
        dotted = nodes.said(nodes.field(name, "name") if is_aliased else name)
        if is_aliased:
            found[nodes.said(nodes.field(name, "alias"))] = prefix + dotted
        elif prefix:
            found[dotted] = prefix + dotted
        else:  # `import os.path` binds `os`
            found[dotted.partition(".")[0]] = dotted.partition(".")[0]


def _comments(source: Source) -> tuple[Comment, ...]:
    found: list[Comment] = []
    for node in comments_of(source):
        line = source.lines[node.start_point.row]
        is_trailing = not line.lstrip().startswith("#")
        found.append(Comment(text_of(node), span_of(node), is_trailing))
    return tuple(sorted(found, key=lambda comment: comment.span.start))
