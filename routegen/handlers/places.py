"""Where a finding about a call is shown: in the file of the handler, whatever file the call itself lies in."""

from routegen.handlers.expression import Span
from routegen.handlers.handler import Handler, Site


def place(site: Site, handler: Handler) -> Span:
    """The call in the handler's own file that leads to this one; its name where a dependency of another file does."""
    top = site.top
    return top.call.span if top.scope.module is handler.module else handler.span
