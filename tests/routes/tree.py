"""Builds the trees of the tests: a list of paths is a tree."""

from collections.abc import Iterable
from pathlib import Path


def build(root: Path, paths: Iterable[str]) -> Path:
    """Make every path below `root/app`: a folder when it ends with a slash, else a file that exports GET."""
    app = root / "app"
    app.mkdir(exist_ok=True)
    for path in paths:
        target = app / path
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("def GET(): ...\n", encoding="utf-8")
    return app
