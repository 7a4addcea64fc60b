"""
# RG109 unknown-action

A form that names an action which its page does not have answers 404, or breaks the page.

## Finds
`form(name)`, `action="?/name"` and `hx-post="?/name"` in a `page.html` whose nearest `actions.py` has no such
action.

## Leaves alone
Names that the template sets itself; layouts, which wrap many pages; an `actions.py` that cannot be read, or that
may get the name by an import.

## Fix
Correct the name, or mark the function with `@action`.

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
from routegen.check.registry import rule
from routegen.handlers import SourceError, read_actions
from routegen.handlers.page_forms import Template
from routegen.handlers.python.module import read_names
from routegen.handlers.python.source import read_source
from routegen.routes import Manifest, Page


@rule(Severity.ERROR, preview=True)
def check(manifest: Manifest) -> Iterator[Report]:
    """Report forms of pages that name no action of theirs."""
    for page in manifest.pages:
        try:
            yield from _unknown(page)
        except (OSError, SourceError):
            continue  # `serve` says what cannot be read


def _unknown(page: Page) -> Iterator[Report]:
    template = Template(page.file)
    if not template.uses:
        return
    known = read_actions(page.actions) if page.actions is not None else ()
    module = read_names(read_source(page.actions)) if page.actions is not None else None
    for use in template.uses:
        if use.name in known or (module is not None and _may_be_imported(use.name, module.imports)):
            continue
        if module is None:
            hint = "write an `actions.py` beside the page, or in a folder above it"
        elif use.name in module.functions:
            hint = f"mark `{use.name}` with `@action`"
        elif guess := nearest(use.name, known):
            hint = f"did you mean `{guess}`?"
        else:
            hint = f"its actions are {', '.join(f'`{name}`' for name in known) or 'none'}"
        yield Report(
            f"a form calls the action `{use.name}`, which this page does not have",
            hint,
            use.span,
            module=template.module,
        )


def _may_be_imported(name: str, imports: dict[str, str]) -> bool:
    return name in imports or "*" in imports
