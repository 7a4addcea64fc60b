r"""
# RG904 blocking-call-in-script

A script has no threads: what ends in `Sync` holds up every other request of the process until it is done.

## Finds
In a handler or a server function of Next.js: `readFileSync` and its like, `execSync`, `bcrypt.hashSync`, `scryptSync`,
also in the functions of the project that it calls.

## Leaves alone
What runs when a file is loaded, what Next.js may run when it builds (a GET that takes no request), what is kept for the
next time, and tests such as `existsSync`.

## Fix
Await what does the same without `Sync` in its name.

```typescript bad
import fs from "node:fs"
import bcrypt from "bcryptjs"

export const EXPOSE = "public"

export async function POST(request: Request): Promise<Response> {
  const { password } = await request.json()
  const known = fs.readFileSync("known-passwords.txt", "utf8").split("\n")
  if (known.includes(password)) {
    return Response.json({ error: "Everybody knows it" }, { status: 422 })
  }
  return Response.json({ hash: bcrypt.hashSync(password, 12) })  // <- RG904
}
```

```typescript fixed
import fs from "node:fs"
import bcrypt from "bcryptjs"

export const EXPOSE = "public"

export async function POST(request: Request): Promise<Response> {
  const { password } = await request.json()
  const known = (await fs.promises.readFile("known-passwords.txt", "utf8")).split("\n")
  if (known.includes(password)) {
    return Response.json({ error: "Everybody knows it" }, { status: 422 })
  }
  return Response.json({ hash: await bcrypt.hash(password, 12) })
}
```

```typescript good
import { existsSync, readFileSync } from "node:fs"

const LETTER = readFileSync("letters/welcome.html", "utf8")
let rules: string | undefined

export async function GET(): Promise<Response> {
  return Response.json({ version: readFileSync("VERSION", "utf8") })
}

export async function POST(request: Request): Promise<Response> {
  rules ??= readFileSync("rules.txt", "utf8")
  const isKnown = rules.includes(await request.text()) && existsSync("known")
  return Response.json({ letter: LETTER, isKnown })
}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.script_waiting import awaited_twin
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.blocking import blocking_calls, slowest
from routegen.handlers.facts import Evidence
from routegen.handlers.places import place


@rule(Severity.WARNING, preview=True, languages=("typescript",), pages=True)
def check(handler: Handler) -> Iterator[Report]:
    """Report the first call that nothing else can run beside, the slow kinds before files."""
    found = slowest(blocking_calls(handler))
    for blocking in found[:1]:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        inner = blocking.call is not blocking.at.call
        yield Report(
            f"`{handler.text(blocking.call, blocking.scope)}` holds up every other request of the process{more}",
            "await what does the same without `Sync` in its name",
            place(blocking.at, handler),
            [Evidence("blocks here", blocking.call.span, blocking.scope.module, is_cause=True)]
            if inner
            else [],
            fix=awaited_twin(blocking.call, blocking.scope),
        )
