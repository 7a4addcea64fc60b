"""Turns a call of a script that blocks into the one that is awaited: `fs.promises.readFile` for `fs.readFileSync`."""

from routegen.check.finding import Fix
from routegen.check.fixes.edits import fix, replace, rest_of_line, written
from routegen.check.fixes.script_style import LANG
from routegen.handlers.expression import Attribute, Call
from routegen.handlers.scope import Scope

_FILES = frozenset({"readFile", "writeFile", "appendFile", "copyFile", "cp", "rm"})
_PACKAGES = ("bcrypt", "@node-rs/bcrypt", "@node-rs/argon2")
"""The others whose calls without `Sync` give a promise."""


def awaited_twin(call: Call, scope: Scope) -> Fix | None:
    """The same without `Sync`, awaited. Not safe: what others do meanwhile comes between it and the next."""
    package, _, name = (scope.dotted(call.function) or "").rpartition(".")
    twin, called = name.removesuffix("Sync"), call.function
    if not scope.function.is_async or twin == name or not isinstance(called, Attribute):
        return None
    if package == "fs" and twin in _FILES:
        twin = f"promises.{twin}"
    elif package not in _PACKAGES:
        return None
    module = scope.module
    arguments = module.source.text(called.span.end, call.span.end)
    text = f"{'' if call.awaited else 'await '}{written(module, called.object)}.{twin}{arguments}"
    follows = rest_of_line(module, call.span.end)[:1]
    text = f"({text})" if follows and follows in ".[(!" and not call.awaited else text
    return fix("await what does not block", replace(module, call, text), lang=LANG)
