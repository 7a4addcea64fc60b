"""The command line: streams, formats and exit codes."""

import io
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from routegen.check.registry import rules
from routegen.cli.app import run

BAD = "from fastapi import UploadFile\n\n\ndef POST(file: UploadFile):\n    name = 'é' + str(open(file.filename))\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    (tmp_path / "app" / "[id]").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "app" / "[id]" / "route.py").write_text(text)


def test_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "def GET(id: int): return id\n")
    assert run(["check"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "no findings in 1 file\n")


@pytest.mark.parametrize("format_", ["text", "concise", "json", "github"])
def test_where_nothing_can_be_checked_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/index.tsx").write_text("export default () => null\n")
    assert run(["check", str(tmp_path), "--format", format_]) == 0
    assert "nothing was checked: no Python file" in capsys.readouterr().err


def test_text_shows_place_frame_evidence_and_hint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, BAD)
    assert run(["check"]) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("app/[id]/route.py:5:22 RG301 the client's file name `file.filename`")
    assert lines[1] == "    5 |     name = 'é' + str(open(file.filename))"
    assert lines[2] == "      |                      ^^^^^^^^^^^^^^^^^^^"
    assert lines[3] == "  the name comes from `file.filename`, line 5"
    assert lines[4].startswith("hint: ")
    assert "1 finding in 1 file" in err


def test_concise(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, BAD)
    assert run(["check", "--format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err == ""


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, BAD)
    (folder / "app" / "broken.py").write_text("def f(:\n")
    assert run(["check", "--format", "json"]) == 2
    data = json.loads(capsys.readouterr().out)
    assert data["summary"] == {"files": 2, "findings": 1, "suppressed": 0, "errors": 1}
    finding = data["findings"][0]
    assert finding | {"message": "", "hint": ""} == {
        "code": "RG301",
        "name": "client-filename-in-path",
        "severity": "error",
        "path": "app/[id]/route.py",
        "line": 5,
        "column": 22,
        "end_line": 5,
        "end_column": 41,
        "message": "",
        "hint": "",
        "handler": "POST /[id]",
        "fix": None,
        "evidence": [{"text": "the name comes from `file.filename`", "line": 5}],
    }
    (folder / "app/broken.py").unlink()
    write(folder, BAD.replace("str(open(file.filename))", "str(open(file.filename, mode='w'))"))
    run(["check", "--format", "json"])
    mend = json.loads(capsys.readouterr().out)["findings"][-1]["fix"]
    assert mend["title"] == "name the file yourself" and mend["safe"] is False
    assert {edit["path"] for edit in mend["edits"]} == {"app/[id]/route.py"}
    assert data["errors"][0]["path"] == "app/broken.py"
    assert data["errors"][0]["line"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "`nowhere` does not exist"),
        (["--select", "RG9999"], "is no rule"),
        (["--explain", "RG999"], "is no rule"),
        (["--explain", "501"], "did you mean `RG501`?"),
        (["--explain", "unauthenticated-mutations"], "did you mean `unauthenticated-mutation`?"),
        (["--statistics", "--format", "sarif"], "exclude each other"),
        (["--format", "xml"], "xml"),
    ],
)
def test_what_could_not_run_exits_2(
    folder: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err and "hint: " in err


def test_bad_settings_exit_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text("[tool.routegen.check]\nselct = []\n")
    assert run(["check"]) == 2
    assert "did you mean `select`?" in capsys.readouterr().err
    (folder / "pyproject.toml").write_text("[tool.routegen]\n[tool.routegen.chek]\nselect = []\n")
    assert run(["check"]) == 2
    assert "`chek` is no setting of `[tool.routegen]`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('{"app/**" = "publik"}', "did you mean `public`?"),
        ('["app/**"]', "is no table of globs"),
        ('{"app/**" = 1}', "is no table of globs"),
    ],
)
def test_bad_reasons_to_expose_exit_2(
    folder: Path, table: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.routegen.check]\nexpose = {table}\n")
    assert run(["check"]) == 2
    assert message in capsys.readouterr().err


def test_settings_say_why_handlers_are_open(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "from pathlib import Path\n\n\ndef DELETE(id: int) -> None:\n    Path('a').unlink()\n")
    settings = "[tool.routegen.check]\nexpose = {{'{glob}' = 'public'}}\n"
    for glob, status in (("app/other/**", 1), ("app/[id]/*", 0), ("app/**", 0), ("app/other/**", 1)):
        (folder / "pyproject.toml").write_text(settings.format(glob=glob))
        assert run(["check"]) == status, glob
        assert ("RG501" in capsys.readouterr().out) == bool(status)


@pytest.mark.parametrize(
    ("codes", "expected"), [("RG501", ["RG003"]), ("RG5,RG003", []), ("ALL", []), ("RG301", ["RG003"])]
)
def test_what_a_file_is_spared_says_nothing_about_its_suppressions(
    folder: Path, codes: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    above = "# routegen: ignore[RG501]\n"
    write(
        folder, f"from pathlib import Path\n\n\n{above}def DELETE(id: int) -> None:\n    Path('a').unlink()\n"
    )
    run(["check", "--format", "concise", "--per-file-ignores", f"app/[id]/*:{codes}"])
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == expected


def test_no_project_exits_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == 2
    assert "no routegen project" in capsys.readouterr().err


def test_statistics(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, BAD)
    assert run(["check", "--statistics"]) == 1
    assert capsys.readouterr().out == "    1  RG301  client-filename-in-path\n"
    assert run(["check", "--statistics", "--format", "json"]) == 1
    counted = [{"code": "RG301", "name": "client-filename-in-path", "count": 1}]
    assert json.loads(capsys.readouterr().out) == counted


def test_a_file_that_cannot_be_read_is_named_as_findings_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "app" / "broken.py").write_text("def f(:\n")
    assert run(["check"]) == 2
    assert capsys.readouterr().err.startswith("error: `app/broken.py:1` cannot be read: ")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What a command line shows on a terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("WT_SESSION", "1")

    def call(*arguments: str) -> str:
        stream = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            run(["check", *arguments])
        return stream.getvalue()

    return call


CODE = "\x1b[1;31mRG301\x1b[0m"


def test_a_terminal_shows_path_code_and_caret_in_colour(
    folder: Path, terminal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, BAD.replace("é", "\x1b[2J"))
    shown = terminal()
    lines = shown.splitlines()
    assert lines[0].startswith(f"\x1b[1mapp/[id]/route.py\x1b[0m:5:25 {CODE} the client's file name")
    assert lines[1] == "\x1b[36m    5 | \x1b[0m    name = '\\x1b[2J' + str(open(file.filename))"
    assert lines[2].endswith("\x1b[1;31m^^^^^^^^^^^^^^^^^^^\x1b[0m")
    assert lines[4].startswith("\x1b[1mhint:\x1b[0m ")
    assert CODE in terminal("--format", "concise")
    assert CODE in terminal("--statistics")
    for format in ("json", "github", "gitlab", "junit", "sarif"):
        assert "\x1b" not in terminal("--format", format)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in terminal()


def test_a_slow_check_shows_a_bar_on_a_terminal_alone(
    folder: Path,
    terminal: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in "abc":
        (folder / "app" / f"{name}.py").write_text("")
    write(folder, BAD)
    seconds = itertools.count()
    monkeypatch.setattr("routegen.cli.progress.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    shown = terminal("app", "--select", "RG301")  # other rules than before: nothing is remembered
    assert "\r\x1b[Kchecking █████░░░░░░░░░░░░░░░ 1 of 4 files\r" in shown
    assert shown.index("4 of 4 files\r\x1b[K\x1b[1mapp/[id]") > 0
    monkeypatch.setattr("routegen.cli.progress.time", SimpleNamespace(monotonic=lambda: 0.0))
    assert "of 4 files" not in terminal("app", "--select", "RG301,RG501")
    assert run(["check", "app", "--select", "RG301,RG502"]) == 1
    assert "checking" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("code", rules())
def test_explain(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--explain", code]) == 0
    assert capsys.readouterr().out == rules()[code].documentation + "\n"


def test_list_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--list-rules"]) == 0
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == list(rules())


def test_the_real_command(folder: Path) -> None:
    write(folder, BAD)
    done = subprocess.run(
        [sys.executable, "-m", "routegen", "check", "app"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "app/[id]/route.py:5:22 RG301" in done.stdout
    assert "Traceback" not in done.stderr
