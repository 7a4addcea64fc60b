"""`routegen user create`: the first user of a project, from a terminal and from a pipe."""

import sqlite3
import sys
from pathlib import Path

import pexpect
import pytest

from routegen.database.migrations import upgrade
from routegen.database.url import parse
from routegen.scaffold.new import create
from tests.auth.conftest import generate, run

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = generate(tmp_path_factory.mktemp("user"))
    upgrade(root, parse("sqlite:///data/app.db", root))
    return root


def rows(root: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(root / "data" / "app.db")
    found = connection.execute("SELECT email, scopes, password_hash FROM auth_users ORDER BY id").fetchall()
    connection.close()
    return found


def test_the_password_comes_from_a_pipe(root: Path) -> None:
    done = run(
        root, "routegen", "user", "create", "Ada@Example.com", "--scope", "b", "--scope", "a", stdin=PASSWORD
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "created user `ada@example.com`\n", "")
    email, scopes, stored = rows(root)[0]
    assert (email, scopes) == ("ada@example.com", "a b")
    assert stored.startswith("$argon2id$") and PASSWORD not in stored

    again = run(root, "routegen", "user", "create", "ADA@example.com", stdin=PASSWORD)
    assert again.returncode == 1
    assert "there is a user `ada@example.com` already" in again.stderr


def test_the_password_is_asked_for_on_a_terminal_without_an_echo(root: Path) -> None:
    arguments = ["-m", "routegen", "user", "create", "grace@example.com"]
    terminal = pexpect.spawn(sys.executable, arguments, cwd=str(root), encoding="utf-8", timeout=20)
    for prompt in ("Password: ", "Again: "):
        terminal.expect_exact(prompt)
        terminal.waitnoecho()
        terminal.sendline(PASSWORD)
    shown = terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    assert "created user `grace@example.com`" in shown and PASSWORD not in shown


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("ada", PASSWORD, "no e-mail address"),
        ("a b@example.com", PASSWORD, "no e-mail address"),
        ("eve@example.com", "short", "12 to 1024 characters, this one has 5"),
        ("eve@example.com", "", "12 to 1024 characters, this one has 0"),
        ("eve@example.com", "a" * 20, "easily guessed"),
    ],
)
def test_what_will_not_do_is_refused(root: Path, email: str, password: str, said: str) -> None:
    done = run(root, "routegen", "user", "create", email, stdin=password)
    assert done.returncode == 1
    assert said in done.stderr and "hint:" in done.stderr and "Traceback" not in done.stderr
    assert not password or len(password) < 6 or password not in done.stderr


def test_a_project_without_auth_is_told_what_to_do(tmp_path: Path) -> None:
    root = create(str(tmp_path / "bare")).root
    done = run(root, "routegen", "user", "create", "ada@example.com", stdin=PASSWORD)
    assert done.returncode == 1
    assert "run `routegen add protected` first" in done.stderr


def test_the_password_is_no_argument(root: Path) -> None:
    done = run(root, "routegen", "user", "create", "eve@example.com", PASSWORD)
    assert done.returncode == 2
    assert PASSWORD not in rows(root)[0]


def test_a_database_that_is_behind_is_told_what_to_do(tmp_path: Path) -> None:
    done = run(generate(tmp_path), "routegen", "user", "create", "ada@example.com", stdin=PASSWORD)
    assert done.returncode == 1
    assert (
        "the database `data/app.db` lacks 1 migration" in done.stderr and "routegen db upgrade" in done.stderr
    )
