"""The fact that a script refuses callers in its own ways: it throws, sends to the log-in, reads a session's cookie."""

import re

from routegen.handlers.facts import NO, Fact, unknown, yes
from routegen.handlers.function import Effect
from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind

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
        text = scope.module.source.text(*scope.function.span).lower()
        if not any(word in text for word in _WORDS):
            continue  # the pattern looks at each place of each statement, and most functions name nothing of the kind
        for statement in scope.function.body.statements:
            if statement.effect in (Effect.RAISE, Effect.RETURN) and _REFUSAL.search(
                scope.module.text(statement.span)
            ):
                return yes("it refuses callers", statement.span)
    for site in handler.sites:
        receiver = site.call.receiver
        if site.name in ("get", "has", "getAll") and receiver is not None:
            if Kind.COOKIE in site.scope.kinds(receiver):
                found |= unknown("it reads a cookie", site.call.span)
        elif _CHECKS.match(site.name) and (site.is_followed or site.function is not None) and not site.kinds:
            found |= unknown(f"`{site.name}` may check the caller", site.call.span)
    return found
