"""Server actions: functions in an `actions.py` that the forms of one's own pages call, and nobody else.

    from routegen.actions import Invalid, action, redirect

    @action
    async def subscribe(form: Subscribe, session: Session) -> Response:
        if await session.get(Subscriber, form.email):
            raise Invalid(email="already taken")
        session.add(Subscriber(email=form.email))
        await session.commit()
        return redirect("/thanks")

An action is a plain function: Python and tests call it as it is. A page below the folder of its `actions.py` posts to
it with `?/subscribe`. What it takes:

    a Pydantic model      the fields of the form: urlencoded or multipart, lists, files, nested names (`items[0].name`)
    Depends, Request, …   whatever FastAPI solves for a path operation; path parameters of the page too
    anything else         an argument that the page has bound: `form(remove.bind(id=7))`, signed

What it answers with: nothing (303 back to the page), `redirect(url)` (303), a value (the page once more, with the value
as `state`), or `raise Invalid(...)` (422: the page once more, with what was typed in and the errors).
"""

from starlette.responses import Response

from routegen.actions.invalid import Invalid
from routegen.actions.marks import ActionOptions, action, actions_of, options_of
from routegen.respond import redirect as _redirect


def redirect(url: str) -> Response:
    """Where the browser goes after an action has done its work: 303, so that a reload never sends the form again.

    Raises:
        ValueError: the URL holds a line break.
    """
    return _redirect(url, 303)


__all__ = ["ActionOptions", "Invalid", "action", "actions_of", "options_of", "redirect"]
