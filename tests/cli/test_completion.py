"""What a shell offers while a command is typed."""

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


def test_explain_offers_the_routes(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "app/api/users").mkdir(parents=True)
    (project / "app/api/users/route.py").write_text("def GET() -> None:\n    return None\n")
    assert complete(cli, monkeypatch, "routegen explain /api/us") == ["/api/users"]
