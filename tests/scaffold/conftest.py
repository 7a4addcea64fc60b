"""What the tests of the scaffolder share: a fresh project, and the command line in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from routegen.cli.app import run
from routegen.scaffold.new import create


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str


Routegen = Callable[..., Ran]


@pytest.fixture
def routegen(capfd: pytest.CaptureFixture[str]) -> Routegen:
    """Runs a command line as the user would type it: `routegen("add", "stream")`."""

    def call(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(arguments)
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


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
