"""
# RG001 unknown-rule-code

A suppression that names no rule silences nothing, and nobody notices.

## Finds
A code in `# routegen: ignore[…]` that is no rule, and a comment without any code.

## Leaves alone
Codes of rules that exist, whether they ran or not.

## Fix
Write the code that is meant; a code that resembles none goes.

```python bad app/api/webhooks/acme/route.py
from fastapi import Request
from lib.orders import record


# <- RG001
# routegen: ignore[RG2011] verified by the gateway
async def POST(request: Request) -> None:  # <- RG201
    record(await request.json())
```

```python fixed app/api/webhooks/acme/route.py
from fastapi import Request
from lib.orders import record


# routegen: ignore[RG201] verified by the gateway
async def POST(request: Request) -> None:
    record(await request.json())
```

```python bad
def GET() -> dict[str, bool]:  # routegen: ignore[S110] nothing can be done here  # <- RG001
    return {"ok": True}
```

```python fixed
def GET() -> dict[str, bool]:
    return {"ok": True}
```

```python good app/api/webhooks/acme/route.py
from fastapi import Request
from lib.orders import record


async def POST(request: Request) -> None:  # routegen: ignore[RG201] verified by the gateway
    record(await request.json())
```

# RG002 unused-suppression

Suppressions rot: the fault is gone, the comment stays and hides the next one.

## Finds
A suppression whose rule ran and found nothing there.

## Leaves alone
Codes of rules that were not selected in this run.

## Fix
Delete the comment.

```python bad
# <- RG002
# routegen: ignore[RG201] verified by the gateway
def GET() -> dict[str, bool]:
    return {"ok": True}
```

```python fixed
def GET() -> dict[str, bool]:
    return {"ok": True}
```

# RG003 suppression-without-reason

A reader cannot tell a judged exception from a shortcut.

## Finds
A suppression with fewer than two words after the bracket.

## Leaves alone
Any reason of two words or more.

## Fix
Say why the finding does not apply.

```python bad app/api/webhooks/acme/route.py
from fastapi import Request
from lib.orders import record


# <- RG003
# routegen: ignore[RG201]
async def POST(request: Request) -> None:
    record(await request.json())
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.comments import with_code, without_code
from routegen.check.nearest import nearest
from routegen.check.registry import rule
from routegen.check.suppression import Suppression, Suppressions


@rule(Severity.WARNING)
def check(found: Suppressions) -> Iterator[Report]:
    """Report suppressions that name no rule, silence nothing, or give no reason."""
    for entry in found.entries:
        unknown = [code for code in entry.codes if code not in found.known]
        if unknown or not entry.codes:
            yield _unknown(entry, unknown, found)
            continue
        for code in entry.codes:
            if code in found.ran and code not in entry.used:
                message = f"nothing to suppress: `{code}` finds nothing here"
                hint = "delete the code, or the whole comment"
                yield Report(message, hint, entry.span, code="RG002", fix=without_code(found, entry, code))
        if len(entry.reason.split()) < 2:
            codes = ", ".join(entry.codes)
            yield Report(
                f"the suppression of `{codes}` gives no reason",
                f"say why it does not apply: `# routegen: ignore[{codes}] the gateway verifies`",
                entry.span,
                code="RG003",
            )


def _unknown(entry: Suppression, unknown: list[str], found: Suppressions) -> Report:
    if not unknown:
        hint = "write the codes in brackets: `# routegen: ignore[RG201] reason`"
        return Report("the suppression names no rule", hint, entry.span, code="RG001")
    near = nearest(unknown[0], found.known) if unknown[0].upper().startswith("RG") else None
    hint = f"did you mean `{near}`?" if near else "see `routegen check --list-rules`"
    mend = with_code(found, entry, unknown[0], near) if near else without_code(found, entry, unknown[0])
    message = f"`{unknown[0]}` is no rule: nothing is suppressed"
    return Report(message, hint, entry.span, code="RG001", fix=mend)
