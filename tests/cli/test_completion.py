"""What a shell offers while a command is typed."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

RECORD = """{"version": 1, "additions": [
    {"name": "webhook stripe", "template_version": 1, "options": {}, "files": [], "requires": [], "variables": [], "routegen": "0.1.0"},
    {"name": "crud users", "template_version": 1, "options": {}, "files": [], "requires": [], "variables": [], "routegen": "0.1.0", "removed": true}
]}"""

TYPED = [
    ("routegen ad", ["add"]),
    ("routegen add web", ["webhook"]),
    ("routegen add webhook str", ["stripe"]),
    ("routegen add webhook stripe --dry", ["--dry-run"]),
    ("routegen add crud ", []),
    ("routegen add crud --for", ["--force"]),
    ("routegen add upload films --m", ["--max-size"]),
    ("routegen add upload films --max-size ", []),
    ("routegen add upload films --max-size 4GB --re", ["--resumable"]),
    ("routegen add upload films --resumable --re", []),
    ("routegen add webhook stripe --th", ["--thin"]),
    ("routegen add webhook github --th", []),
    ("routegen add webhook custom --encoding ", ["hex", "base64"]),
    ("routegen add stream prices --kind b", ["broadcast"]),
    ("routegen add stream prices --kind = b", ["broadcast"]),  # as bash splits it
    ("routegen add stream prices --kind sse ", []),
    ("routegen add stream prices --nonsense x --k", []),
    ("routegen add crud users email:em", ["email:email"]),
    ("routegen add crud users name:str email : em", ["email"]),  # as bash splits it
    ("routegen add action contact message:te", ["message:text"]),
    ("routegen add dynamic posts/[slug] message:te", []),
    ("routegen remove ", ["webhook"]),
    ("routegen remove webhook ", ["stripe"]),
    ("routegen check --select RG101", ["RG101"]),
    ("routegen check --format j", ["json", "junit"]),
    ("routegen webhook rep", ["replay"]),
    ("routegen webhook send str", ["stripe"]),
    ("routegen webhook send stripe check", ["checkout.session.completed"]),
    ("routegen webhook send nobody check", []),
]


def complete(cli: Cli, monkeypatch: pytest.MonkeyPatch, typed: str) -> list[str]:
    monkeypatch.setenv("_ROUTEGEN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
    result = cli()
    assert (result.code, result.err) == (0, "")
    return result.out.split()


@pytest.mark.parametrize(("typed", "words"), TYPED)
def test_the_words_offered(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch, typed: str, words: list[str]
) -> None:
    (project / ".routegen").mkdir()
    (project / ".routegen/generated.json").write_text(RECORD)
    assert complete(cli, monkeypatch, typed) == words


@pytest.mark.parametrize("record", ["", "{", '{"version": 99}', "\xff"])
def test_a_broken_project_offers_nothing(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    (project / ".routegen").mkdir()
    (project / ".routegen/generated.json").write_text(record, encoding="latin-1")
    assert complete(cli, monkeypatch, "routegen remove ") == []


def test_outside_of_a_project(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert complete(cli, monkeypatch, "routegen remove ") == []
    assert complete(cli, monkeypatch, "routegen add dyn") == ["dynamic"]
    assert complete(cli, monkeypatch, "routegen explain RG101") == ["RG101"]


def test_the_types_offered_are_those_that_add_takes(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = {"enum": "(a,b)", "ref": ":users?"}
    for typed, taken in (("crud users", 14), ("action contact", 12)):
        offered = complete(cli, monkeypatch, f"routegen add {typed} x:")
        assert len(offered) == taken
        monkeypatch.delenv("_ROUTEGEN_COMPLETE")
        for word in offered:
            field = word + arguments.get(word.partition(":")[2], "")
            assert cli("add", *typed.split(), field, "--dry-run").code == 0, field


def test_bash_offers_them_by_the_script_it_is_given(tmp_path: Path) -> None:
    """The script that a shell is given, in the shell."""
    script = """
        eval "$(_ROUTEGEN_COMPLETE=source_bash routegen)"
        COMP_WORDS=(routegen add stream prices --kind "") COMP_CWORD=5
        "$(complete -p routegen | sed 's/.*-F \\([^ ]*\\).*/\\1/')" routegen
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", textwrap.dedent(script)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["sse", "ndjson", "ai", "broadcast"]


def test_explain_offers_the_routes(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app/api/users").mkdir(parents=True)
    (project / "app/api/users/route.py").write_text("def GET() -> None:\n    return None\n")
    assert complete(cli, monkeypatch, "routegen explain /api/us") == ["/api/users"]
