"""Every way a command can end has one form on stderr and one exit code."""

import os
import subprocess
import sys
from typing import Annotated

import pytest
import typer

import routegen
from routegen.errors import ConflictError, RoutegenError, UsageError
from tests.cli.conftest import Cli, Plant
from tests.command import Ran

BRACKETS = "users/[id] [red]x[/red] [/id] [bold"


@pytest.mark.parametrize(
    ("error", "code"), [(RoutegenError, 1), (ConflictError, 1), (UsageError, 2)], ids=lambda value: str(value)
)
def test_an_error_of_the_house(cli: Cli, plant: Plant, error: type[RoutegenError], code: int) -> None:
    def boom() -> None:
        raise error(f"no `{BRACKETS}`", hint=f"make `{BRACKETS}`")

    plant(boom)
    assert cli("boom") == Ran(code, "", f"error: no `{BRACKETS}`\n\nhint: make `{BRACKETS}`\n")


def test_an_unexpected_exception_is_one_line(cli: Cli, plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom() -> None:
        raise ValueError(f"bad\n {BRACKETS}")

    plant(boom)
    result = cli("boom")
    assert result.code == 1
    assert result.out == ""
    first, empty, hint, end = result.err.split("\n")
    assert (first, empty, end) == (f"error: unexpected ValueError: bad {BRACKETS}", "", "")
    assert hint.startswith("hint: this is a bug in routegen")
    assert "ROUTEGEN_DEBUG=1" in hint

    monkeypatch.setenv("ROUTEGEN_DEBUG", "1")
    shown = cli("boom").err
    assert "Traceback (most recent call last)" in shown
    assert shown.endswith(result.err)


def test_a_failure_of_the_system_names_the_file(cli: Cli, plant: Plant) -> None:
    def boom() -> None:
        raise PermissionError(13, "Permission denied", f"app/{BRACKETS}")

    plant(boom)
    result = cli("boom")
    assert result.code == 1
    assert result.err.startswith(f"error: `app/{BRACKETS}`: Permission denied\n\nhint: ")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (KeyboardInterrupt(), 130),
        (typer.Exit(3), 3),
        (SystemExit(4), 4),
        (SystemExit(None), 0),
        (SystemExit("x"), 1),
    ],
    ids=lambda value: repr(value),
)
def test_an_exit_is_silent(cli: Cli, plant: Plant, raised: BaseException, code: int) -> None:
    def boom() -> None:
        raise raised

    plant(boom)
    assert cli("boom") == Ran(code, "", "")


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (2, 2)])
def test_what_a_command_returns_is_the_exit_code(
    cli: Cli, plant: Plant, returned: int | None, code: int
) -> None:
    def boom() -> int | None:
        return returned

    plant(boom)
    assert cli("boom").code == code


def test_abort(cli: Cli, plant: Plant) -> None:
    def boom() -> None:
        raise typer.Abort

    plant(boom)
    assert cli("boom") == Ran(1, "", "aborted\n")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["sevre"], "unknown command `sevre`", "did you mean `routegen serve`?"),
        (["[id]"], "unknown command `[id]`", "the commands are new, add, update, remove, status, "),
        (["[/red]"], "unknown command `[/red]`", "the commands are "),
        (["--verson"], "no such option `--verson`", "did you mean `--version`?"),
        (["add", "--dry"], "no such option `--dry`", "did you mean `--dry-run`?"),
        (["add", "--xyzzy"], "no such option `--xyzzy`", "see `routegen add --help`"),
        (["add", "--path"], "option `--path` requires an argument", "see `routegen add --help`"),
        (["new"], "missing argument `NAME`", "for example `routegen new shop`"),
        (["new", "a", "b", "[id]"], "got unexpected extra argument(s) (b [id])", "see `routegen new --help`"),
        (["serve", "--port", "[id]"], "invalid value for `--port`", "see `routegen serve --help`"),
        (["serve", "--port", "[id]"], "(given: `[id]`)", "see `routegen serve --help`"),
        (["routes", "--format", "[red]"], "`[red]` is no value of `--format`", "choose text or json"),
    ],
)
def test_a_usage_mistake(cli: Cli, arguments: list[str], message: str, hint: str) -> None:
    result = cli(*arguments)
    first, empty, last, end = result.err.split("\n")
    assert (result.code, result.out, empty, end) == (2, "", "", "")
    assert first.startswith("error: ")
    assert message in first
    assert not first.endswith(".")
    assert last.startswith(f"hint: {hint}")


def test_no_arguments_show_the_help_as_a_usage_mistake(cli: Cli) -> None:
    result = cli()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: routegen")


def test_version(cli: Cli) -> None:
    assert cli("--version") == Ran(0, f"routegen {routegen.__version__}\n", "")


def test_brackets_survive_in_help_and_values(cli: Cli, plant: Plant) -> None:
    def boom(
        route: Annotated[str, typer.Argument(metavar="[ROUTE]", help="Such as users/[id] or [red].")],
        also: Annotated[str, typer.Option(help="Not [/id].")] = "users/[id]",
    ) -> None:
        """Handle users/[id].

        Example:

            routegen boom 'users/[id]'
            routegen boom '[/id]'
        """
        typer.echo(f"{route} {also}")

    plant(boom)
    shown = cli("boom", "--help").out
    for text in ("Handle users/[id].", "users/[id] or [red].", "Not [/id].", "[default: users/[id]]"):
        assert text in shown
    assert "      routegen boom 'users/[id]'\n      routegen boom '[/id]'\n" in shown
    assert "Handle users/[id]\n" in cli("--help").out
    assert cli("boom", BRACKETS).out == f"{BRACKETS} users/[id]\n"


def _routegen(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "routegen", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


def test_an_encoding_that_lacks_a_character_is_no_failure() -> None:
    done = _routegen("café-☃", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 2
    assert rb"unknown command `caf\xe9-\u2603`" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="platform: pipes end otherwise on Windows")
def test_a_reader_that_leaves_is_no_error(tmp_path: os.PathLike[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "routegen", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.stderr == b""
