"""
# RG001 unknown-rule-code

A suppression that names no rule silences nothing, and nobody notices.

## Finds
A code in `# routegen: ignore[…]` that is no rule, and a comment without any code.

## Leaves alone
Codes of rules that exist, whether they ran or not.

## Fix
Write the code that is meant.

```python bad
def GET() -> dict[str, bool]:  # routegen: ignore[RG210] verified by the gateway  # <- RG001
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
                yield Report(message, "delete the code, or the whole comment", entry.span, code="RG002")
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
    near = nearest(unknown[0], found.known)
    hint = f"did you mean `{near}`?" if near else "see `routegen check --list-rules`"
    return Report(f"`{unknown[0]}` is no rule: nothing is suppressed", hint, entry.span, code="RG001")
