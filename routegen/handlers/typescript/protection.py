"""The fact that a script refuses callers in its own ways: it throws, sends to the log-in, reads a session's cookie."""

import re

from routegen.handlers.facts import NO, Fact, unknown, yes
from routegen.handlers.function import Effect, Function, Module, Statement
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope

_REFUSAL = re.compile(
    r"unauthori[sz]ed|unauthenticated|forbidden|access denied|not (logged|signed) in|not authenticated"
    r"|(redirect|URL)\([^)]*(log-?in|sign-?in|auth)",
    re.IGNORECASE,
)
_WORDS = ("unauth", "forbidden", "denied", "logged", "signed", "authenticated", "redirect(", "url(")
"""What stands in every text that `_REFUSAL` finds."""

_CHECKS = re.compile(
    r"^(require|check|verify|ensure|assert|get|validate|with|is|has)?_?(current|server|auth\w*|api)?_?"
    r"(auth|user|session|admin|role|permission|token|jwt|access|login|owner|member|account)\w*$",
    re.IGNORECASE,
)


def refuses_in_script(handler: Handler) -> Fact:
    """Whether a handler, or what it calls, refuses callers without a status of its own."""
    found = NO
    for scope in handler.scopes:
        if (statement := _refusal(scope)) is not None:
            return yes("it refuses callers", statement.span, scope.module)
    for site in handler.sites:
        receiver = site.call.receiver
        if receiver is not None and site.name in ("get", "has", "getAll"):
            if Kind.COOKIE in site.scope.kinds(receiver):
                found |= unknown("it reads a cookie", site.call.span, site.scope.module)
        elif not site.kinds and (site.is_followed or site.function is not None) and _CHECKS.match(site.name):
            found |= unknown(f"`{site.name}` may check the caller", site.call.span, site.scope.module)
    return found


def _refusal(scope: Scope) -> Statement | None:
    """The statement of a function that refuses callers: the same for all who call it."""
    function, module = scope.function, scope.module
    known: dict[Function, Statement | None] = module.shared.setdefault("refusal in script", {})
    if function not in known:
        text = module.source.text(*function.span).lower()
        # The pattern looks at each place of each statement, and most functions name nothing of the kind.
        ends = function.body.statements if any(word in text for word in _WORDS) else ()
        known[function] = next((statement for statement in ends if _refuses(statement, module)), None)
    return known[function]


def _refuses(statement: Statement, module: Module) -> bool:
    is_end = statement.effect in (Effect.RAISE, Effect.RETURN)
    return is_end and _REFUSAL.search(module.text(statement.span)) is not None
