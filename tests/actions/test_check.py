"""`routegen check` and actions: what the manuals' examples do not show."""

import shutil
from pathlib import Path

import pytest

from routegen.cli.app import run
from tests.actions.conftest import write
from tests.sample import COMMITTED

ACTIONS = (
    "from routegen.actions import action\n\n\n@action\ndef subscribe() -> None:\n    print('subscribed')\n"
)


def check(capsys: pytest.CaptureFixture[str]) -> str:
    run(["check", "--preview"])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({}, "write an `actions.py` beside the page"),
        ({"app/actions.py": ACTIONS.replace("subscribe", "subscriber")}, "did you mean `subscriber`?"),
        ({"app/actions.py": ACTIONS.replace("@action\n", "")}, "mark `subscribe` with `@action`"),
        ({"app/actions.py": ACTIONS.replace("subscribe", "zzz")}, "its actions are `zzz`"),
        ({"app/actions.py": "x = 1\n"}, "its actions are none"),
    ],
)
def test_an_unknown_action_comes_with_the_way_out(
    files: dict[str, str],
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(write(tmp_path, {"app/news/page.html": "<p>\n{{ form(subscribe) }}</form>\n", **files}))
    found = check(capsys)
    assert "app/news/page.html:2:9 RG109" in found
    assert hint in found


def test_a_renamed_action_is_noticed_although_the_page_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"app/page.html": "{{ form(subscribe) }}</form>", "app/actions.py": ACTIONS}
    monkeypatch.chdir(write(tmp_path, files))
    assert check(capsys) == ""
    Path("app/actions.py").write_text(ACTIONS.replace("subscribe", "subscribed"))
    assert "did you mean `subscribed`?" in check(capsys)


def test_an_action_below_a_guard_is_checked_by_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guard = (
        "from fastapi import Depends, HTTPException\n\n\n"
        "def check_user() -> None:\n    raise HTTPException(401)\n\n\ndependencies = [Depends(check_user)]\n"
    )
    load = (
        "from fastapi import Depends\nfrom lib.auth import check_user\n\n\n"
        "def load(user: str = Depends(check_user)) -> dict[str, object]:\n    return {}\n"
    )
    remove = ACTIONS.replace("print('subscribed')", "Path('a').unlink()").replace("subscribe", "remove")
    files = {
        "app/notes/page.html": "{{ form(remove) }}</form>",
        "app/notes/page.py": load,
        "app/notes/actions.py": "from pathlib import Path\n" + remove,
        "lib/auth.py": guard,
    }
    monkeypatch.chdir(write(tmp_path, files))
    assert "RG108" in check(capsys)
    write(tmp_path, {"app/dependencies.py": guard})
    assert "RG108" not in check(capsys)


def test_the_shop_is_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "shop"
    shutil.copytree(COMMITTED, root, ignore=shutil.ignore_patterns("data", "cache", "__pycache__"))
    monkeypatch.chdir(root)
    assert run(["check", "--preview", "--select", "ALL"]) == 0
    assert capsys.readouterr().out == ""
