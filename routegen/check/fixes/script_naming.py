"""Turns names that a client chose into names of one's own, in scripts."""

from routegen.check.finding import Edit
from routegen.check.fixes.edits import written
from routegen.check.fixes.script_imports import importing
from routegen.handlers.expression import Call, Constant, Template
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
