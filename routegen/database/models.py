"""Imports every module of `lib/models`, so that the tables know each other and migrations see all of them."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules


def import_models(path: Iterable[str], package: str) -> None:
    """Import the modules of a package, for its `__init__.py`: `import_models(__path__, __name__)`."""
    for module in sorted(iter_modules(path), key=lambda found: found.name):
        import_module(f"{package}.{module.name}")
