"""Turns a secret that is used when the environment has none into the variable alone."""

from routegen.check.finding import Fix
from routegen.check.fixes import script_environment
from routegen.check.fixes.edits import fix, replace, written
from routegen.check.fixes.imports import importing, unimporting
from routegen.handlers.expression import Call, Choice, Constant, Expression
from routegen.handlers.flow import Step

_GETTERS = ("os.getenv", "os.environ.get")


def without_fallback(found: Step) -> Fix | None:
    """`os.environ["SECRET"]` for `os.getenv("SECRET", "text")`: a program that lacks it does not start."""
    scope, module = found.scope, found.scope.module
    if module.lang != "python":
        return script_environment.without_fallback(found)
    getter = _getter(found.expression)
    key = getter.argument(0, "key") if getter is not None else None
    if getter is None or key is None or scope.dotted(getter.function) not in _GETTERS:
        return None
    os = importing(scope, "os")
    if os is None:
        return None
    gone = unimporting(module, written(module, getter.function).partition(".")[0], [found.expression.span])
    text = f"{os[0]}.environ[{written(module, key)}]"
    keeps = () if written(module, getter.function).startswith(f"{os[0]}.") else gone
    return fix("read it from the environment alone", replace(module, found.expression, text), os[1], keeps)


def _getter(value: Expression) -> Call | None:
    """The call in `getenv("X", "text")`, and in `getenv("X") or "text"`."""
    if isinstance(value, Choice) and value.test is None and isinstance(value.options[-1], Constant):
        value = value.options[0]
        return value if isinstance(value, Call) and len(value.children()) == 2 else None
    return value if isinstance(value, Call) and len(value.children()) == 3 else None
