"""kill -9 at every system call that changes something: the tree is as before or as after, never between."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.project import find_project
from routegen.scaffold.journal import recover
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.remove import prepare_removal

from .conftest import Routegen, add, picture, remove

REQUEST = AddRequest("webhook", ("stripe",))
CHANGING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "open", "shutil.rmtree"}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")


def killed_at(root: Path, number: int) -> bool:
    """Remove in a child that is killed before its change of this number. Tells whether there was one."""
    child = os.fork()
    if child == 0:
        try:
            calls = iter(range(10_000))

            def hook(event: str, arguments: tuple[object, ...]) -> None:
                is_reading = event == "open" and not (isinstance(arguments[2], int) and arguments[2] & 3)
                if event in CHANGING and not is_reading and next(calls) == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(hook)
            remove(root, REQUEST)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_at_every_change(fresh: Callable[[], Path], routegen: Routegen) -> None:
    root = fresh()
    after = picture(root)
    add(root, REQUEST)
    before = picture(root)
    prepare_removal(find_project(root), REQUEST)  # all is imported that the children need
    outcomes: list[bool] = []
    while True:
        copy = root.parent / "copy" / "shop"
        shutil.copytree(root, copy)
        was_killed = killed_at(copy, len(outcomes))
        recover(copy)
        tree = picture(copy)
        assert tree in (before, after), f"killed at change {len(outcomes)}"
        assert not (copy / ".routegen/cache").exists()
        outcomes.append(tree == after)
        shutil.rmtree(copy.parent)
        if not was_killed:
            break
    assert outcomes == sorted(outcomes), "once it is decided, it stays decided"
    assert len(outcomes) > 20 and not outcomes[0] and outcomes[-1]


def test_the_next_command_finishes_it(project: Path, routegen: Routegen) -> None:
    after = picture(project)
    for command in (["status"], ["remove", "webhook", "stripe"], ["add", "upload"]):
        add(project, REQUEST)
        number = 0
        while not (project / ".routegen/cache/pending").exists():
            assert killed_at(project, number), "it is never half done"
            number += 1
        assert picture(project) != after
        routegen(*command)
        if command[0] == "add":
            remove(project, AddRequest("upload"))
        assert picture(project) == after
