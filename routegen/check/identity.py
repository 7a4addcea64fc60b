"""Turns the place of a finding into what it is recognised by when lines move: a handler, and its code as a hash."""

import hashlib
import re
from typing import Any

from routegen.handlers import Handler, RouteModule
from routegen.handlers.expression import Span
from routegen.handlers.function import Function, Module

_QUOTED = (
    r"""("{3}(?:\\.|[^\\])*?"{3}|'{3}(?:\\.|[^\\])*?'{3}"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"""
)
_LAYOUT = r"|\s+|,(?=\s*[)\]}])"
_DROPPED = {
    "python": re.compile(rf"{_QUOTED}|\#[^\n]*{_LAYOUT}", re.DOTALL),
    "": re.compile(rf"{_QUOTED}|//[^\n]*|/\*.*?\*/{_LAYOUT}", re.DOTALL),
}


def identity(span: Span | None, about: Any) -> tuple[str, str]:
    """What a finding is about (`POST /users`, the name of a function, or nothing), and the hash of its code.

    The hash stays when the code is formatted, commented or moved, and changes with everything else.
    """
    if isinstance(about, Handler):
        whole = about.function.span if about.function is not None else about.span
        return about.label, _digest(whole, about.module)
    module = about.module if isinstance(about, RouteModule) else about
    if not isinstance(module, Module) or span is None:
        return "", ""
    function = _around(span, module)
    return (function.name, _digest(function.span, module)) if function else ("", _digest(span, module))


def _around(span: Span, module: Module) -> Function | None:
    return next((f for f in module.functions.values() if f.span.start <= span.start < f.span.end), None)


def _digest(span: Span, module: Module) -> str:
    code = module.source.text(span.start, span.end)
    code = _DROPPED.get(module.lang, _DROPPED[""]).sub(lambda kept: kept[1] or "", code).replace("'", '"')
    return hashlib.blake2b(code.encode(), digest_size=8).hexdigest()
