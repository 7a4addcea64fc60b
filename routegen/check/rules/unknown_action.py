"""
# RG109 unknown-action

A form that names an action which its page does not have answers 404, or breaks the page.

## Finds
`form(name)`, `action="?/name"` and `hx-post="?/name"` in a `page.html`, its layouts, and what these include or
extend, when the `actions.py` nearest to the page has no such action.

## Leaves alone
Names that a template sets or tests itself, or that `page.py` gives; what a layout or an included template shows
under a condition or in a block; an `actions.py` that cannot be read, or that may get the name by an import.

## Fix
Correct the name, or mark the function with `@action`. What a layout needs on every page is imported by each
`actions.py` below it.

```python beside app/contact/actions.py
from routegen.actions import action


@action
def subscribe() -> None:
    print("subscribed")


def helper() -> None:
    print("helped")
```

```html bad app/contact/page.html
{{ form(subscibe) }}  # <- RG109
<button>Send</button></form>
<form method="post" action="?/helper"><button>Help</button></form>  # <- RG109
```

```html beside app/contact/page.html
{{ form(subscribe) }}</form>
```

```python beside app/contact/actions.py
from routegen.actions import action


@action
def subscribe() -> None:
    print("subscribed")
```

```python beside app/actions.py
from routegen.actions import action


@action
def logout() -> None:
    print("gone")
```

```html bad app/layout.html
{{ form(logout) }}</form>{{ children }}  # <- RG109
```

```python beside app/contact/actions.py
from lib.actions import shared
from routegen.actions import action


@action
def subscribe() -> None:
    print("subscribed")
```

```html good app/contact/page.html
{{ form(subscribe.bind(id=1), class_="card") }}</form>
{{ form(shared) }}</form>
<form method="post" action="?/subscribe&page=2"></form>
{% for each in (subscribe, shared) %}{{ form(each) }}</form>{% endfor %}
{# {{ form(former) }} #}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.nearest import nearest
from routegen.check.registry import PYTHON, rule
from routegen.handlers import SourceError
from routegen.handlers.expression import Span
from routegen.handlers.facts import Evidence
from routegen.handlers.page_forms import ActionUse, Template
from routegen.handlers.page_tree import Actions, PageTree
from routegen.routes import Page


@rule(Severity.ERROR, preview=True, languages=PYTHON)
def check(tree: PageTree) -> Iterator[Report]:
    """Report forms of pages that name no action of theirs; one of a layout once, with the first page it breaks."""
    told = set[tuple[Template, Span]]()
    for page in tree.manifest.pages:
        try:
            actions = tree.actions(page)
            for template, use in tree.uses(page):
                is_known = use.name in actions.names or not actions.imports.isdisjoint({use.name, "*"})
                if not is_known and (template, use.span) not in told:
                    told.add((template, use.span))
                    yield _unknown(page, actions, template, use)
        except (OSError, SourceError):
            continue  # `serve` says what cannot be read


def _unknown(page: Page, actions: Actions, template: Template, use: ActionUse) -> Report:
    if page.actions is None:
        hint = "write an `actions.py` beside the page, or in a folder above it"
    elif use.name in actions.functions:
        hint = f"mark `{use.name}` with `@action`"
    elif guess := nearest(use.name, actions.names):
        hint = f"did you mean `{guess}`?"
    else:
        hint = f"its actions are {', '.join(f'`{name}`' for name in actions.names) or 'none'}"
    is_own = template.module.source.path == page.file
    which = "this page" if is_own else f"the page `{page.id}`"
    return Report(
        f"a form calls the action `{use.name}`, which {which} does not have",
        hint,
        use.span,
        [] if is_own else [Evidence("this template is part of the page", path=page.file, line=1)],
        module=template.module,
    )
