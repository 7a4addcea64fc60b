"""What the tests of the scaffolder share: a fresh project, and the command line in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.scaffold.new import create


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    root = create("shop").root
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def tree(project: Path) -> Callable[[], dict[str, bytes]]:
    """Takes a picture of the project: every file with its contents."""

    def picture() -> dict[str, bytes]:
        found = sorted(path for path in project.rglob("*") if path.is_file())
        return {path.relative_to(project).as_posix(): path.read_bytes() for path in found}

    return picture
