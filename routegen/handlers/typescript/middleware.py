"""Tells which routes the `middleware.ts` (`proxy.ts`) of a Next.js app runs before, and whether it may refuse."""

import re
from dataclasses import dataclass
from pathlib import Path

from routegen.handlers.expression import Collection, Constant, Expression, options_of
from routegen.handlers.facts import NO, Fact, unknown
from routegen.handlers.function import Module
from routegen.handlers.typescript.project import Files
from routegen.routes import Route, guards_in

_CHECKS = re.compile(
    r"auth|session|token|clerk|user|login|sign-?in|401|403|cookie|jwt|credential|protect|kinde|stack", re.I
)
_VERIFIES = re.compile(r"signature|hmac|timingSafeEqual|svix|webhook[-_ ]?secret", re.I)
MAY_VERIFY = unknown("the middleware may check a signature")
"""What a middleware that only asks who is signed in is not: it lets senders of webhooks pass, or none of them."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What runs before the handlers of an app; `patterns` None: before all, or it cannot be told."""

    text: str = ""
    patterns: tuple[re.Pattern[str], ...] | None = None

    @property
    def checks(self) -> bool:
        """Whether it may refuse callers at all."""
        return (_CHECKS.search(self.text) or _VERIFIES.search(self.text)) is not None

    def above(self, route: Route) -> Fact:
        """Whether it may refuse the callers of a route."""
        if not self.checks:
            return NO
        path = "/" + "/".join("x" if s.is_parameter else s.name for s in route.segments)
        if self.patterns is not None and not any(pattern.match(path) for pattern in self.patterns):
            return NO
        return MAY_VERIFY if _VERIFIES.search(self.text) else unknown("the middleware may check the caller")


def guard_of(tree: Path, files: Files) -> Guard:
    """What the middleware beside an app folder says; one that refuses nobody guards nothing."""
    for path in map(str, guards_in(tree.parent)):
        if path in files.paths and (module := files.at(path)) is not None:
            text = module.source.text(0, 200_000)
            return Guard(text, _patterns(module))
    return Guard()


def _patterns(module: Module) -> tuple[re.Pattern[str], ...] | None:
    """The matcher of `export const config`; None when there is none, or it cannot be told."""
    given = options_of(module.values.get("config")).get("matcher")
    if given is None:
        return None
    items = given.items if isinstance(given, Collection) and not given.is_mapping else (given,)
    found: list[re.Pattern[str]] = []
    for item in items:
        text = _text(options_of(item).get("source", item))
        if text is None:
            return None
        try:
            found.append(re.compile(matcher_of(text)))
        except re.error:
            return None
    return tuple(found)


def _text(expression: Expression) -> str | None:
    return (
        expression.value if isinstance(expression, Constant) and isinstance(expression.value, str) else None
    )


def matcher_of(pattern: str) -> str:
    """A pattern of path-to-regexp as a regular expression: `/a/:path*`, `/((?!api).*)`."""
    found, at = "", 0
    for hole in re.finditer(r"/:(\w+)(\([^()]*(?:\([^()]*\)[^()]*)*\))?([*+?]?)", pattern):
        found += _literal(pattern[at : hole.start()])
        one = f"/{hole[2]}" if hole[2] else "/[^/]+"
        found += {"*": "(?:/.*)?", "+": "/.+", "?": f"(?:{one})?"}.get(hole[3], one)
        at = hole.end()
    return f"{found}{_literal(pattern[at:])}/?$"


def _literal(text: str) -> str:
    """Groups in parentheses are regular expressions, the rest is text."""
    if "(" in text:
        return text
    return re.escape(text)
