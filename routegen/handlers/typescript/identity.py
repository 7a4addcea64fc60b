"""The owner of a row that a script takes from its client, though it has asked who is signed in."""

import re
from collections.abc import Iterator

from routegen.handlers.effects import changes
from routegen.handlers.expression import Attribute, Collection, Compare, Expression, Name, options_of
from routegen.handlers.flow import trace
from routegen.handlers.function import Effect, Statement
from routegen.handlers.handler import Handler, Origin, Site
from routegen.handlers.kinds import Kind
from routegen.handlers.scope import Scope
from routegen.handlers.webhook import is_body_value

_OWNERS = re.compile(r"^(user|owner|author|account|creator)_?id$|^created_?by(_?id)?$", re.IGNORECASE)


def claimed_in_script(handler: Handler) -> Iterator[tuple[Site, str]]:
    """The writes whose owner is a number of the body, where the handler asks who is signed in and only whether.

    What it does with the answer otherwise may be the very check that is missing here.
    """
    asked = [site for site in handler.sites if Kind.AUTH_CHECK in site.kinds and site.origin is Origin.BODY]
    if not asked or "admin" in handler.route_id or _uses_caller(asked, handler):
        return
    for site in changes(handler):
        for value in _owners(site):
            if (way := trace(value, site.scope, _is_claim)) is not None:
                yield site, handler.text(way[0].expression, way[0].scope)


def _is_claim(expression: Expression, scope: Scope) -> bool:
    return isinstance(expression, Attribute) and is_body_value(expression, scope)


def _owners(site: Site) -> Iterator[Expression]:
    """What is written as the owner of a row, also in the calls that follow: `insert(notes).values({ userId })`."""
    for part in site.statement.parts if site.statement is not None else ():
        if isinstance(part, Collection):
            yield from (value for key, value in options_of(part).items() if _OWNERS.match(key))


def _uses_caller(asked: list[Site], handler: Handler) -> bool:
    """Whether who is signed in goes anywhere but into a test that somebody is."""
    asking = [site.top.statement for site in asked]
    names = {name for statement in asking if statement is not None for name in statement.targets}
    return any(_uses(statement, names) for statement in handler.own_statements if statement not in asking)


def _uses(statement: Statement, names: set[str]) -> bool:
    """Whether a statement does; what it binds to another name is that as well."""
    if not any(isinstance(part, Name) and part.name in names for part in statement.parts):
        return False
    if statement.effect is Effect.TEST:
        return any(isinstance(part, Compare) for part in statement.parts)
    if statement.effect is Effect.BIND and isinstance(statement.value, (Name, Attribute)):
        names.update(statement.targets)
        return False
    return True
