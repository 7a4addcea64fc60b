"""`routegen routes`: the table, the JSON, and what is wrong with the tree."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def write(project: Path, path: str, text: str) -> None:
    file = project / "app" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_table(cli: Cli, project: Path) -> None:
    write(project, "api/users/route.py", "async def POST(): ...\nasync def GET(): ...\n")
    write(project, "api/users/[id]/route.py", "def GET(id: int): ...\ndef helper(): ...\n")
    write(project, "(site)/[[...path]]/route.py", "def get(): ...\n")
    result = cli("routes")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "METHOD     PATH             FILE",
        "GET, POST  /api/users       app/api/users/route.py",
        "GET        /api/users/[id]  app/api/users/[id]/route.py",
        "-          /[[...path]]     app/(site)/[[...path]]/route.py",
    ]


def test_json(cli: Cli, project: Path) -> None:
    write(project, "users/[id]/route.py", "def DELETE(id: int): ...\ndef GET(id: int): ...\n")
    result = cli("routes", "--format", "json")
    assert (result.code, result.err) == (0, "")
    route = {"path": "/users/{id}", "file": "app/users/[id]/route.py", "id": "/users/[id]"}
    assert json.loads(result.out) == {
        "routes": [{"method": "GET", **route}, {"method": "DELETE", **route}],
        "problems": [],
    }


def test_problems_go_to_stderr_and_exit_1(cli: Cli, project: Path) -> None:
    write(project, "[id]/route.py", "def GET(id: int): ...\n")
    write(project, "[key]/route.py", "def GET(key: int): ...\n")
    write(project, "broken/route.py", "def GET(:\n")
    write(project, "fine/route.py", "def GET(): ...\n")
    result = cli("routes")
    assert result.code == 1
    assert "GET     /fine" in result.out
    assert "-       /broken" in result.out
    assert "error: RG704 `[id]` and `[key]` are dynamic names at one level" in result.err
    assert "hint: use one name: rename the others to `[id]`" in result.err
    assert "app/broken/route.py:1` cannot be read: invalid syntax" in result.err


def test_problems_in_json(cli: Cli, project: Path) -> None:
    write(project, "x[id]/route.py", "")
    write(project, "broken/route.py", "def GET(:\n")
    result = cli("routes", "--format", "json")
    assert (result.code, result.err) == (1, "")
    problems = json.loads(result.out)["problems"]
    assert [(problem["code"], problem["files"]) for problem in problems] == [
        ("RG707", ["app/x[id]"]),
        (None, ["app/broken/route.py"]),
    ]
    assert all(problem["message"] and problem["hint"] for problem in problems)


def test_an_empty_project_says_so(cli: Cli, project: Path) -> None:
    result = cli("routes")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith(f"no routes in `{project / 'app'}`\n\nhint: ")


def test_a_path_names_the_project(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "a/route.py", "def GET(): ...\n")
    monkeypatch.chdir("/")
    assert "/a" in cli("routes", str(project)).out


def test_nothing_of_the_project_runs(cli: Cli, project: Path) -> None:
    write(project, "a/route.py", "raise SystemExit('run')\ndef GET(): ...\n")
    assert cli("routes").code == 0


def test_a_folder_outside_any_project(cli: Cli, tmp_path: Path) -> None:
    result = cli("routes", str(tmp_path / "[id]"))
    assert result.code == 1
    assert f"`{tmp_path / '[id]'}` does not exist" in result.err
