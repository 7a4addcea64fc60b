"""Turns a common slip (a misspelt name, a missing package) into the way out."""

import builtins
import difflib
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from routegen.extras import install_hint


def suggest(error: BaseException) -> str:
    """One sentence, or nothing when there is no good guess."""
    try:
        return _suggest(error)
    except Exception:  # it looks into objects of the user, which may do anything
        return ""


def _suggest(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return install_hint(error.name) or _missing(error.name)
    if isinstance(error, AttributeError) and error.name:
        obj: Any = error.obj
        return _did_you_mean(error.name, dir(obj)) if obj is not None else ""
    if isinstance(error, NameError) and error.name:
        return _did_you_mean(error.name, _names_in_reach(error.__traceback__))
    return ""


def _missing(module: str) -> str:
    return "" if "." in module else f"install `{module}` into this environment, or write `{module}.py`"


def _did_you_mean(name: str, candidates: Iterable[str]) -> str:
    public = {candidate for candidate in candidates if name.startswith("_") or not candidate.startswith("_")}
    close = difflib.get_close_matches(name[:80], sorted(public - {name})[:2000], n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else ""


def _names_in_reach(trace: TracebackType | None) -> set[str]:
    if trace is None:
        return set()
    while trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame
    return {*frame.f_locals, *frame.f_globals, *dir(builtins)}
