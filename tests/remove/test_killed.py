"""kill -9 at every system call that changes something: the tree is as before or as after, never between."""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.errors import ConflictError
from routegen.project import find_project
from routegen.scaffold import journal
from routegen.scaffold.add import prepare
from routegen.scaffold.catalog import OVERRIDES, templates_dir
from routegen.scaffold.journal import Step, carry_out, recover
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.remove import apply_removal, prepare_removal
from routegen.scaffold.update import prepare_update, updatable
from routegen.scaffold.write import apply
from tests.command import Routegen

from .conftest import Tree, add, picture, remove

REQUEST = AddRequest("webhook", ("stripe",))
CRUD = AddRequest("crud", ("users", "name:str"))
CHANGING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "open", "shutil.rmtree"}
ROUTE = "app/api/webhooks/stripe/route.py"
Work = Callable[[Path], object]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


def killed_at(root: Path, number: int, work: Work) -> bool:
    """Do the work in a child that is killed before its change of this number. Tells whether there was one."""
    child = os.fork()
    if child == 0:
        try:
            calls = iter(range(10_000))

            def hook(event: str, arguments: tuple[object, ...]) -> None:
                is_reading = event == "open" and not (isinstance(arguments[2], int) and arguments[2] & 3)
                if event in CHANGING and not is_reading and next(calls) == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(hook)
            work(root)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def outcomes(root: Path, work: Work, after: Tree) -> list[bool]:
    """Do the work in copies of the project, each killed one change later. Tells which were found done afterwards."""
    before = picture(root)
    found: list[bool] = []
    while True:
        copy = root.parent / "copy" / root.name
        shutil.copytree(root, copy)
        was_killed = killed_at(copy, len(found), work)
        recover(copy)
        tree = picture(copy)
        assert tree in (before, after), f"killed at change {len(found)}"
        assert not (copy / ".routegen/cache").exists()
        found.append(tree == after)
        shutil.rmtree(copy.parent)
        if not was_killed:
            return found


def nothing(root: Path) -> None:
    pass


def edited(root: Path) -> None:
    add(root, REQUEST)
    (root / ROUTE).write_text("mine\n")


def adding(root: Path, request: AddRequest, *, force: bool = False) -> Work:
    """What is written is worked out once; it fits every copy."""
    changes = prepare(find_project(root), request, force=force).changes
    return lambda copy: apply(copy, changes)


def removing(root: Path) -> Work:
    removal = prepare_removal(find_project(root), REQUEST)
    return lambda copy: apply_removal(find_project(copy), removal)


def newer(root: Path) -> None:
    """The handler that was added has a newer template, which is the project's own."""
    add(root, REQUEST)
    template = "patterns/webhook/providers/stripe/route.py.jinja"
    (root / OVERRIDES / template).parent.mkdir(parents=True)
    (root / OVERRIDES / template).write_text(f"{(templates_dir() / template).read_text()}# newer\n")


def updating(root: Path) -> Work:
    (addition,) = updatable(find_project(root))
    changes = prepare_update(find_project(root), addition).changes
    return lambda copy: apply(copy, changes)


CASES: dict[str, tuple[Work, Callable[[Path], Work]]] = {
    "add": (nothing, lambda root: adding(root, REQUEST)),
    "add more": (lambda root: add(root, REQUEST), lambda root: adding(root, CRUD)),
    "add --force": (edited, lambda root: adding(root, REQUEST, force=True)),
    "remove": (lambda root: add(root, REQUEST), removing),
    "update": (newer, updating),
}
"""What is there, and what is done then."""


@pytest.mark.parametrize("case", CASES)
def test_killed_at_every_change(fresh: Callable[[], Path], case: str) -> None:
    root, done = fresh(), fresh()
    there, prepared = CASES[case]
    there(root)
    there(done)
    work = prepared(root)
    work(done)
    found = outcomes(root, work, picture(done))
    assert found == sorted(found), "once it is decided, it stays decided"
    assert len(found) > 15 and not found[0] and found[-1]


def test_a_new_project_that_was_killed_is_made_again(tmp_path: Path) -> None:
    """The journal is the same as above, so it is killed at some of the changes only."""
    after = picture(create(str(tmp_path / "whole/shop")).root)
    for number in range(0, 1000, 5):
        root = tmp_path / str(number) / "shop"
        if number % 2:
            (root / ".git").mkdir(parents=True)
        was_killed = killed_at(root, number, lambda root: create(str(root)))
        with contextlib.suppress(ConflictError):  # it was whole already
            create(str(root))
        assert picture(root) == (after | {".git": b"a folder"} if number % 2 else after), number
        assert [entry.name for entry in root.parent.iterdir()] == ["shop"]
        if not was_killed:
            break
    assert number > 20


def test_what_was_begun_is_whole_in_its_own_folder_too(
    tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while files are put in their places, the first of which is what makes a folder a project."""
    after = picture(create(str(tmp_path / "whole/shop")).root)
    number = 0
    while not (tmp_path / str(number - 1) / "shop/pyproject.toml").exists():
        root = tmp_path / str(number) / "shop"
        assert killed_at(root, number, lambda root: create(str(root)))
        number += 1
    assert picture(root) != after
    monkeypatch.chdir(root)
    assert "finished what a killed command had begun" in routegen("routes").err
    assert picture(root) == after


def test_the_next_command_finishes_it(project: Path, routegen: Routegen) -> None:
    after = picture(project)
    commands = (["status"], ["routes"], ["remove", "webhook", "stripe"], ["add", "upload"])
    for command in commands:
        add(project, REQUEST)
        stop(project, removing(project))
        assert picture(project) != after
        ran = routegen(*command)
        assert ran.err.startswith("finished what a killed command had begun\n")
        if command[0] == "add":
            remove(project, AddRequest("upload"))
        assert picture(project) == after


def stop(root: Path, work: Work) -> None:
    """Let the work be killed as soon as it is decided."""
    number = 0
    while not (root / ".routegen/cache/pending").exists():
        assert killed_at(root, number, work), "it is never half done"
        number += 1


def test_a_file_that_was_edited_after_the_kill_stays(project: Path, routegen: Routegen) -> None:
    add(project, REQUEST)
    stop(project, removing(project))
    (project / ROUTE).write_text("mine\n")
    assert routegen("status").code == 0
    assert (project / ROUTE).read_text() == "mine\n"
    assert not (project / "tests/api/webhooks").exists(), "the rest is done"


def test_killed_while_a_failure_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the last file; what was written is taken back, and that is killed at every change."""
    steps = [Step("a/one.txt", b"1"), Step("two.txt", b"2"), Step("b/three.txt", b"3")]

    def failing(root: Path) -> None:
        replace = Path.replace

        def full(self: Path, target: Path) -> Path:
            if target.name == "three.txt":
                raise OSError(28, "No space left on device", str(target))
            return replace(self, target)

        Path.replace = full  # in the child only
        carry_out(root, steps)

    trees: list[list[str]] = []
    for number in range(1000):
        root = tmp_path / str(number)
        root.mkdir()
        (root / "two.txt").write_text("old")
        was_killed = killed_at(root, number, failing)
        recover(root)
        trees.append([f"{path.name} {path.read_text()}" for path in sorted(root.rglob("*.txt"))])
        assert trees[-1] in (["two.txt old"], ["one.txt 1", "three.txt 3", "two.txt 2"])
        if not was_killed:
            break
    assert {len(tree) for tree in trees} == {1, 3}
    assert trees[-1] == ["two.txt old"] and list(root.iterdir()) == [root / "two.txt"]


def test_two_commands_work_one_after_the_other(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is at work was not killed: nothing of it is touched."""
    staging = project / ".routegen/cache/pending-new"
    folder = os.open(project, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    staging.mkdir(parents=True)
    assert recover(project) is False and staging.is_dir()
    monkeypatch.setattr(journal, "_PATIENCE", 0)
    with pytest.raises(ConflictError, match="another routegen command is changing"):
        add(project, REQUEST)
    os.close(folder)
    add(project, REQUEST)
    assert not staging.exists()
