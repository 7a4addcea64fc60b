"""Finds the rules: every module in `rules/`, whose docstring is the manual and whose `check` is the rule."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any

from routegen.check.finding import Report, Severity

LANGUAGES = ("python", "typescript")
PYTHON = ("python",)
_TITLE = re.compile(r"^# (RG\d{3}) ([a-z0-9-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code and name, its manual, and the function that yields reports about a `scope`.

    `scope` is the class of the only parameter of `check`: a handler, a route file, the manifest, or the
    suppressions of a file. `languages` are those it reads: a mistake need not exist in each. `pages`: whether it
    also judges the actions and the `load` of pages.
    """

    code: str
    name: str
    summary: str
    documentation: str
    severity: Severity
    scope: type
    check: Callable[[Any], Iterator[Report]]
    module: str
    preview: bool = False
    languages: tuple[str, ...] = LANGUAGES
    pages: bool = False


def rule(
    severity: Severity, *, preview: bool = False, languages: tuple[str, ...] = LANGUAGES, pages: bool = False
) -> Callable[[Callable[[Any], Iterator[Report]]], Callable[[Any], Iterator[Report]]]:
    """Mark the function of a rule's module that yields its reports; `preview`: its precision was not measured.

    A rule about handlers is one about the actions and the `load` of pages too when it says `pages`.
    """

    def mark(check: Callable[[Any], Iterator[Report]]) -> Callable[[Any], Iterator[Report]]:
        check.__dict__["severity"] = severity
        check.__dict__["preview"] = preview
        check.__dict__["languages"] = languages
        check.__dict__["pages"] = pages
        return check

    return mark


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by code, in the order of the codes."""
    package = importlib.import_module("routegen.check.rules")
    found = [
        rule
        for info in pkgutil.iter_modules(package.__path__)
        for rule in rules_of(importlib.import_module(f"{package.__name__}.{info.name}"))
    ]
    return MappingProxyType({rule.code: rule for rule in sorted(found, key=lambda rule: rule.code)})


def rules_of(module: ModuleType) -> list[Rule]:
    """The rules of one module: one for each title in its docstring, all with the module's `check`."""
    check = module.check
    scopes = [value for name, value in _annotations(check).items() if name != "return"]
    return [
        Rule(
            code=title[1],
            name=title[2],
            summary=_summary(text),
            documentation=text,
            severity=check.severity,
            scope=scopes[0],
            check=check,
            module=module.__name__.rpartition(".")[2],
            preview=check.preview,
            languages=check.languages,
            pages=check.pages,
        )
        for title, text in sections(module.__doc__ or "")
    ]


def sections(documentation: str) -> list[tuple[re.Match[str], str]]:
    """The titles (`# RG201 webhook-unverified`) of a docstring, each with its text up to the next."""
    titles = list(_TITLE.finditer(documentation))
    ends = [title.start() for title in titles[1:]] + [len(documentation)]
    return [(t, documentation[t.start() : end].strip()) for t, end in zip(titles, ends, strict=True)]


def _annotations(check: Callable[[Any], Iterator[Report]]) -> dict[str, Any]:
    import inspect

    return inspect.get_annotations(check, eval_str=True)


def _summary(text: str) -> str:
    """The first sentence below the title, in one line."""
    return " ".join(text.split("\n\n")[1].split()).partition(". ")[0].removesuffix(".")
