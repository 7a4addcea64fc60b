"""The prompts, as a person on a terminal meets them; and that nobody else is ever asked."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from routegen.cli.ask import decide
from tests.command import Routegen

from .conftest import picture

ROUTE = "app/api/webhooks/stripe/route.py"
TEST = "tests/api/webhooks/test_stripe.py"


def answers(keys: str) -> Iterator[str | None]:
    yield from keys
    yield None


@pytest.mark.parametrize(
    ("keys", "decided"),
    [
        ("yny", {"a": True, "b": False, "c": True}),
        ("na", {"a": False, "b": True, "c": True}),
        ("dydxn y", {"a": True, "b": False, "c": True}),
        ("Y N N", {"a": True, "b": False, "c": False}),
        ("yq", None),
        ("y", None),
        ("", None),
    ],
)
def test_the_decision(keys: str, decided: dict[str, bool] | None) -> None:
    typed, shown = answers(keys), list[str]()
    assert decide(["a", "b", "c"], lambda target: next(typed), shown.append) == decided
    assert shown == (["a", "b"] if "d" in keys else [])


def terminal(project: Path, *arguments: str) -> Any:
    return pexpect.spawn(
        sys.executable,
        ["-m", "routegen", *arguments],
        cwd=str(project),
        env={**os.environ, "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 200),
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.default_int_handler
        ),  # a job in the background ignores it
    )


def ended(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.fixture
def conflict(project: Path) -> Path:
    for target in (ROUTE, TEST):
        (project / target).parent.mkdir(parents=True)
        (project / target).write_text("mine\n")
    return project


def test_add_asks_about_each_file(conflict: Path) -> None:
    child = terminal(conflict, "add", "webhook", "stripe")
    child.expect_exact(f"replace `{ROUTE}`, which holds something else? [y]es [n]o [d]iff [a]ll [q]uit ")
    child.sendline("d")
    child.expect_exact("-mine")
    child.expect_exact(f"replace `{ROUTE}`")
    child.sendline("n")
    child.expect_exact(f"replace `{TEST}`")
    child.sendline("y")
    child.expect_exact(f"skip  {ROUTE}")
    child.expect_exact(f"overwrite  {TEST}")
    assert ended(child) == 0
    assert (conflict / ROUTE).read_text() == "mine\n"
    assert "SECRET" in (conflict / TEST).read_text()
    assert ROUTE not in (conflict / ".routegen/generated.json").read_text(), "it is not ours"


@pytest.mark.parametrize(("key", "code"), [("q", 1), ("\x04", 1), ("\x03", 130)])
def test_who_quits_changes_nothing(conflict: Path, key: str, code: int) -> None:
    before = picture(conflict)
    child = terminal(conflict, "add", "webhook", "stripe")
    child.expect_exact("[q]uit ")
    child.send(key if key < " " else f"{key}\n")
    assert ended(child) == code
    assert picture(conflict) == before


def test_remove_asks_about_edited_files(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "webhook", "stripe")
    for target in (ROUTE, TEST):
        (project / target).write_text("mine\n")
    child = terminal(project, "remove", "webhook", "stripe")
    child.expect_exact(f"remove `{ROUTE}`, which was edited since? [y]es [n]o [d]iff [a]ll [q]uit ")
    child.sendline("d")
    child.expect_exact("-mine")
    child.expect_exact("[q]uit ")
    child.sendline("a")
    assert ended(child) == 0
    assert picture(project) == before


@pytest.mark.parametrize("flag", ["--dry-run", "--diff", "--force"])
def test_an_option_that_answers_asks_nothing(conflict: Path, flag: str) -> None:
    child = terminal(conflict, "add", "webhook", "stripe", flag)
    child.expect(pexpect.EOF)
    assert "[q]uit" not in child.before
    child.close()


def test_without_a_terminal_nothing_asks(conflict: Path, routegen: Routegen) -> None:
    ran = routegen("add", "webhook", "stripe")
    assert ran.code == 1 and "[q]uit" not in ran.err + ran.out
