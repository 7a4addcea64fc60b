import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from routegen.errors import UsageError
from routegen.scaffold.new import create, write_environment
from tests.command import Routegen

BAD_NAMES = [
    ("My Shop", "my-shop"),
    ("2fast", "fast"),
    ("-x", "x"),
    ("_shop", "shop"),
    ("shop_", "shop"),
    ("caf\u00e9", "cafe"),
    ("\u65e5\u672c", "shop"),
    ("[red]", "red"),
    ("[/id]", "id"),
    ("a\x1bb", "a-b"),
    ("x" * 65, "x" * 64),
    ("fastapi", "fastapi-app"),
    ("RouteGen", "route-gen"),
    ("python_dotenv", "python-dotenv-app"),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_project_is_whole(here: Path, routegen: Routegen) -> None:
    ran = routegen("new", "shop")
    assert ran.code == 0
    assert "create  app/api/hello/route.py" in ran.out
    assert "next:\n  cd shop\n" in ran.out
    settings = tomllib.loads((here / "shop/pyproject.toml").read_text())
    assert settings["project"]["name"] == "shop"
    assert settings["tool"]["routegen"] == {"app": "app"}
    assert (here / "shop/main.py").read_text() == "from routegen import create_app\n\napp = create_app()\n"
    assert [path.name for path in here.iterdir()] == ["shop"]


def test_secrets_are_in_env_only(here: Path) -> None:
    root = create("shop").root
    name, _, secret = (root / ".env").read_text().splitlines()[-1].partition("=")
    assert name == "SESSION_SECRET" and len(secret) >= 32
    assert (root / ".env").stat().st_mode & 0o077 == 0
    assert ".env" in (root / ".gitignore").read_text().splitlines()
    others = [path for path in root.rglob("*") if path.is_file() and path.name != ".env"]
    assert not any(secret in path.read_text() for path in others)
    assert secret not in (create("other").root / ".env").read_text()


def test_the_output_is_the_same_each_time(here: Path) -> None:
    first, second = create("a/shop").root, create("b/shop").root
    for path in sorted(path for path in first.rglob("*") if path.is_file() and path.name != ".env"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


@pytest.mark.parametrize(("name", "offer"), BAD_NAMES)
def test_a_bad_name_is_refused(here: Path, routegen: Routegen, name: str, offer: str) -> None:
    ran = routegen("new", "--", name)
    assert ran.code == 2
    assert ran.err.startswith("error: ") and "\x1b" not in ran.err and "Traceback" not in ran.err
    if "/" not in name:
        assert f"hint: for example `routegen new {offer}`" in ran.err
    assert list(here.iterdir()) == []
    create(offer)  # what is offered is taken


@pytest.mark.parametrize("path", ["", " ", "a\0b"])
def test_no_path_is_refused(here: Path, path: str) -> None:
    with pytest.raises(UsageError):
        create(path)
    assert list(here.iterdir()) == []


def test_a_target_that_is_not_empty_is_refused(here: Path, routegen: Routegen) -> None:
    (here / "shop").mkdir()
    (here / "shop/notes.txt").write_text("mine")
    ran = routegen("new", "shop")
    assert ran.code == 1
    assert "`shop` is not empty: it holds `notes.txt`" in ran.err
    assert [path.name for path in (here / "shop").iterdir()] == ["notes.txt"]
    (here / "file").write_text("mine")
    assert routegen("new", "file").code == 1
    (here / "link").symlink_to("shop")
    assert routegen("new", "link").code == 1


def test_an_empty_folder_is_filled(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "shop/.git").mkdir(parents=True)
    monkeypatch.chdir(here / "shop")
    created = create(".")
    assert created.root == here / "shop"
    assert created.next[0] != "cd ."
    assert (here / "shop/main.py").is_file() and (here / "shop/.git").is_dir()
    assert not (here / "shop/.routegen/cache").exists()


def test_a_path_is_made(here: Path) -> None:
    assert create("a/b/shop").next[0] == "cd a/b/shop"
    assert (here / "a/b/shop/main.py").is_file()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(here: Path, routegen: Routegen) -> None:
    here.chmod(0o500)
    ran = routegen("new", "shop")
    here.chmod(0o700)
    assert ran.code == 1 and "cannot be made" in ran.err


@pytest.mark.parametrize("fails_at", [0, 1, 5, 9])
@pytest.mark.parametrize("exists", [True, False])
def test_nothing_is_left_of_a_failure(
    here: Path, monkeypatch: pytest.MonkeyPatch, routegen: Routegen, fails_at: int, exists: bool
) -> None:
    if exists:
        (here / "deep/shop").mkdir(parents=True)
    replace, calls = Path.replace, iter(range(100))

    def failing(self: Path, target: Path) -> Path:
        if next(calls) == fails_at:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    ran = routegen("new", "deep/shop")
    assert ran.code == 1, ran
    assert "No space left on device" in ran.err
    left = [path for path in here.rglob("*") if path.name not in ("deep", "shop")]
    assert left == []
    assert (here / "deep").exists() is exists


def test_a_missing_env_is_written_from_the_example(here: Path) -> None:
    root = create("shop").root
    assert write_environment(root) is False
    (root / ".env").unlink()
    (root / ".env.example").write_text("SESSION_SECRET=\nSTRIPE_WEBHOOK_SECRET=\nOTHER=\n")
    assert write_environment(root) is True
    lines = (root / ".env").read_text().splitlines()
    assert len(lines[0]) > 40
    assert lines[1].startswith("STRIPE_WEBHOOK_SECRET=whsec_")
    assert lines[2] == "OTHER="
    assert (root / ".env").stat().st_mode & 0o077 == 0


def test_the_new_project_passes_its_own_tests(here: Path) -> None:
    root = create("shop").root
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for command in (["pytest", "-q"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]):
        ran = subprocess.run(
            [sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
