"""What the commands ask and show on a terminal: the first minutes of a newcomer."""

import os
import sys
from pathlib import Path

import pexpect
import pytest

from routegen.cli import tree

CROWDED = [
    "app/api/hello/route.py",
    "lib/__init__.py",
    "main.py",
    "tests/api/test_hello.py",
    "tests/conftest.py",
]
DRAWN = """\
├── app/api/hello/
│   └── route.py
├── lib/
│   └── __init__.py
├── tests/
│   ├── api/
│   │   └── test_hello.py
│   └── conftest.py
└── main.py"""


def start(folder: Path, *arguments: str) -> "pexpect.spawn[str]":
    command = ["-m", "routegen", *arguments]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    return pexpect.spawn(
        sys.executable, command, cwd=str(folder), env=environment, encoding="utf-8", timeout=30, dimensions=(60, 120), echo=False
    )  # fmt: skip


def ended(terminal: "pexpect.spawn[str]") -> tuple[int | None, list[str]]:
    shown = terminal.read()
    terminal.close()
    return terminal.exitstatus, [line.strip() for line in shown.splitlines()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was made by answering the one question there is."""
    folder = tmp_path_factory.mktemp("terminal")
    terminal = start(folder, "new")
    terminal.expect_exact("name of the project:")
    terminal.sendline("shop")
    code, shown = ended(terminal)
    assert code == 0
    assert "shop/" in shown
    assert shown[shown.index("shop/") + 1] == "├── .routegen/"
    assert "├── app/api/hello/" in shown
    assert "cd shop" in shown
    assert not [line for line in shown if "create  " in line]
    return folder / "shop"


def test_the_tree() -> None:
    assert tree.lines(CROWDED) == DRAWN.splitlines()
    replaced = DRAWN.replace("├── ", "|-- ").replace("└── ", "`-- ").replace("│", "|")
    assert tree.lines(CROWDED, is_ascii=True) == replaced.splitlines()
    assert tree.lines([]) == []


ANSWERS = [
    pytest.param(
        [("pattern", "webhok"), ("did you mean `webhook`?", "web"), ("provider", "strip")],
        "routegen add webhook stripe",
        "app/api/webhooks/stripe/route.py",
        id="provider",
    ),
    pytest.param(
        [("pattern", "2"), ("name", ""), ("name", "teams"), ("fields", "name:str size:int?")],
        "routegen add crud teams name:str 'size:int?'",
        "app/api/teams/route.py",
        id="fields",
    ),
    pytest.param(
        [("pattern", "stream"), ("`stream` when empty", "")],
        "routegen add stream",
        "app/api/stream/route.py",
        id="default",
    ),
]


@pytest.mark.parametrize(("answers", "command", "file"), ANSWERS)
def test_add_alone_asks_for_pattern_and_argument(
    shop: Path, answers: list[tuple[str, str]], command: str, file: str
) -> None:
    terminal = start(shop, "add")
    for question, answer in answers:
        terminal.expect_exact(question)
        terminal.expect_exact(":")
        terminal.sendline(answer)
    code, shown = ended(terminal)
    assert code == 0
    assert command in shown
    assert (shop / file).is_file()


def test_only_what_is_missing_is_asked_for(shop: Path) -> None:
    terminal = start(shop, "add", "webhook")
    terminal.expect_exact("provider (")
    terminal.sendline("github")
    code, shown = ended(terminal)
    assert (code, (shop / "app/api/webhooks/github/route.py").is_file()) == (0, True)
    assert "routegen add webhook github" in shown
    assert ended(start(shop, "add", "upload"))[0] == 0  # its name may be left out


@pytest.mark.parametrize("answer", ["q", "\x04"], ids=["q", "end of input"])
def test_who_quits_has_written_nothing(shop: Path, answer: str) -> None:
    before = sorted(shop.rglob("*"))
    terminal = start(shop, "add")
    terminal.expect_exact("pattern (")
    terminal.sendline(answer) if answer == "q" else terminal.send(answer)
    code, shown = ended(terminal)
    assert code == 1
    assert shown[-1].endswith("nothing was written")
    assert sorted(shop.rglob("*")) == before


def test_outside_of_a_project_the_patterns_are_shown(tmp_path: Path) -> None:
    code, shown = ended(start(tmp_path, "add"))
    assert code == 0
    assert shown[0].startswith("PATTERN")
