"""
# RG110 form-beside-action

A form that posts to a route handler goes without what an action of the same page gives it: the check of the
origin, the page with its errors, the typed-in values.

## Finds
A `<form method="post">` in a `page.html` that posts to a route handler of the project, although the page has an
action for it, by its name.

## Leaves alone
Forms whose page has no such action; forms that post to other sites.

## Fix
Open the form with the action: `{{ form(contact) }}`; and take the handler away if nobody else calls it.

```python beside app/contact/actions.py
from routegen.actions import action


@action
def send_contact() -> None:
    print("sent")
```

```python beside app/api/contact/route.py
EXPOSE = "public"


def POST(text: str) -> dict[str, str]:
    return {"text": text}
```

```html bad app/contact/page.html
<form method="post" action="/api/contact">  # <- RG110
<button>Send</button></form>
```

```python beside app/contact/actions.py
from routegen.actions import action


@action
def send_contact() -> None:
    print("sent")
```

```html good app/contact/page.html
{{ form(send_contact) }}</form>
<form method="post" action="/api/search"></form>
<form action="/api/contact"></form>
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers import SourceError
from routegen.handlers.action_functions import words_of
from routegen.handlers.callers import Caller, calling, read_callers
from routegen.handlers.facts import Evidence
from routegen.handlers.page_tree import PageTree
from routegen.routes import Page, Route


@rule(Severity.WARNING, preview=True, languages=PYTHON)
def check(tree: PageTree) -> Iterator[Report]:
    """Report forms that pass by an action of their page."""
    for page in tree.manifest.pages:
        callers = read_callers([page.file], tree.contents) if page.actions is not None else []
        for form in (caller for caller in callers if caller.kind == "form"):
            route = next((r for r in tree.manifest.routes if calling([form], "POST", r.segments)), None)
            try:
                if route is not None and "POST" in tree.methods(route.file):
                    yield from _beside(tree, page, form, route)
            except (OSError, SourceError):
                continue  # `serve` says what cannot be read


def _beside(tree: PageTree, page: Page, form: Caller, route: Route) -> Iterator[Report]:
    wanted = words_of(next((s.name for s in reversed(route.segments) if not s.is_parameter), ""))
    action = next((name for name in tree.actions(page).names if wanted <= words_of(name)), None)
    if action is None:
        return
    template = tree.template(page.file)
    yield Report(
        f"a form posts to the route handler `{route.id}`, although its page has the action `{action}`",
        f"open the form with it: `{{{{ form({action}) }}}}`",
        template.span_of_line(form.line),
        [Evidence(f"`{action}` is an action", path=page.actions, line=1)],
        module=template.module,
    )
