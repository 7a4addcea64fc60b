"""update: what nobody edited follows its template, what is the user's stays, and history does not change."""

import shutil
from pathlib import Path

import pytest

from routegen.scaffold.catalog import OVERRIDES, templates_dir
from tests.command import Routegen

from .conftest import picture

ROUTE = "app/api/posts/[slug]/route.py"
TEST = "tests/api/posts/test_slug.py"
POSTS = ("dynamic", "posts/[slug]")


def newer(root: Path, template: str) -> None:
    """Let a template be newer than the one that was rendered: the project has one of its own now."""
    mine = root / OVERRIDES / "patterns" / template
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text((templates_dir() / "patterns" / template).read_text() + "# newer\n")


def test_what_is_pristine_follows_its_template(project: Path, routegen: Routegen) -> None:
    routegen("add", *POSTS)
    before = picture(project)
    assert "everything is as its template says" in routegen("update").err
    assert picture(project) == before

    newer(project, "dynamic/route.py.jinja")
    newer(project, "dynamic/test_dynamic.py.jinja")
    (project / TEST).write_text("mine\n")
    shown = routegen("update", "--diff")
    assert shown.code == 0 and "+# newer" in shown.out and "-mine" in shown.out
    assert "nothing was written: --diff" in shown.err and (project / ROUTE).read_bytes() == before[ROUTE]

    ran = routegen("update", *POSTS)
    assert f"    update  {ROUTE}\n" in ran.out and f"      keep  {TEST}  (you edited it" in ran.out
    assert (project / ROUTE).read_bytes() == before[ROUTE] + b"# newer\n"
    assert (project / TEST).read_text() == "mine\n"
    status = routegen("status").out
    assert f"pristine  {ROUTE}\n" in status and f"edited    {TEST}  (its template is newer)" in status
    assert routegen("remove", *POSTS, "--keep-edited").code == 0, "it is known as it is now"
    assert not (project / ROUTE).exists()


def test_what_was_deleted_stays_away_and_what_is_new_comes(project: Path, routegen: Routegen) -> None:
    routegen("add", *POSTS)
    (project / TEST).unlink()
    newer(project, "dynamic/test_dynamic.py.jinja")
    manifest = project / OVERRIDES / "patterns/dynamic/pattern.toml"
    text = (templates_dir() / "patterns/dynamic/pattern.toml").read_text()
    manifest.write_text(f'{text}\n[[files]]\ntemplate = "more.jinja"\ntarget = "lib/more.py"\n')
    (manifest.parent / "more.jinja").write_text('"""More."""\n')
    ran = routegen("update")
    assert ran.code == 0 and "    create  lib/more.py\n" in ran.out
    assert not (project / TEST).exists()


def test_a_migration_never_changes(project: Path, routegen: Routegen) -> None:
    routegen("add", "crud", "users", "name:str!")
    shutil.copytree(project / "migrations", project / "before")
    newer(project, "crud/migration.py.jinja")
    newer(project, "crud/model.py.jinja")
    ran = routegen("update", "crud", "users")
    assert "    update  lib/models/user.py\n" in ran.out and "migrations" not in ran.out
    for file in (project / "before").iterdir():
        assert (project / "migrations" / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("dynamic", "posts/[slug]", "--path", "/(blog)/api/posts/[slug]"),
        ("upload", "photos", "--max-size", "3MB", "--types", "image/png"),
        ("webhook", "stripe", "--inbox"),
        ("stream", "--kind", "ndjson"),
        ("crud", "people", "name:str", "age:int?"),
        ("page", "about"),
        ("action", "contact", "name:str"),
        ("protected", "account"),
    ],
    ids=lambda words: words[0],
)
def test_what_was_asked_for_is_remembered(project: Path, routegen: Routegen, words: tuple[str, ...]) -> None:
    assert routegen("add", *words).code == 0
    before = picture(project)
    ran = routegen("update")
    assert ran.code == 0 and "everything is as its template says" in ran.err and ran.out == ""
    assert picture(project) == before


def test_what_was_not_generated_is_not_updated(project: Path, routegen: Routegen) -> None:
    ran = routegen("update", "webhook", "stripe")
    assert ran.code == 2 and "was not generated here" in ran.err
