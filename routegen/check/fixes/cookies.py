"""Gives a session's cookie the flags that keep it from scripts and from other sites."""

from routegen.check.finding import Fix
from routegen.check.fixes.edits import fix, keywords
from routegen.check.fixes.script_answers import options
from routegen.check.fixes.script_style import LANG, style_of
from routegen.handlers.expression import options_of
from routegen.handlers.handler import Site


def with_flags(site: Site, lack: str) -> Fix | None:
    """What it lacks, and what else nobody has decided; `lack` as `weak_cookies` names it."""
    if site.scope.lang != "python":
        return _in_script(site)
    given = site.call.keywords
    flags = {"secure": "True"}
    if lack == "httponly=True":
        flags = {"httponly": "True", **flags}
        if "samesite" not in given:
            flags["samesite"] = '"lax"'
    wanted = (
        {name: value for name, value in flags.items() if site.scope.module.text(given[name]) != value}
        if all(name in given for name in flags)
        else flags
    )
    return fix("set its flags", keywords(site.scope.module, site.call, wanted))


def _in_script(site: Site) -> Fix | None:
    """`set(name, value, options)` or `set({ name, value, … })`; over plain HTTP a `secure` one is not kept."""
    module, call = site.scope.module, site.call
    at = 0 if len(call.arguments) == 1 else 2
    given = options_of(call.arguments[at]) if len(call.arguments) > at else {}
    text = style_of(module).text
    flags = {
        "httpOnly": "true",
        "secure": f"process.env.NODE_ENV === {text('production')}",
        "sameSite": text("lax"),
    }
    wanted = {name: value for name, value in flags.items() if name == "httpOnly" or name not in given}
    return fix("set its flags", options(module, call, at, wanted), lang=LANG)
