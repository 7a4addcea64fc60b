"""
# RG004 wildcard-cors-with-credentials

With credentials, Starlette answers `*` with the caller's own origin: any site can use the API with the user's
cookies.

## Finds
`CORSMiddleware` with `"*"` among its origins (or a regex that takes all) and `allow_credentials=True`.

## Leaves alone
`*` without credentials; origins that come from settings.

## Fix
List the origins that may send cookies.

```python bad main.py
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)  # <- RG004
```

```python good main.py
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_credentials=True)
```
"""

from collections.abc import Iterator

from routegen.check.finding import Report, Severity
from routegen.check.registry import PYTHON, rule
from routegen.handlers.apps import open_cors
from routegen.handlers.function import Module


@rule(Severity.ERROR, languages=PYTHON)
def check(module: Module) -> Iterator[Report]:
    """Report each set-up that lets any site in with cookies."""
    for call in open_cors(module):
        yield Report(
            "any site may call this API with the user's cookies: `*` together with `allow_credentials=True`",
            "list the origins that may send cookies",
            call.span,
        )
