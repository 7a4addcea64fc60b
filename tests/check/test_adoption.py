"""Adopting check in a project that is there: baseline, suppressions, changed files, an editor's buffer."""

import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from routegen.cli.app import run

BAD = "from fastapi import UploadFile\n\n\ndef POST(file: UploadFile) -> str:\n    return open(file.filename).read()\n"
GOOD = "def GET() -> int:\n    return 1\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> Path:
    file = Path("app", name, "route.py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def done(*arguments: str) -> tuple[int, str, str]:
        code = run(["check", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return done


Check = Callable[..., tuple[int, str, str]]
BASELINE = ("--baseline", "baseline.json")


def test_a_baseline_hides_what_it_knows_wherever_it_moves(site: Path, check: Check) -> None:
    file = write("a", BAD)
    code, _, err = check(*BASELINE, "--write-baseline")
    assert (code, err) == (0, "`baseline.json` knows 1 finding\n")
    written = Path("baseline.json").read_text()
    assert ", 5," not in written and json.loads(written)["findings"][0][:3] == [
        "app/a/route.py",
        "POST /a",
        "RG301",
    ]
    assert check(*BASELINE)[:2] == (0, "")
    file.write_text(
        f"# moved\n\n\n{BAD}".replace("open(file.filename)", "open(  # here\n        file.filename,\n    )")
    )
    assert check(*BASELINE)[:2] == (0, "")
    assert check(*BASELINE, "--write-baseline")[0] == 0
    assert Path("baseline.json").read_text() == written


def test_a_baseline_hides_no_more_than_it_knows(site: Path, check: Check) -> None:
    file = write("a", BAD)
    check(*BASELINE, "--write-baseline")
    write("b", BAD)
    code, out, _ = check(*BASELINE, "--format", "concise")
    assert code == 1 and out.startswith("app/b/route.py:5:12 RG301") and out.count("\n") == 1
    file.write_text(BAD.replace(".read()", ".read().strip()"))
    assert check(*BASELINE, "--format", "concise")[1].count("RG301") == 2


def test_a_stale_entry_is_said_and_goes_with_the_next_writing(site: Path, check: Check) -> None:
    file = write("a", BAD)
    write("b", BAD)
    check(*BASELINE, "--write-baseline")
    file.write_text(GOOD)
    code, _, err = check(*BASELINE)
    assert code == 0
    assert "`baseline.json` knows 1 finding that is gone:\n  RG301 POST /a in app/a/route.py\nhint: " in err
    for arguments in (["app/b"], ["--ignore", "RG301"]):  # what was not looked for is not gone
        assert "gone" not in check(*arguments, *BASELINE)[2]
        check(*arguments, *BASELINE, "--write-baseline")
    assert Path("baseline.json").read_text().count("RG301") == 2
    check(*BASELINE, "--write-baseline")
    assert Path("baseline.json").read_text().count("RG301") == 1


def test_the_settings_name_the_baseline(site: Path, check: Check) -> None:
    Path("pyproject.toml").write_text('[tool.routegen.check]\nbaseline = "known.json"\n')
    write("a", BAD)
    assert check()[0] == 2
    assert check("--write-baseline")[0] == 0
    os.chdir("app")
    assert check("a")[0] == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 1, "findings": [1]}', '{"version": 9}', None])
def test_what_is_no_baseline_is_said(site: Path, check: Check, text: str | None) -> None:
    if text is not None:
        Path("baseline.json").write_text(text)
    code, out, err = check(*BASELINE)
    assert (
        (code, out) == (2, "") and "baseline.json`" in err and "hint: write it with `--write-baseline`" in err
    )


REASON = "the gateway checks it"


def test_ignores_are_added_once_and_silence(site: Path, check: Check) -> None:
    file = write("a", BAD)
    code, out, err = check("--add-ignores", f" {REASON}\n")
    assert (code, out) == (0, "") and "suppressed 1 finding in 1 file" in err
    wanted = BAD.replace("    return", f"    # routegen: ignore[RG301] {REASON}\n    return")
    assert file.read_text() == wanted
    assert check("--add-ignores", "another reason here")[0] == 0
    assert file.read_text() == wanted
    assert check()[0] == 0


def test_codes_join_a_comment_that_is_there(site: Path, check: Check) -> None:
    comment = "# routegen: ignore[RG501] nobody calls it"
    file = write("a", BAD.replace(".read()", f".read()  {comment}"))
    check("--select", "RG301", "--add-ignores", REASON)
    assert "# routegen: ignore[RG501, RG301] nobody calls it" in file.read_text()
    file.write_text(BAD.replace("    return", f"    {comment}\n    return"))
    check("--select", "RG301", "--add-ignores", REASON)
    assert "    # routegen: ignore[RG501, RG301] nobody calls it\n    return" in file.read_text()


@pytest.mark.parametrize(
    ("before", "raw"),
    [
        ("windows", BAD.replace("\n", "\r\n").encode()),
        ("a mark", b"\xef\xbb\xbf" + BAD.encode()),
        ("latin", b"# coding: latin-1\n# \xe9\n" + BAD.encode()),
        ("no last line end", BAD.rstrip("\n").encode()),
    ],
)
def test_files_stay_written_as_they_were(site: Path, check: Check, before: str, raw: bytes) -> None:
    file = write("a", "")
    file.write_bytes(raw)
    assert check("--add-ignores", REASON)[0] == 0
    end = b"\r\n" if before == "windows" else b"\n"
    comment = b"    # routegen: ignore[RG301] the gateway checks it" + end
    assert file.read_bytes() == raw.replace(b"    return", comment + b"    return")


def test_what_no_comment_can_silence_gets_none(site: Path, check: Check) -> None:
    text = BAD.replace(
        "    return open(file.filename).read()", '    return """\n    """ + open(file.filename).read()'
    )
    Path("app/b").mkdir()
    Path("app/b/Route.py").write_text(GOOD)
    file = write("a", text)
    code, out, _ = check("--add-ignores", REASON, "--format", "concise")
    assert code == 1
    assert [line.split()[1] for line in out.splitlines()] == ["RG301", "RG708"]
    assert file.read_text() == text


@pytest.mark.parametrize("reason", ["because", "  x "])
def test_a_reason_is_more_than_a_word(site: Path, check: Check, reason: str) -> None:
    write("a", BAD)
    assert check("--add-ignores", reason)[0] == 2


def git(*arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def codes(out: str) -> list[str]:
    return [line.split(":")[0] for line in out.splitlines()]


def test_changed_tells_of_changed_files_only(site: Path, check: Check) -> None:
    git("init")
    write("a", BAD)
    new = write("[id]/é ü", BAD)
    assert codes(check("--changed", "--format", "concise")[1]) == ["app/[id]/é ü/route.py", "app/a/route.py"]
    git("add", "app/a")
    git("commit", "-m", "a")
    assert codes(check("--changed", "--format", "concise")[1]) == ["app/[id]/é ü/route.py"]
    git("add", ".")
    git("commit", "-m", "id")
    assert check("--changed", "--preview")[:2] == (0, "")
    new.write_text(BAD + "\n")
    git("add", ".")  # staged counts too
    assert codes(check("--format", "concise", "--changed", "app")[1]) == ["app/[id]/é ü/route.py"]
    assert codes(check("--changed=HEAD~1", "--format", "concise")[1]) == ["app/[id]/é ü/route.py"]
    assert len(codes(check("--changed", "HEAD", "--format", "concise", ".")[1])) == 1


def test_changed_counts_from_where_the_branches_parted(site: Path, check: Check) -> None:
    git("init")
    write("a", GOOD)
    git("add", ".")
    git("commit", "-m", "a")
    git("checkout", "-b", "feature")
    write("b", BAD)
    git("add", ".")
    git("commit", "-m", "b")
    git("checkout", "main")
    write("a", BAD)
    git("commit", "-am", "main went on")
    git("checkout", "feature")
    assert codes(check("--changed=main", "--format", "concise")[1]) == ["app/b/route.py"]


def test_changed_needs_a_repository_and_a_commit(site: Path, check: Check) -> None:
    write("a", BAD)
    code, _, err = check("--changed")
    assert code == 2 and "git cannot tell" in err
    git("init")
    for ref in ("nowhere", "--output=x"):
        code, _, err = check(f"--changed={ref}")
        assert code == 2 and f"`{ref}` is no commit" in err
    assert not Path("x").exists()


def test_changed_still_reads_who_calls(site: Path, check: Check) -> None:
    """The form that makes a handler an action lies in a file that did not change."""
    git("init")
    page = Path("app/items/page.html")
    page.parent.mkdir()
    page.write_text('<form method="post" action="/api/items/add"><button>Add</button></form>\n')
    git("add", ".")
    git("commit", "-m", "page")
    handler = "from fastapi import Request\nfrom fastapi.responses import Response\n\n\nasync def POST(request: Request) -> Response:\n    data = await request.json()\n    db.execute('DELETE FROM items')\n    return Response(headers={'HX-Refresh': 'true'})\n"
    write("api/items/add", handler)
    assert "RG102" in check("--changed", "--select", "RG102", "--format", "concise")[1]


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def given(raw: bytes) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))

    return given


Stdin = Callable[[bytes], None]


def test_an_editor_checks_what_is_not_saved(site: Path, check: Check, stdin: Stdin) -> None:
    file = write("a", GOOD)
    stdin(BAD.encode())
    code, out, _ = check("--stdin-filename", "app/a/route.py")
    assert code == 1
    assert out.startswith("app/a/route.py:5:12 RG301") and "    5 |     return open(file.filename)" in out
    assert file.read_text() == GOOD
    assert check()[0] == 0  # and no cache remembers it
    stdin(GOOD.encode())
    file.write_text(BAD)
    assert check("--stdin-filename", str(file.absolute()))[0] == 0


def test_an_editor_checks_a_file_that_is_not_there_yet(site: Path, check: Check, stdin: Stdin) -> None:
    stdin(BAD.encode())
    code, out, _ = check("--stdin-filename", "app/new/route.py", "--format", "concise")
    assert code == 1 and out.startswith("app/new/route.py:5:12 RG301")
    stdin(b"def f(:\n")
    assert check("--stdin-filename", "app/new/route.py")[0] == 2
    assert not Path("app/new").exists()


def test_other_files_see_the_unsaved_one(site: Path, check: Check, stdin: Stdin) -> None:
    Path("lib").mkdir()
    write("a", "from lib.disk import load\n")
    Path("lib/disk.py").write_text("def load(name: str) -> str:\n    return ''\n")
    stdin(
        b"from fastapi import UploadFile\nfrom lib.disk import load\n\n\ndef POST(file: UploadFile) -> str:\n    return load(file.filename)\n"
    )
    assert check("--stdin-filename", "app/a/route.py")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["app", "--stdin-filename", "app/a/route.py"],
        ["--stdin-filename", "app"],
        ["--write-baseline"],
        ["--write-baseline", "--fix", "--baseline", "x.json"],
        ["--add-ignores", REASON, "--unsafe-fixes"],
        ["--add-ignores", REASON, "--write-baseline"],
    ],
)
def test_contradictions_exit_2(site: Path, check: Check, arguments: list[str], stdin: Stdin) -> None:
    stdin(b"")
    code, out, err = check(*arguments)
    assert (code, out) == (2, "") and "hint: " in err
