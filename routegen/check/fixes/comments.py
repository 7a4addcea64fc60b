"""Turns a suppression that silences nothing into one that does, or into none."""

import re

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.edits import fix, without_line
from routegen.check.suppression import Suppression, Suppressions
from routegen.handlers.expression import Span

_COMMENT = re.compile(r"(#|//)\s*routegen:\s*ignore\s*(?:\[[^\]]*\])?")


def without_code(found: Suppressions, entry: Suppression, code: str) -> Fix | None:
    """The comment without a code; without its only one it goes as a whole."""
    others = [other for other in entry.codes if other != code]
    if others:
        return fix(f"delete `{code}`", _codes(found, entry, ", ".join(others)), safe=True, lang=_lang(found))
    return fix("delete the comment", _gone(found, entry), safe=True, lang=_lang(found))


def with_code(found: Suppressions, entry: Suppression, code: str, meant: str) -> Fix | None:
    """The comment with the code that is meant; what it then silences is for a person to say."""
    codes = ", ".join(dict.fromkeys(meant if other == code else other for other in entry.codes))
    return fix(f"write `{meant}`", _codes(found, entry, codes), lang=_lang(found))


def _lang(found: Suppressions) -> str:
    return found.module.lang if found.module is not None else ""


def _codes(found: Suppressions, entry: Suppression, codes: str) -> Edit | None:
    if found.module is None:
        return None
    text = found.module.source.text(*entry.span)
    start, end = text.find("["), text.find("]")
    at = entry.span.start + len(text[: start + 1].encode())
    return Edit(found.module.source.path, at, at + len(text[start + 1 : end].encode()), codes)


def _gone(found: Suppressions, entry: Suppression) -> Edit | None:
    """Only the comment itself: another one may follow on its line."""
    if found.module is None:
        return None
    text = found.module.source.text(*entry.span).rstrip("\r")
    begin = _COMMENT.search(text)
    if begin is None:
        return None
    following = text.find("#" if begin[1] == "#" else " //", begin.end())
    end = len(text) if following < 0 else following
    at = entry.span.start + len(text[: begin.start()].encode())
    span = Span(at, entry.span.start + len(text[:end].encode()))
    return without_line(found.module, span)
