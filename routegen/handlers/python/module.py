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

_HOLDERS = {"module", "block", "function_definition", "class_definition", "decorated_definition", *COMPOUND}


def read_names(source: Source) -> Module:
    """The imports, functions, classes and once-assigned values of a file, and its comments."""
    found = list(bindings(source.root))
    nodes = Nodes(grammar(), source.data)
    times = Counter(name for name, _, _ in found)
    functions: dict[str, Function] = {}
    values: dict[str, Expression] = {}
    classes: dict[str, Class] = {}
    for name, node, _ in found:
        definition = node.child_by_field_name("definition") or node
        if definition.type == "function_definition":
            functions[name] = read_function(nodes, node)
        elif definition.type == "class_definition":
            classes[name] = read_class(nodes, node)
        elif times[name] == 1 and (value := _value(nodes, node)) is not None:
            values[name] = value
    module = Module(
        source=source,
        lang="python",
        imports=_imports(source),
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
    if assignment is None or assignment.type != "assignment":
        return None
    right = assignment.child_by_field_name("right")
    while right is not None and right.type == "assignment":
        right = right.child_by_field_name("right")
    return Lowering(nodes, lambda statement: None).expression(right) if right is not None else None


def _imports(source: Source) -> dict[str, str]:
    """Every import of the file, inside functions too: local name to dotted name."""
    found: dict[str, str] = {}
    stack = [source.root]
    while stack:
        node = stack.pop()
        if node.type == "import_statement":
            _import(node, "", found)
        elif node.type == "import_from_statement":
            module = text_of(node.child_by_field_name("module_name"))
            _import(node, module if module.endswith(".") else f"{module}.", found)
        elif b"import" in source.data[node.start_byte : node.end_byte] and node.type in _HOLDERS:
            stack += node.named_children
    return found


def _import(node: Node, prefix: str, found: dict[str, str]) -> None:
    for name in node.children_by_field_name("name"):
        dotted = text_of(name.child_by_field_name("name") if name.type == "aliased_import" else name)
        if name.type == "aliased_import":
            found[text_of(name.child_by_field_name("alias"))] = prefix + dotted
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
