"""Turns a call of a script that blocks into the one that is awaited: `fs.promises.readFile` for `fs.readFileSync`."""

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, replace, rest_of_line, uses, written
from routegen.check.fixes.script_imports import importing, moving, unimporting
from routegen.check.fixes.script_style import LANG
from routegen.handlers.expression import Attribute, Call, Name
from routegen.handlers.scope import Scope

_FILES = frozenset({"readFile", "writeFile", "appendFile", "copyFile", "cp", "rm"})
_PACKAGES = ("bcrypt", "@node-rs/bcrypt", "@node-rs/argon2")
"""The others whose calls without `Sync` give a promise."""


def awaited_twin(call: Call, scope: Scope) -> Fix | None:
    """The same without `Sync`, awaited. Not safe: what others do meanwhile comes between it and the next."""
    package, _, name = (scope.dotted(call.function) or "").rpartition(".")
    twin, called, module = name.removesuffix("Sync"), call.function, scope.module
    is_file = package == "fs" and twin in _FILES
    if not scope.function.is_async or twin == name or not (is_file or package in _PACKAGES):
        return None
    if isinstance(called, Attribute):
        method = f"promises.{twin}" if is_file else twin
        found = f"{written(module, called.object)}.{method}", ()
    else:
        found = _imported(called, twin, scope) if is_file and isinstance(called, Name) else None
    if found is None:
        return None
    arguments = module.source.text(called.span.end, call.span.end)
    text = f"{'' if call.awaited else 'await '}{found[0]}{arguments}"
    follows = rest_of_line(module, call.span.end)[:1]
    text = f"({text})" if follows and follows in ".[(!" and not call.awaited else text
    return fix("await what does not block", replace(module, call, text), found[1], lang=LANG)


def _imported(called: Name, twin: str, scope: Scope) -> tuple[str, tuple[Edit, ...]] | None:
    """`readFile` of `fs/promises` for `readFileSync`, whose import goes when nothing else uses it."""
    found = importing(scope, ("fs/promises", twin))
    if found is None:
        return None
    names, edits = found
    if len(uses(scope.module, called.name)) > 2:  # its import, this call, and others
        return names[0], edits
    moved = (
        moving(scope.module, called.name, twin, "/promises")
        if edits and edits[0].text.startswith("\n")
        else None
    )
    if moved is not None:
        return twin, moved
    gone = unimporting(scope.module, called.name)
    return None if gone is None else (names[0], (*edits, *gone))
