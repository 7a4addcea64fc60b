"""What remove refuses, keeps and says; and that a failure halfway leaves the tree as it was."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Routegen

from .conftest import picture

ROUTE = "app/api/webhooks/stripe/route.py"


def test_it_says_what_it_does(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    ran = routegen("remove", "webhook", "stripe", "--dry-run")
    assert ran.code == 0 and "nothing was removed: --dry-run" in ran.err
    assert f"    remove  {ROUTE}\n" in ran.out and "    update  pyproject.toml\n" in ran.out
    assert (project / ROUTE).exists()
    again = routegen("remove", "webhook", "stripe")
    assert (again.code, again.out) == (0, ran.out)
    assert not (project / "app/api/webhooks").exists()
    assert not (project / ".routegen/cache").exists()


def test_an_edited_file_is_not_removed(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    (project / ROUTE).write_text("mine\n")
    before = picture(project)
    for flags in ([], ["--dry-run"]):
        ran = routegen("remove", "webhook", "stripe", *flags)
        assert ran.code == 1
        assert ran.err.startswith(f"error: nothing was removed: `{ROUTE}` was edited since\n\nhint: ")
        assert "--keep-edited" in ran.err and "--force" in ran.err
        assert picture(project) == before


def test_what_was_edited_is_kept_with_what_it_needs(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    (project / ROUTE).write_text("mine\n")
    ran = routegen("remove", "webhook", "stripe", "--keep-edited")
    assert ran.code == 0 and f"      keep  {ROUTE}  (you edited it)\n" in ran.out
    assert (project / ROUTE).read_text() == "mine\n"
    assert not (project / "tests/api/webhooks").exists()
    assert "stripe" in (project / "pyproject.toml").read_text()
    assert "STRIPE_WEBHOOK_SECRET" in (project / ".env.example").read_text()
    assert routegen("remove", "webhook", "stripe").code == 2, "it is the user's own now"


def test_force_removes_it_all_the_same(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "webhook", "stripe")
    (project / ROUTE).write_text("mine\n")
    assert routegen("remove", "webhook", "stripe", "--force").code == 0
    assert picture(project) == before


def test_a_file_that_is_gone_already(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "webhook", "stripe")
    (project / ROUTE).unlink()
    ran = routegen("remove", "webhook", "stripe")
    assert ran.code == 0 and f"      gone  {ROUTE}\n" in ran.out
    assert picture(project) == before


def test_a_model_that_is_used_is_not_removed(project: Path, routegen: Routegen) -> None:
    routegen("add", "crud", "users")
    (project / "lib/mine.py").write_text("from lib.models import user\n")
    ran = routegen("remove", "crud", "users")
    assert ran.code == 1 and "`lib/models/user.py` is used by `lib/mine.py`" in ran.err
    assert (project / "lib/models/user.py").exists()
    assert routegen("remove", "crud", "users", "--force").code == 0
    assert not (project / "lib/models/user.py").exists()


def test_a_migration_that_another_follows_stays(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "crud", "users")
    routegen("add", "crud", "posts")
    ran = routegen("remove", "crud", "users")
    assert ran.code == 0
    kept = "migrations/0001_create_users.py  (`migrations/0002_create_posts.py` follows it)"
    assert f"      keep  {kept}\n" in ran.out
    assert routegen("remove", "crud", "posts").code == 0
    assert picture(project) == before


def test_a_shared_file_stays_as_long_as_it_is_used(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "protected", "account")
    routegen("add", "upload")  # guarded now
    ran = routegen("remove", "protected", "account")
    assert ran.code == 0
    assert "      keep  lib/auth.py  (`app/api/upload/route.py` uses it)\n" in ran.out
    assert "pristine  lib/auth.py" in routegen("status").out
    assert routegen("remove", "protected", "account").code == 2
    ran = routegen("remove", "upload")
    assert ran.code == 0 and "    remove  lib/auth.py\n" in ran.out
    assert picture(project) == before


def test_what_was_left_can_be_added_again(project: Path, routegen: Routegen) -> None:
    routegen("add", "protected", "account")
    routegen("add", "upload")
    before = picture(project)
    routegen("remove", "protected", "account")
    assert routegen("add", "protected", "account").code == 0
    assert picture(project) == before


def test_a_file_of_the_user_with_the_same_text_stays(project: Path, routegen: Routegen) -> None:
    routegen("add", "dynamic", "posts/[slug]")
    package = project / "lib/memory/__init__.py"
    mine = package.read_bytes()
    routegen("remove", "dynamic", "posts/[slug]")
    package.parent.mkdir()
    package.write_bytes(mine)
    before = picture(project)
    routegen("add", "dynamic", "posts/[slug]")
    assert routegen("remove", "dynamic", "posts/[slug]").code == 0
    assert picture(project) == before


def test_a_dependency_that_the_project_uses_itself_stays(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    (project / "lib/prices.py").write_text('import stripe\nkey = "STRIPE_WEBHOOK_SECRET"\n')
    assert routegen("remove", "webhook", "stripe").code == 0
    assert "stripe>=" in (project / "pyproject.toml").read_text()
    assert "STRIPE_WEBHOOK_SECRET" in (project / ".env").read_text()


def test_a_secret_that_was_filled_in_stays(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    env = project / ".env"
    env.write_text(env.read_text().replace("whsec_" + "s" * 43, "whsec_from_stripe"))
    ran = routegen("remove", "webhook", "stripe")
    assert "`STRIPE_WEBHOOK_SECRET` stays: you filled it in" in ran.out
    assert "STRIPE_WEBHOOK_SECRET=whsec_from_stripe" in env.read_text()
    assert "STRIPE_WEBHOOK_SECRET" not in (project / ".env.example").read_text()


def test_bytecode_does_not_keep_a_folder(project: Path, routegen: Routegen) -> None:
    before = picture(project)
    routegen("add", "upload")
    cached = project / "app/api/upload/__pycache__/route.cpython-313.pyc"
    cached.parent.mkdir()
    cached.write_bytes(b"")
    assert routegen("remove", "upload").code == 0
    assert picture(project) == before


def test_a_file_of_the_user_keeps_its_folder(project: Path, routegen: Routegen) -> None:
    routegen("add", "upload")
    (project / "app/api/upload/mine.txt").write_text("mine")
    assert routegen("remove", "upload").code == 0
    assert [path.name for path in (project / "app/api/upload").iterdir()] == ["mine.txt"]


USAGE = [
    (("new",), "`new` made the whole project"),
    (("webhook", "strpe"), "did you mean `webhook stripe`?"),
    (("webhok", "[/id]"), "`webhok [/id]` was not generated here"),
    (("stream",), "`routegen status` lists"),
    (
        ("webhook", "stripe", "--path", "elsewhere"),
        "generated were `webhook stripe --path /api/webhooks/stripe`",
    ),
    (("webhook", "stripe", "--force", "--keep-edited"), "contradict"),
]


@pytest.mark.parametrize(("command", "reason"), USAGE)
def test_what_was_never_generated(
    project: Path, routegen: Routegen, command: tuple[str, ...], reason: str
) -> None:
    routegen("add", "webhook", "stripe")
    before = picture(project)
    ran = routegen("remove", *command)
    assert ran.code == 2 and reason in ran.err
    assert picture(project) == before


def test_two_of_one_name_are_told_apart_by_their_place(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe", "--path", "one")
    routegen("add", "webhook", "stripe", "--path", "two")
    ran = routegen("remove", "webhook", "stripe")
    assert ran.code == 2 and "--path /api/one` or `webhook stripe --path /api/two`" in ran.err
    assert routegen("remove", "webhook", "stripe", "--path", "two").code == 0
    assert routegen("remove", "webhook", "stripe").code == 0, "only one is left"
    assert not (project / "app/api/one").exists()


@pytest.mark.parametrize("path", ["../out.txt", "/etc/hostname", "link/x.py", "."])
def test_a_record_cannot_lead_out_of_the_project(
    project: Path, routegen: Routegen, tmp_path: Path, path: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/x.py").write_text("")
    (project / "link").symlink_to(tmp_path / "out")
    routegen("add", "upload")
    file = project / ".routegen/generated.json"
    record = json.loads(file.read_text())
    next(one for one in record["additions"] if one["name"] == "upload")["files"][0]["path"] = path
    file.write_text(json.dumps(record))
    ran = routegen("remove", "upload", "--force")
    assert ran.code == 1 and "leads out of the project" in ran.err
    assert (tmp_path / "out/x.py").exists() and (project / "app/api/upload/route.py").exists()


@pytest.mark.parametrize("call", ["replace", "unlink"])
@pytest.mark.parametrize("number", range(8))
def test_a_failure_halfway_leaves_the_tree_as_it_was(
    project: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    routegen("add", "webhook", "stripe")
    before = picture(project)
    original: Callable[..., object] = getattr(Path, call)
    calls = iter(range(100))
    failed: list[str] = []

    def failing(self: Path, *arguments: object, **options: object) -> object:
        if next(calls) == number and ".routegen/cache" not in str(self):
            failed.append(str(self))
            raise OSError(28, "No space left on device", str(self))
        return original(self, *arguments, **options)

    monkeypatch.setattr(Path, call, failing)
    ran = routegen("remove", "webhook", "stripe")
    monkeypatch.undo()
    if failed:
        assert ran.code == 1 and "nothing was changed" in ran.err
        assert picture(project) == before
        assert not (project / ".routegen/cache").exists()
    else:
        assert ran.code == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    before = picture(project)
    (project / "tests/api/webhooks").chmod(0o500)
    ran = routegen("remove", "webhook", "stripe")
    (project / "tests/api/webhooks").chmod(0o700)
    assert ran.code == 1 and picture(project) == before


def test_a_migration_that_the_database_has_run_stays(
    project: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the database's history: without the file no command could upgrade it any more."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    routegen("add", "crud", "users")
    assert routegen("db", "upgrade").code == 0
    ran = routegen("remove", "crud", "users")
    assert ran.code == 0
    assert "      keep  migrations/0001_create_users.py  (the database has run it)\n" in ran.out
    assert "still in the database" in ran.err
    assert "routegen db migrate 'drop users' --allow-drop" in ran.out
    assert not (project / "lib/models/user.py").exists()
    assert routegen("db", "status").code == 0

    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/shop")
    routegen("add", "crud", "posts")
    ran = routegen("remove", "crud", "posts")
    assert ran.code == 0 and "was not asked which migrations it has run" in ran.err
    assert "      keep  migrations/0002_create_posts.py" in ran.out
