"""Turns a parsed Python file into a `Module`: what its top-level names stand for."""

from collections import Counter

from tree_sitter import Node

from routegen.handlers.expression import Expression
from routegen.handlers.function import Class, Comment, Function, Module
from routegen.handlers.methods import IMPORTS, bindings, imported
from routegen.handlers.nodes import Nodes
from routegen.handlers.python.body import read_class, read_function, read_main
from routegen.handlers.python.grammar import grammar
from routegen.handlers.python.lowering import Lowering
from routegen.handlers.python.source import COMPOUND
from routegen.handlers.source import Source
from routegen.handlers.syntax import comments_of, span_of, text_of

_HOLDERS = {"block", *COMPOUND}


def read_names(source: Source) -> Module:
    """The imports, functions, classes and once-assigned values of a file, and its comments."""
    found = list(bindings(source))
    nodes = Nodes(grammar(), source.data)
    times = Counter([name for name, _, _, _ in found])
    imports: dict[str, str] = {}
    functions: dict[str, Function] = {}
    values: dict[str, Expression] = {}
    classes: dict[str, Class] = {}
    for name, node, _, dotted in found:
        if dotted:
            imports.setdefault(name, dotted)  # of `try` and `except ImportError` the first is what is meant
            continue
        kind = nodes.kinds[node.kind_id]
        if kind == "decorated_definition":
            kind = nodes.kinds[(nodes.field(node, "definition") or node).kind_id]
        if kind == "function_definition":
            functions[name] = read_function(nodes, node)
        elif kind == "class_definition":
            classes[name] = read_class(nodes, node)
        elif times[name] == 1 and (value := _value(nodes, node)) is not None:
            values[name] = value
    module = Module(
        source=source,
        lang="python",
        imports=_imports_inside(nodes, source) | imports,
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


def _imports_inside(nodes: Nodes, source: Source) -> dict[str, str]:
    """Every import inside functions and other blocks: local name to dotted name. The first of a name counts."""
    found: dict[str, str] = {}
    stack = [node for node in source.root.children if nodes.kinds[node.kind_id] not in IMPORTS]
    while stack:
        node = stack.pop()
        kind = nodes.kinds[node.kind_id]
        if kind in IMPORTS:
            found |= {name: dotted for name, _, _, dotted in imported(nodes, node)}
        elif kind in _HOLDERS and source.data.find(b"import", node.start_byte, node.end_byte) >= 0:
            stack += node.children
    return found


def _comments(source: Source) -> tuple[Comment, ...]:
    found: list[Comment] = []
    for node in comments_of(source):
        line = source.lines[node.start_point.row]
        is_trailing = not line.lstrip().startswith("#")
        found.append(Comment(text_of(node), span_of(node), is_trailing))
    return tuple(sorted(found, key=lambda comment: comment.span.start))
