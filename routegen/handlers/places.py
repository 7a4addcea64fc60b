"""Where a finding about a call, or a value, is shown: in the file of the handler, whatever file it lies in itself."""

from routegen.handlers.expression import Span
from routegen.handlers.facts import Evidence
from routegen.handlers.flow import Step
from routegen.handlers.handler import Handler, Site


def place(site: Site, handler: Handler) -> Span:
    """The call in the handler's own file that leads to this one; its name where a dependency of another file does."""
    top = site.top
    return top.call.span if top.scope.module is handler.module else handler.span


def place_of(step: Step, handler: Handler) -> Span:
    """Where in the handler itself a step is, or the function that it lies in is reached."""
    if step.scope.function is handler.function:
        return step.expression.span
    site = next((s for s in handler.sites if s.scope is step.scope and s.via is not None), None)
    return place(site, handler) if site else handler.span


def nearest(step: Step, handler: Handler) -> Span:
    """A step itself where it stands in the file of the handler, else what leads to it there."""
    return step.expression.span if step.scope.module is handler.module else place_of(step, handler)


def at(site: Site, handler: Handler, text: str) -> Evidence:
    """Evidence at the place of a call, in whichever file it is."""
    return Evidence(f"{text}: `{handler.text(site.call, site.scope)}`", site.call.span, site.scope.module)
