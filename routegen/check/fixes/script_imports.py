"""Adds imports to scripts: to a line that imports from the same package, or as a line of their own."""

from collections.abc import Iterator

from tree_sitter import Node

from routegen.check.finding import Edit
from routegen.check.fixes.edits import uses, without_line
from routegen.check.fixes.script_style import said, style_of
from routegen.handlers.expression import Span
from routegen.handlers.function import Module
from routegen.handlers.scope import Scope
from routegen.handlers.source import Source


def importing(scope: Scope, *wanted: tuple[str, str]) -> tuple[list[str], tuple[Edit, ...]] | None:
    """What names of packages (package and name) are called in a function, and the edits that import them.

    None when the file already means something else by one of them, or is no ES module.
    """
    module = scope.module
    if not isinstance(module.source, Source):
        return None
    names: list[str] = []
    edits: list[Edit] = []
    for package, name in wanted:
        known = _known(scope, package, name)
        if known is None and (name in module.bound or uses(module, name)):
            return None
        names.append(known or name)
        if known is None:
            edits.append(_added(module, module.source.root, package, name))
    return names, tuple(_together(edits))


def unimporting(module: Module, name: str) -> tuple[Edit, ...] | None:
    """The edits that take a name out of the `{ a, b }` of its import, or the whole line; None where that is not known."""
    for node in _imports(module):
        for clause in _clauses(node):
            names = [child for child in clause.named_children if child.type == "import_specifier"]
            at = next((number for number, child in enumerate(names) if said(child) == name), None)
            if at is None:
                continue
            if len(names) == 1 and len(node.named_children[0].named_children) == 1:
                return (without_line(module, Span(*node.byte_range)),)
            start = names[at - 1].end_byte if at else names[at].start_byte
            end = names[at].end_byte if at or len(names) == 1 else names[at + 1].start_byte
            return (Edit(module.source.path, start, end, ""),) if len(names) > 1 else None
    return None


def moving(module: Module, name: str, other: str, below: str) -> tuple[Edit, ...] | None:
    """`{ other } from "package/below"` for `{ name } from "package"`; None where more is imported with it."""
    path = module.source.path
    for node in _imports(module):
        source = node.child_by_field_name("source")
        names = [child for clause in _clauses(node) for child in clause.named_children]
        is_alone = len(names) == 1 and len(node.named_children[0].named_children) == 1
        if source is not None and is_alone and said(names[0]) == name:
            end = source.end_byte - 1
            return Edit(path, *names[0].byte_range, other), Edit(path, end, end, below)
    return None


def importing_type(module: Module, package: str, name: str) -> tuple[Edit, ...] | None:
    """The edits after which `name` is the type that a package exports by default; None when it means something else."""
    if module.imports.get(name) == f"{package}.default":
        return ()
    if name in module.bound or uses(module, name) or not isinstance(module.source, Source):
        return None
    style = style_of(module)
    line = f"import type {name} from {style.text(package)}{style.end}"
    return (_new_line(module, module.source.root, line),)


def _known(scope: Scope, package: str, name: str) -> str | None:
    """What the file calls it already, by itself or as a member of its package."""
    for local, dotted in scope.module.imports.items():
        if not _is_value(scope.module, local) or _is_hidden(scope, local):
            continue
        if dotted == f"{package}.{name}":
            return local
        if dotted in (package, f"{package}.default"):
            return f"{local}.{name}"
    return None


def _is_hidden(scope: Scope | None, local: str) -> bool:
    """Whether the function, or one around it, means something else by a name."""
    while scope is not None and not scope.is_local(local):
        scope = scope.outer
    return scope is not None


def _is_value(module: Module, local: str) -> bool:
    """Whether an imported name is there when the program runs: `import type` is not."""
    for node in _imports(module):
        for clause in _clauses(node):
            for child in clause.named_children:
                if child.type == "import_specifier" and said(child).split()[-1] == local:
                    return child.children[0].type != "type" and not _is_type(node)
    return True


def _imports(module: Module) -> Iterator[Node]:
    root = module.source.root if isinstance(module.source, Source) else None
    yield from (node for node in root.named_children if node.type == "import_statement") if root else ()


def _is_type(node: Node) -> bool:
    return any(child.type == "type" for child in node.children)


def _clauses(node: Node) -> Iterator[Node]:
    """The `{ a, b }` of an import."""
    for clause in node.named_children:
        yield from (child for child in clause.named_children if child.type == "named_imports")


def _package(node: Node) -> str:
    return said(node.child_by_field_name("source")).strip("'\"").removeprefix("node:")


def _added(module: Module, root: Node, package: str, name: str) -> Edit:
    path, style, imports = module.source.path, style_of(module), [*_imports(module)]
    for node in imports:
        names = [child for clause in _clauses(node) for child in clause.named_children]
        if _package(node) == package and names and not _is_type(node):
            broken = names[-1].start_point.row != node.start_point.row
            between = ",\n" + " " * names[-1].start_point.column if broken else ", "
            return Edit(path, names[-1].end_byte, names[-1].end_byte, f"{between}{name}")
    return _new_line(module, root, f"import {{ {name} }} from {style.text(package)}{style.end}")


def _new_line(module: Module, root: Node, line: str) -> Edit:
    """A line after the other imports."""
    path, imports = module.source.path, [*_imports(module)]
    if imports:
        return Edit(path, imports[-1].end_byte, imports[-1].end_byte, f"\n{line}")
    directive = next((node for node in root.named_children[:1] if _is_directive(node)), None)
    if directive is not None:
        return Edit(path, directive.end_byte, directive.end_byte, f"\n\n{line}")
    return Edit(path, 0, 0, f"{line}\n\n")


def _is_directive(node: Node) -> bool:
    """`"use server"`."""
    return node.type == "expression_statement" and node.named_children[0].type == "string"


def _together(edits: list[Edit]) -> Iterator[Edit]:
    """One edit for each place: what goes to the same one follows each other."""
    places: dict[int, Edit] = {}
    for edit in edits:
        before = places.get(edit.start)
        text = edit.text if before is None else f"{before.text.rstrip()}\n{edit.text.lstrip()}"
        if before is not None and edit.text.startswith(", "):
            text = before.text + edit.text
        places[edit.start] = Edit(edit.path, edit.start, edit.end, text)
    yield from places.values()
