"""A fresh project to add to and take from: in this process, or as a user on a terminal would."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.project import find_project
from routegen.scaffold import edits
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.remove import apply_removal, prepare_removal
from routegen.scaffold.write import apply

Tree = dict[str, bytes]


def picture(root: Path) -> Tree:
    """Every file and every folder of a project, but for what is not its own."""
    found: Tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(".routegen/cache") and "__pycache__" not in name:
            found[name] = path.read_bytes() if path.is_file() else b"a folder"
    return found


def add(root: Path, request: AddRequest) -> None:
    """Add as the command does."""
    addition = prepare(find_project(root), request)
    addition.refuse_conflicts()
    apply(root, addition.changes)


def remove(root: Path, request: AddRequest) -> None:
    """Remove as the command does."""
    project = find_project(root)
    removal = prepare_removal(project, request)
    removal.refuse()
    apply_removal(project, removal)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project, to be copied."""
    return create(str(tmp_path_factory.mktemp("blank") / "shop")).root


@pytest.fixture(autouse=True)
def same_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of the right form, which are the same in every project."""
    monkeypatch.setattr(edits.secrets, "token_urlsafe", lambda length: "s" * 43)


@pytest.fixture
def fresh(blank: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes a new project of the same name."""
    numbers = itertools.count()

    def make() -> Path:
        root = tmp_path / str(next(numbers)) / "shop"
        shutil.copytree(blank, root)
        return root

    return make


@pytest.fixture
def project(fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project, which is the current folder."""
    root = fresh()
    monkeypatch.chdir(root)
    return root
