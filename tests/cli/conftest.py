"""A command line in the test's own process, and commands that misbehave."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from routegen.cli import commands
from routegen.cli.app import run
from tests.command import Ran

Cli = Callable[..., Ran]
Plant = Callable[[Callable[..., Any]], None]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(arguments)
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Make a function the command of its own name."""

    def call(function: Callable[..., Any]) -> None:
        name = function.__name__
        module = ModuleType(f"routegen.cli.{name}")
        module.__spec__ = ModuleSpec(module.__name__, None)
        setattr(module, name, function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(commands.COMMANDS, "Planted", (name,))

    return call


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder."""
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path
