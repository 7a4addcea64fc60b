"""Finds the sentence that an answer says in the place of an exception's text."""

import re

from routegen.handlers.failures import status_of
from routegen.handlers.flow import Step
from routegen.handlers.function import Statement
from routegen.handlers.scope import Scope

TEXT_END = re.compile(r"[\s:;,.(\[-]+$")
"""What a text ends in before the exception begins."""

_BY_STATUS = {401: "Not authenticated", 403: "Not allowed", 404: "Not found"}


def unsure(statement: Statement, scope: Scope) -> str:
    """What an answer says when nothing tells what failed: as much as its status does."""
    status = status_of(Step(statement.value, scope)) if statement.value is not None else None
    return _BY_STATUS.get(status or 500, "Something went wrong")
