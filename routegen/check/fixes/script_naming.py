"""Turns names in scripts into those that hold: of files that a client sends, of parameters of the folders."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, replace, written
from routegen.check.fixes.script_imports import importing
from routegen.check.fixes.script_style import LANG, node_at, said
from routegen.handlers import Handler
from routegen.handlers.expression import Call, Constant, Span, Template
from routegen.handlers.flow import Step


def own_name(given: Step, whole: Step | None) -> tuple[str, tuple[Edit, ...]] | None:
    """A random name with the suffix of the client's, unless one of the program's own follows; and its imports."""
    if _has_suffix(given, whole):
        found = importing(given.scope, ("crypto", "randomUUID"))
        return None if found is None else (f"{found[0][0]}()", found[1])
    found = importing(given.scope, ("crypto", "randomUUID"), ("path", "extname"))
    if found is None:
        return None
    (random, suffix), imports = found
    cleaned = given.expression
    while isinstance(cleaned, Call) and cleaned.receiver is not None and cleaned.name.startswith("replace"):
        cleaned = cleaned.receiver  # nothing is left to clean in a suffix
    return f"{random}() + {suffix}({written(given.scope.module, cleaned)})", imports


def _has_suffix(given: Step, whole: Step | None) -> bool:
    """`${name}.webm`."""
    parts = whole.expression.parts if whole is not None and isinstance(whole.expression, Template) else ()
    following = next((part for part in parts if part.span.start >= given.expression.span.end), None)
    return isinstance(following, Constant) and str(following.value).startswith(".")


def param_read(handler: Handler, name: str, span: Span, known: Sequence[str]) -> Fix | None:
    """The only parameter that the folders name, in the place of one that they do not, and in the type of `params`."""
    module, node = handler.module, node_at(handler.module, span)
    if len(known) != 1 or not known[0].isidentifier() or node is None or handler.function is None:
        return None
    function = node_at(module, handler.function.span)
    types = [*_declared(function, name)]
    if not types and _has_type(function):
        return None  # it is declared elsewhere
    of = node.child_by_field_name("property") or node.child_by_field_name("key")
    if node.type == "shorthand_property_identifier_pattern":
        here = replace(module, span, f"{known[0]}: {name}")
    elif node.type in ("member_expression", "pair_pattern") and of is not None and said(of) == name:
        here = replace(module, Span(*of.byte_range), known[0])
    else:
        return None
    declared = tuple(replace(module, Span(*each.byte_range), known[0]) for each in types)
    return fix(f"read `{known[0]}`", here, declared, lang=LANG)


def _has_type(function: Node | None) -> bool:
    """Whether the second parameter of a function says its type."""
    given = function.child_by_field_name("parameters") if function is not None else None
    context = (
        [child for child in given.named_children if child.type != "comment"][1:2] if given is not None else []
    )
    return any(child.child_by_field_name("type") is not None for child in context)


def _declared(function: Node | None, name: str) -> Iterator[Node]:
    """The property of this name in the types of a function's parameters."""
    todo = [function.child_by_field_name("parameters")] if function is not None else []
    while todo:
        node = todo.pop()
        if (
            node is not None
            and node.type == "property_signature"
            and said(node.child_by_field_name("name")) == name
        ):
            yield node.child_by_field_name("name") or node
        todo += node.named_children if node is not None else []
