"""What is said when a package is missing that comes with an extra."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from routegen.extras import install_hint
from tests.cli.conftest import Cli

ROOT = Path(__file__).resolve().parents[2]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]
PACKAGES = [
    (name, need.partition(">")[0].partition("[")[0])
    for name, needs in EXTRAS.items()
    for need in needs
    if not need.startswith("routegen[")
]


@pytest.mark.parametrize(("extra", "package"), PACKAGES)
def test_a_package_of_an_extra_is_named_with_it(extra: str, package: str) -> None:
    assert f"'routegen[{extra}]'" in install_hint(f"{package}.inner")


@pytest.mark.parametrize("module", ["fastapi", "no_such_package", "lib.orders", ""])
def test_no_extra_is_made_up(module: str) -> None:
    assert install_hint(module) == ""


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("db status", "sqlalchemy", "db"),
        ("db migrate", "alembic", "db"),
        ("user create ada@example.com", "pwdlib", "auth"),
        ("doctor", "sqlalchemy", "db"),
        ("webhook inbox list", "sqlmodel", "db"),
    ],
)
def test_a_command_names_the_extra_it_needs(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, package: str, extra: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("new", "shop").code == 0
    monkeypatch.chdir(tmp_path / "shop")
    assert cli("add", "protected").code == cli("add", "webhook", "stripe", "--inbox").code == 0
    without = f"import sys; sys.modules[{package!r}] = None\nfrom routegen.cli.app import run\nsys.exit(run({command.split()!r}))"
    result = subprocess.run(
        [sys.executable, "-c", without],
        input="correct horse battery staple\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = result.stdout + result.stderr
    assert result.returncode == 1
    assert f"`{package}` is not installed" in said
    assert f"'routegen[{extra}]'" in said
    assert "bug in routegen" not in said
