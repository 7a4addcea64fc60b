"""Finds the templates that came with routegen, those of providers among them."""

from functools import lru_cache
from pathlib import Path

from routegen.errors import RoutegenError


@lru_cache(maxsize=1)
def templates_dir() -> Path:
    """The templates that came with routegen: inside the package when installed, beside it in a checkout.

    Raises:
        RoutegenError: the installation has none.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "patterns").is_dir():
            return folder
    raise RoutegenError(
        f"no templates beside `{package}`",
        hint="install routegen again: `pip install --force-reinstall routegen`",
    )
