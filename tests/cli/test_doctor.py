"""`routegen doctor` in projects that lack something."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = [{}]\n\n[tool.routegen]\n'


@pytest.fixture
def shop(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `routegen new` makes it, with a webhook."""
    monkeypatch.chdir(tmp_path)
    assert cli("new", "shop").code == 0
    monkeypatch.chdir(tmp_path / "shop")
    assert cli("add", "webhook", "stripe").code == 0
    return tmp_path / "shop"


def depend(root: Path, requirement: str) -> None:
    (root / "pyproject.toml").write_text(PYPROJECT.format(f'"{requirement}"'))


def track(root: Path) -> None:
    for command in (["init", "-q"], ["add", "-f", ".env"]):
        subprocess.run(["git", *command], cwd=root, check=True)


def name_a_server_that_is_not_there(root: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (root / ".env").open("a") as file:
        file.write(f"REDIS_URL=redis://:hunter2@127.0.0.1:{port}/0\n")


def rewrite(name: str, text: str) -> Callable[[Path], None]:
    def damage(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return damage


DAMAGE: list[tuple[str, Callable[[Path], object], str, str]] = [
    ("no secrets", lambda root: (root / ".env").unlink(), "secrets", "STRIPE_WEBHOOK_SECRET"),
    (
        "a placeholder",
        rewrite(".env", "STRIPE_WEBHOOK_SECRET=changeme\n"),
        "secrets",
        "STRIPE_WEBHOOK_SECRET",
    ),
    ("published secrets", track, "secrets", "`.env` is in version control"),
    ("a route twice", rewrite("app/api/(a)/hello/route.py", "def GET(): ...\n"), "routes", "/api/hello"),
    (
        "a package that is not there",
        lambda root: depend(root, "no-such-thing"),
        "dependencies",
        "no-such-thing",
    ),
    ("a package that is old", lambda root: depend(root, "fastapi>=999"), "dependencies", "older than 999"),
    ("broken settings", rewrite("pyproject.toml", "["), "project", "pyproject.toml"),
    ("a broken record", rewrite(".routegen/generated.json", "{"), "drift", "generated.json"),
    (
        "a lost file",
        lambda root: (root / "app/api/hello/route.py").unlink(),
        "generated",
        "app/api/hello/route.py",
    ),
    ("a server that is down", name_a_server_that_is_not_there, "servers", "REDIS_URL"),
    (
        "no migration was run",
        rewrite("migrations/one.py", "revision = 'a'\ndown_revision = None\n"),
        "database",
        "1 migration",
    ),
]


def symptoms(cli: Cli) -> tuple[int, list[dict[str, str]]]:
    result = cli("doctor", "--format", "json")
    return result.code, json.loads(result.out)["symptoms"]


def test_a_new_project_is_well(cli: Cli, shop: Path) -> None:
    code, found = symptoms(cli)
    assert (code, [one for one in found if one["state"] == "fault"]) == (0, [])
    assert {"python", "routegen", "routes", "dependencies", "secrets", "generated"} <= {
        one["subject"] for one in found
    }


@pytest.mark.parametrize(
    ("damage", "subject", "message"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE]
)
def test_what_is_wrong_is_named(
    cli: Cli, shop: Path, damage: Callable[[Path], object], subject: str, message: str
) -> None:
    secrets = [line.partition("=")[2] for line in (shop / ".env").read_text().splitlines() if "=" in line]
    damage(shop)
    code, found = symptoms(cli)
    [fault] = [one for one in found if one["state"] != "ok" and one["subject"] == subject]
    assert message in fault["message"]
    assert fault["hint"]
    assert code == (1 if fault["state"] == "fault" else 0)
    shown = cli("doctor").out
    assert message in shown
    assert not [secret for secret in (*secrets, "hunter2") if secret and secret in shown]


def test_nothing_of_the_project_runs(cli: Cli, shop: Path) -> None:
    for name in ("main.py", "app/api/hello/route.py"):
        (shop / name).write_text("raise SystemExit('was run')\n")
    assert cli("doctor").code == 0


def test_outside_of_a_project(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = cli("doctor")
    assert result.code == 0
    assert "routegen new shop" in result.out
