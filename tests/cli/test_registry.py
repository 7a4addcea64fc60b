"""Walks all commands: none is without help, an example, and a line in the README."""

import re
from inspect import getdoc
from pathlib import Path

import pytest

from routegen.cli.commands import COMMANDS, load, names, summary
from tests.cli.conftest import Cli

ALL = list(names())


def test_every_registered_command_is_there() -> None:
    assert [name for group in COMMANDS.values() for name in group] == ALL


def test_every_module_of_a_command_is_registered(checkout: Path) -> None:
    commands = {
        file.stem
        for file in (checkout / "routegen" / "cli").glob("*.py")
        if re.search(rf"^(def )?{file.stem}\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert commands - {"app"} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_command_is_listed_with_one_line(cli: Cli, name: str) -> None:
    assert summary(name)
    assert summary(name)[0].isupper()
    assert len(summary(name)) <= 70, "the line of the list is broken"
    assert re.search(rf"^  {name} +{re.escape(summary(name))}$", cli("--help").out, re.MULTILINE)


@pytest.mark.parametrize("name", ALL)
def test_a_command_has_help_and_an_example(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert f"Usage: routegen {name}" in result.out
    assert re.search(rf"routegen {name}\b", getdoc(load(name).callback) or ""), "the docstring has no example"


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_has_help(name: str) -> None:
    assert [parameter.name for parameter in load(name).params if not parameter.help] == []


@pytest.mark.parametrize("name", ALL)
def test_a_command_is_in_the_readme(name: str, checkout: Path) -> None:
    assert f"routegen {name}" in (checkout / "README.md").read_text(encoding="utf-8")
