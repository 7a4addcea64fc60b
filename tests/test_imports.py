"""What starts fast stays fast: each command imports only what it needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WEB = {"fastapi", "starlette", "uvicorn", "pydantic"}
SCAFFOLD = {"jinja2", "tomlkit"}
NOT_FOR_HELP = {*WEB, *SCAFFOLD, "stripe", "sqlmodel", "rich", "click", "tree_sitter"}

RUN = "import sys; from routegen.cli.app import run; code = run(sys.argv[1:]); "
REPORT = "import json, sys; sys.__stdout__.flush(); print('\\n' + json.dumps(sorted(sys.modules)))"


def modules(code: str, *arguments: str, cwd: Path) -> set[str]:
    """The modules that a fresh interpreter has after running `code`."""
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [sys.executable, "-c", code + REPORT, *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n\n[tool.routegen]\n'
    )
    (root / "app" / "users" / "[id]").mkdir(parents=True)
    (root / "app" / "users" / "[id]" / "route.py").write_text("def GET(id: int): ...\n")
    return root


def test_importing_routegen_imports_nothing_else(project: Path) -> None:
    added = modules("import routegen; ", cwd=project) - modules("import typing; ", cwd=project)
    assert {name for name in added if name.startswith("routegen")} == {"routegen"}
    assert {name.partition(".")[0] for name in added} - sys.stdlib_module_names == {"routegen"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["nonsense"], ["add", "--help"]])
def test_help_is_free_of_the_web(arguments: list[str], project: Path) -> None:
    assert modules(RUN, *arguments, cwd=project) & NOT_FOR_HELP == set()


def test_a_command_imports_only_its_own_module(project: Path) -> None:
    loaded = modules(RUN, "routes", cwd=project)
    commands = {name for name in loaded if name.startswith("routegen.cli.")}
    assert commands == {
        "routegen.cli.app",
        "routegen.cli.commands",
        "routegen.cli.console",
        "routegen.cli.found",
        "routegen.cli.routes",
    }
    assert loaded & {*WEB, *SCAFFOLD, "stripe"} == set()


def test_add_imports_neither_the_web_nor_pydantic(project: Path) -> None:
    loaded = modules(RUN, "add", "webhook", "stripe", "--dry-run", cwd=project)
    assert "jinja2" in loaded
    assert loaded & {*WEB, "stripe", "sqlmodel"} == set()


def test_check_imports_neither_the_web_nor_templates(project: Path) -> None:
    assert modules(RUN, "check", cwd=project) & {*WEB, *SCAFFOLD, "stripe", "sqlmodel"} == set()
