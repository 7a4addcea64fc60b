"""`routegen db`: what a database has and lacks, upgrades as a whole or not at all, and no data lost unasked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from routegen.database.drops import drops_of
from routegen.database.migrations import behind, connected, state, upgrade
from routegen.database.url import parse
from routegen.errors import ConflictError, ProjectError
from tests.database.conftest import SERVER, Shop, postgres_is_there


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Shop:
    """A copy of the project that the test may change."""
    root = tmp_path / "own"
    shutil.copytree(shop.root, root)
    return Shop(root, shop.url)


def migration(root: Path, revision: str, parent: str, body: str) -> Path:
    file = root / f"migrations/{revision}.py"
    file.write_text(
        f'"""Do {revision}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f'revision = "{revision}"\ndown_revision = "{parent}"\n\n\ndef upgrade() -> None:\n    {body}\n'
        '\n\ndef downgrade() -> None:\n    op.drop_table("users")\n'
    )
    return file


def last(root: Path) -> str:
    return state(root).pending[-1].revision if state(root).pending else state(root).done[-1].revision


def cli(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "routegen", "db", *words], cwd=root, capture_output=True, text=True
    )


def test_a_new_database_lacks_everything_until_it_is_upgraded(shop: Shop) -> None:
    found = behind(shop.root)
    assert found is not None
    assert "lacks 2 migrations" in found.message and found.hint == "run `routegen db upgrade`"
    assert [done.file.name for done in upgrade(shop.root)] == ["0001_create_teams.py", "0002_create_users.py"]
    assert behind(shop.root) is None
    assert upgrade(shop.root) == []
    assert [done.title for done in state(shop.root).done] == [
        "Create the table `teams`",
        "Create the table `users`",
    ]


def test_a_project_without_migrations_is_never_behind(tmp_path: Path) -> None:
    assert behind(tmp_path) is None


def test_a_failing_migration_leaves_nothing(own: Shop) -> None:
    upgrade(own.root)
    body = 'op.create_table("half", sa.Column("id", sa.Integer()))\n    op.execute("nonsense")'
    migration(own.root, "broken", last(own.root), body)
    with pytest.raises(ProjectError, match=r"migration `broken\.py` fails, .*nonsense"):
        upgrade(own.root)
    assert [pending.revision for pending in state(own.root).pending] == ["broken"]
    with connected(parse(own.url, own.root)) as connection, pytest.raises(Exception, match="half"):
        connection.execute(text("SELECT * FROM half"))


@pytest.mark.parametrize(
    "body",
    [
        'op.drop_table("users")',
        'op.execute("DELETE FROM users")',
        'with op.batch_alter_table("users") as batch:\n        batch.drop_column("bio")',
        'op.execute("alter table users  drop column bio")',
    ],
)
def test_data_is_lost_only_when_that_is_asked_for(own: Shop, body: str) -> None:
    upgrade(own.root)
    file = migration(own.root, "loss", last(own.root), body)
    (drop,) = drops_of(file)
    with pytest.raises(ConflictError, match="data would be lost") as error:
        upgrade(own.root)
    assert str(drop) in error.value.message and "--allow-drop" in error.value.hint
    assert [done.revision for done in upgrade(own.root, allow_drop=True)] == ["loss"]


def test_what_downgrade_drops_is_no_loss(own: Shop) -> None:
    assert all(not pending.drops for pending in state(own.root).pending)


def test_two_ends_and_unknown_revisions_are_named(own: Shop) -> None:
    upgrade(own.root)
    migration(own.root, "left", last(own.root), "pass")
    migration(own.root, "right", state(own.root).done[-1].revision, "pass")
    with pytest.raises(ProjectError, match=r"two ends: `(left|right)\.py`"):
        state(own.root)
    (own.root / "migrations/left.py").unlink()
    upgrade(own.root)
    (own.root / "migrations/right.py").unlink()
    with pytest.raises(ProjectError, match="has run the migration `right`, which is not in `migrations`"):
        state(own.root)
    assert behind(own.root) is not None


def test_a_server_that_does_not_answer_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:secret@127.0.0.1:1/shop")
    found = behind(shop.root)
    assert found is not None and "does not answer" in found.message and "secret" not in found.message


def test_the_commands(own: Shop) -> None:
    assert cli(own.root, "migrate").returncode == 1, "the database is behind"
    assert "      done  0002_create_users.py" in cli(own.root, "upgrade").stdout
    assert "nothing to write" in cli(own.root, "migrate").stderr, "every type is what its migration says"

    model = own.root / "lib/models/user.py"
    text = model.read_text().replace("    age: int | None = Field(", "    nick: str | None = Field(")
    model.write_text(text.replace("sa_type=sa.BigInteger)", "max_length=20)", 1))
    written = cli(own.root, "migrate", "nick names")
    assert "    create  migrations/0003_nick_names.py" in written.stdout
    assert "left out, since data would be lost: drop column users.age" in written.stderr
    assert "no default" not in written.stderr, "it may be null"
    assert ruff_format(own.root / "migrations/0003_nick_names.py") == 0
    assert (
        "drop_column"
        not in (own.root / "migrations/0003_nick_names.py").read_text().partition("def downgrade")[0]
    )
    upgrade(own.root)

    assert cli(own.root, "migrate", "no age", "--allow-drop").returncode == 0
    shown = cli(own.root, "status")
    assert shown.returncode == 1 and "      drop  0004_no_age.py:" in shown.stdout
    with pytest.raises(ConflictError, match="data would be lost"):
        upgrade(own.root)
    upgrade(own.root, allow_drop=True)

    model.write_text(model.read_text().replace("nick: str | None", "rank: str"))
    written = cli(own.root, "migrate", "ranks")
    assert "`users.rank` must have a value and has no default" in written.stderr


def ruff_format(file: Path) -> int:
    """Whether the file is as `ruff format` would have it, by the project's settings."""
    command = [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", file.name]
    return subprocess.run(command, cwd=file.parent, capture_output=True).returncode


def test_generated_tests_pass_on_postgresql(project: Path) -> None:
    """The same tests that the scaffolder's suite runs on SQLite."""
    if not postgres_is_there():
        assert not os.environ.get("CI"), "CI has a PostgreSQL"
        pytest.skip("no PostgreSQL at 127.0.0.1:5432")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("tests", "-k", "created or pages or sorted or unique or refers"),
        ],
        cwd=project,
        env={**os.environ, "TEST_DATABASE_URL": SERVER, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
