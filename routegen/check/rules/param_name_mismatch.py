"""
# RG601 param-name-mismatch

A parameter that is named differently from its folder never gets the folder's value: FastAPI looks for it in
the query and answers 422.

## Finds
A required parameter of a simple type that no folder of the route names, while the handler leaves a folder's
parameter out; `request.path_params["x"]` and `Path()` parameters for an `x` that no folder names. In Next.js:
`params.x`, and `{ x }` taken from `params`, which is `undefined` there.

## Leaves alone
Parameters with a default or a marker (they are query parameters, headers, …), and handlers that can get the
value another way: through the request, a dependency or `**kwargs`; `params.x ?? …`, and handlers in a wrapper that
may pass other `params`.

## Fix
Give parameter and folder the same name.

```python bad app/api/users/[id]/route.py
def GET(user_id: int) -> dict[str, int]:  # <- RG601
    return {"id": user_id}
```

```python fixed app/api/users/[id]/route.py
def GET(id: int) -> dict[str, int]:
    return {"id": id}
```

```python bad app/api/users/[id]/route.py
from fastapi import Request


def GET(request: Request) -> dict[str, str]:
    return {"id": request.path_params["user_id"]}  # <- RG601
```

```python fixed app/api/users/[id]/route.py
from fastapi import Request


def GET(request: Request) -> dict[str, str]:
    return {"id": request.path_params["id"]}
```

```typescript bad app/api/users/[id]/route.ts
export async function GET(request: Request, { params }: { params: Promise<{ userId: string }> }) {
  const { userId } = await params // <- RG601
  return Response.json({ id: userId })
}
```


```typescript fixed app/api/users/[id]/route.ts
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id: userId } = await params
  return Response.json({ id: userId })
}
```

```typescript good app/api/users/[id]/route.ts
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id: userId } = await params
  return Response.json({ id: userId })
}
```

```python good app/api/users/[id]/route.py
def GET(id: int, page: int, limit: int = 10) -> dict[str, int]:
    return {"id": id, "page": page, "limit": limit}


def OPTIONS() -> None:
    return None
```

```python good app/api/files/[...path]/route.py
from typing import Annotated

from fastapi import Depends, Request
from lib.files import find_file


def GET(name: str, file: Annotated[object, Depends(find_file)]) -> dict[str, str]:
    return {"name": name}


def HEAD(request: Request) -> dict[str, str]:
    return {"path": request.path_params["path"]}
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.fixes.naming import path_read, renamed
from routegen.check.registry import rule
from routegen.handlers import Handler
from routegen.handlers.parameters import folder_names, misnamed, path_reads
from routegen.handlers.typescript.params import param_reads


@rule(Severity.ERROR)
def check(handler: Handler) -> Iterator[Report]:
    """Report parameters, and reads of `path_params`, that no folder names."""
    names, is_python = folder_names(handler), handler.module.lang == "python"
    for parameter, wanted in misnamed(handler) if is_python else ():
        yield Report(
            f"`{parameter.name}` is no parameter of `{handler.route_id}`: FastAPI reads it from the query",
            f"rename the parameter to `{wanted}`, or the folder `[{wanted}]` to `[{parameter.name}]`",
            parameter.span,
            fix=renamed(handler, parameter, wanted),
        )
    for name, span in path_reads(handler) if is_python else param_reads(handler):
        if names is not None and name not in names:
            known = ", ".join(f"`{n}`" for n in names) or "none"
            yield Report(
                f"`{name}` is no parameter of `{handler.route_id}`",
                f"the folders of the route name these parameters: {known}",
                span,
                fix=path_read(handler, name, span, names),
            )
