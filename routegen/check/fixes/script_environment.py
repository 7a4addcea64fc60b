"""Turns a secret of a script that is used when the environment has none into the variable alone, and a refusal."""

from routegen.check.finding import Fix
from routegen.check.fixes.edits import fix, insert, replace, written
from routegen.check.fixes.script_style import LANG, has_types, node_at, said, style_of
from routegen.handlers.expression import Attribute, Choice
from routegen.handlers.flow import Step

_OUTERMOST = ("program", "export_statement")


def without_fallback(found: Step) -> Fix | None:
    """`const SECRET = process.env.SECRET!` and a throw below it, for `process.env.SECRET || "text"`.

    Only for a constant of the file: elsewhere nobody can tell what a missing value should end in.
    """
    value, module = found.expression, found.scope.module
    first = value.options[0] if isinstance(value, Choice) and value.test is None else None
    node = node_at(module, value)
    declarator = node.parent if node is not None else None
    if not isinstance(first, Attribute) or declarator is None or declarator.type != "variable_declarator":
        return None
    declaration, name = declarator.parent, declarator.child_by_field_name("name")
    if (
        declaration is None
        or declaration.parent is None
        or name is None
        or declaration.named_child_count != 1
    ):
        return None
    if declaration.parent.type not in _OUTERMOST or name.type != "identifier":
        return None
    style = style_of(module)
    whole = declaration.parent if declaration.parent.type == "export_statement" else declaration
    message = style.text(f"{first.name} is not set")
    refusal = f"\nif (!{said(name)}) {{\n{style.step}throw new Error({message}){style.end}\n}}"
    variable = f"{written(module, first)}{'!' if has_types(module) else ''}"
    return fix(
        "read it from the environment alone",
        replace(module, value, variable),
        insert(module, whole.end_byte, refusal),
        lang=LANG,
    )
