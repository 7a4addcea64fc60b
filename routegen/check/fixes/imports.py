"""Adds imports where a sorter would put them, and takes out those that nothing uses any more."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tree_sitter import Node

from routegen.check.finding import Edit
from routegen.check.fixes.edits import mentions, uses
from routegen.handlers.expression import Span
from routegen.handlers.function import Module
from routegen.handlers.scope import Scope
from routegen.handlers.source import Source

_IMPORTS = {"import_statement", "import_from_statement"}


def importing(scope: Scope, origin: str, name: str = "") -> tuple[str, tuple[Edit, ...]] | None:
    """What `origin.name` is called in a function (`origin` itself without a name), and the edits that import it.

    None when the file already means something else by that name, or its language has no such imports.
    """
    module, wanted, local = scope.module, f"{origin}.{name}" if name else origin, name or origin
    if not isinstance(module.source, Source) or module.lang != "python":
        return None
    if "import nodes" not in module.shared:
        module.shared["import nodes"] = [*_imports(module.source.root)]
    nodes: list[Node] = module.shared["import nodes"]
    for known, dotted in module.imports.items():
        if dotted not in (wanted, origin) or _is_hidden(known, scope):
            continue
        if (kept := _kept(module, nodes, known)) is not None:
            return known if dotted == wanted else f"{known}.{name}", (kept,)
    if uses(module, local.partition(".")[0]):
        return None
    same = next((n for n in nodes if name and _origin(n) == origin and _origin_is_open(n)), None)
    edit = (
        _named_too(module, same, name) if same else _new_line(module, module.source.root, nodes, origin, name)
    )
    return local, (edit,)


def importing_all(scope: Scope, *wanted: tuple[str, str]) -> tuple[list[str], tuple[Edit, ...]] | None:
    """What several names (origin and name) are called, and the edits that import them; None as `importing`."""
    names: list[str] = []
    edits: dict[int, Edit] = {}
    for origin, name in wanted:
        found = importing(scope, origin, name)
        if found is None:
            return None
        names.append(found[0])
        for edit in found[1]:
            edits[edit.start] = _merged(edits[edit.start], edit) if edit.start in edits else edit
    return names, tuple(edits.values())


def _merged(one: Edit, other: Edit) -> Edit:
    """Two new lines of imports in one place: they share what is between them and the rest."""
    text = one.text.strip("\n")
    before, after = one.text.partition(text)[::2]
    lines = sorted(
        [text, other.text.strip("\n")], key=lambda line: _line_order(line.split()[1], line[0] == "f")
    )
    return replace(one, text=before + "\n".join(lines) + after)


def _is_hidden(name: str, scope: Scope | None) -> bool:
    """Whether the function, or one around it, means something else by a name."""
    while scope is not None and not scope.is_local(name):
        scope = scope.outer
    return scope is not None


def _kept(module: Module, nodes: list[Node], name: str) -> Edit | None:
    """An import as it is: a fix that would take it out clashes with this one, and has its turn later."""
    found = next(
        (n for node in nodes for n in node.children_by_field_name("name") if _local(n) == name), None
    )
    return Edit(module.source.path, found.start_byte, found.end_byte, _text(found)) if found else None


def unimporting(
    module: Module, name: str, gone: Iterable[Span], beside: Iterable[Edit] = ()
) -> tuple[Edit, ...]:
    """The edits that take an import out, if nothing uses the name but what is `gone`.

    `beside` are imports that are added: they may stand in its place.
    """
    if not isinstance(module.source, Source):
        return ()
    spans = [*gone]
    left = [at for at in mentions(module, name) if not any(span.start <= at < span.end for span in spans)]
    for node in _imports(module.source.root):
        names = node.children_by_field_name("name")
        own = next((n for n in names if _local(n) == name), None)
        if own is not None and all(node.start_byte <= at < node.end_byte for at in left):
            taken = _taken_out(module, node, names, own, {edit.start for edit in beside})
            return () if taken is None else (taken,)
    return ()


def _imports(root: Node) -> Iterator[Node]:
    return (node for node in root.named_children if node.type in _IMPORTS)


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node is not None else ""


def _origin(node: Node) -> str:
    if node.type == "import_statement":
        return _text(node.child_by_field_name("name"))
    return _text(node.child_by_field_name("module_name"))


def _origin_is_open(node: Node) -> bool:
    """Whether another name can be added to it: `from x import a`, and no star."""
    return node.type == "import_from_statement" and bool(node.children_by_field_name("name"))


def _local(name: Node) -> str:
    return _text(name.child_by_field_name("alias") or name)


def _order(name: str) -> tuple[int, str]:
    """Constants, classes, functions: the order of isort and ruff."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def _named_too(module: Module, node: Node, name: str) -> Edit:
    names = node.children_by_field_name("name")
    path, following = module.source.path, next((n for n in names if _order(_text(n)) > _order(name)), None)
    is_broken = names[0].start_point.row != node.start_point.row
    between = ",\n" + " " * names[0].start_point.column if is_broken else ", "
    if following is not None:
        return Edit(path, following.start_byte, following.start_byte, f"{name}{between}")
    return Edit(path, names[-1].end_byte, names[-1].end_byte, f"{between}{name}")


def _taken_out(module: Module, node: Node, names: list[Node], own: Node, beside: set[int]) -> Edit | None:
    path = module.source.path
    if len(names) == 1:
        if node.end_byte in beside:  # the new line begins with the end of this one
            is_first = node.start_byte == 0
            return None if is_first else Edit(path, node.start_byte - 1, node.end_byte, "")
        end = _end_of_import(module, node, is_replaced=node.start_byte in beside)
        return Edit(path, node.start_byte, end, "")
    at = names.index(own)
    if at + 1 < len(names):
        return Edit(path, own.start_byte, names[at + 1].start_byte, "")
    return Edit(path, names[at - 1].end_byte, own.end_byte, "")


def _end_of_import(module: Module, node: Node, is_replaced: bool) -> int:
    """Up to the next line; an import that is a section of its own takes its blank line along."""
    before = module.source.text(max(0, node.start_byte - 2), node.start_byte)
    following = module.source.text(node.end_byte, node.end_byte + 400)
    breaks = len(following) - len(following.lstrip("\r\n"))
    line = 2 if following.startswith("\r\n") else min(breaks, 1)
    if before == "" and not is_replaced:
        return node.end_byte + breaks
    is_alone = before in ("", "\n\n") and breaks > line
    return node.end_byte + (line * 2 if is_alone and not is_replaced else line)


def _new_line(module: Module, root: Node, nodes: list[Node], origin: str, name: str) -> Edit:
    line = f"from {origin} import {name}" if name else f"import {origin}"
    own = [node for node in nodes if _is_standard(_origin(node)) == _is_standard(origin)]
    own = [node for node in own if not _origin(node).startswith(".")]
    own = [node for node in own if _origin(node).partition(".")[0] == origin.partition(".")[0]] or own
    key = _line_order(origin, bool(name))
    before = [node for node in own if _line_order(_origin(node), node.type != "import_statement") <= key]
    path = module.source.path
    if before:
        return Edit(path, before[-1].end_byte, before[-1].end_byte, f"\n{line}")
    if own:
        return Edit(path, own[0].start_byte, own[0].start_byte, f"{line}\n")
    if nodes and _is_standard(origin):
        return Edit(path, nodes[0].start_byte, nodes[0].start_byte, f"{line}\n\n")
    if nodes:
        last = next((n for n in reversed(nodes) if _is_standard(_origin(n))), nodes[-1])
        return Edit(path, last.end_byte, last.end_byte, f"\n\n{line}")
    return _first_import(module, root, line)


def _first_import(module: Module, root: Node, line: str) -> Edit:
    path = module.source.path
    statements = [node for node in root.named_children if node.type != "comment"]
    head = [node for node in statements if node.type == "future_import_statement"] or [
        node for node in statements[:1] if _is_text(node)
    ]
    if head:
        return Edit(path, head[-1].end_byte, head[-1].end_byte, f"\n\n{line}")
    if not statements:
        return Edit(path, root.end_byte, root.end_byte, f"{line}\n")
    first = statements[0]
    lines = (
        "\n\n\n"
        if first.type in ("function_definition", "class_definition", "decorated_definition")
        else "\n\n"
    )
    return Edit(path, first.start_byte, first.start_byte, f"{line}{lines}")


def _is_text(node: Node) -> bool:
    return node.type == "expression_statement" and node.named_children[0].type == "string"


def _line_order(origin: str, has_names: bool) -> tuple[bool, str]:
    return has_names, origin.lower()


def _is_standard(origin: str) -> bool:
    return origin.partition(".")[0] in sys.stdlib_module_names
