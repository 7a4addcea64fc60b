"""
# RG604 shadowed-route

Two folders take the same URLs, so one of them is never reached as it is meant.

## Finds
`[...x]` beside `[[...y]]`, and `[[...x]]` beside a file that answers the folder itself.

## Leaves alone
`[x]` beside `[...y]`: the more specific one answers first, and both are reached.

## Fix
Keep one of them, or make the optional catch-all a required one.

```tree bad
app/docs/route.py  # <- RG604
app/docs/[[...path]]/route.py
```

```tree good
app/docs/route.py
app/docs/[...path]/route.py
app/docs/[slug]/route.py
```

# RG701 duplicate-route

Two files answer one URL; only one of them can.

## Finds
Route files with the same path once route groups are left out.

## Leaves alone
Routes that differ in any segment.

## Fix
Keep one of the files.

```tree bad
app/(shop)/users/route.py  # <- RG701
app/(team)/users/route.py
```

```tree good
app/(shop)/users/route.py
app/(team)/members/route.py
```

# RG704 two-param-names

A URL cannot tell `[id]` from `[slug]` at one level, so the handlers disagree about the name of the
parameter.

## Finds
Two dynamic folders, or two catch-alls, with different names below one parent.

## Leaves alone
The same name in several route groups, and other names further down.

## Fix
Use one name for the level.

```tree bad
app/users/[id]/route.py  # <- RG704
app/users/[slug]/posts/route.py
```

```tree good
app/users/[id]/route.py
app/users/[id]/posts/[post]/route.py
```

# RG707 bad-folder-name

A folder whose name means nothing in a URL is not served, nor is anything below it.

## Finds
Unbalanced or partial brackets (`x[id]`), parameters that are no Python names (`[user-id]`), slots
(`@team`), intercepting folders (`(.)photo`), and folders that cannot be read.

## Leaves alone
Private folders (`_lib`) and route groups (`(shop)`).

## Fix
Rename the folder as the hint says.

```tree bad
app/users/[user-id]/route.py  # <- RG707 app/users/[user-id]
```

```tree good
app/users/[user_id]/route.py
app/_lib/[user-id]/route.py
```

# RG708 route-file-name

A file whose name nearly is `route.py` is not served.

## Finds
`routes.py`, `router.py`, `Route.py` and their like in a folder without a `route.py`.

## Leaves alone
Such a file beside a `route.py`, and names with an underscore in front.

## Fix
Rename the file to `route.py`, or to `_routes.py` if it is a helper.

```tree bad
app/users/routes.py  # <- RG708
```

```tree good
app/users/route.py
app/users/_routes.py
```

# RG709 guard-file-name

A file whose name nearly is `dependencies.py` guards nothing, so everything below it answers 500.

## Finds
`dependency.py`, `Dependencies.py` and their like. In a project of Next.js whose `app` lies in `src`: a `middleware.ts`
or `proxy.ts` above `src`, which never runs, so that nobody is asked who calls.

## Leaves alone
Such a name beside a `dependencies.py`, and names with an underscore in front.

## Fix
Rename the file to `dependencies.py`; move a `middleware.ts` beside the `app` folder.

```tree bad
app/admin/dependency.py  # <- RG709
app/admin/route.py
```

```tree good
app/admin/_dependency.py
app/admin/route.py
```

# RG710 parameter-twice

A path with the same parameter twice cannot give both values to the handler.

## Finds
Two dynamic segments of one name in a route.

## Leaves alone
The same name in two routes that are not below each other.

## Fix
Give each folder its own name.

```tree bad
app/users/[id]/posts/[id]/route.py  # <- RG710
```

```tree good
app/users/[id]/posts/[post]/route.py
```

# RG711 catch-all-not-last

A catch-all takes the rest of the path, so nothing below it can be reached.

## Finds
A folder below `[...x]` or `[[...x]]`.

## Leaves alone
A catch-all as the last folder.

## Fix
Move the route up, or make the catch-all a single segment.

```tree bad
app/files/[...path]/edit/route.py  # <- RG711
```

```tree good
app/files/[path]/edit/route.py
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import rule
from routegen.routes import Manifest


@rule(Severity.ERROR)
def check(manifest: Manifest) -> Iterator[Report]:
    """Turn the manifest's problems into reports: what `serve` refuses, `check` says."""
    for problem in manifest.problems:
        yield Report(problem.message, problem.hint, path=problem.files[0], code=problem.code)
