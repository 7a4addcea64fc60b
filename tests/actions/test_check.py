"""`routegen check` and actions: what the manuals' examples do not show."""

import io
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from routegen.cli.app import run
from tests.actions.conftest import write
from tests.sample import COMMITTED

ACTIONS = (
    "from routegen.actions import action\n\n\n@action\ndef subscribe() -> None:\n    print('subscribed')\n"
)


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run(["check", "--preview", *arguments])
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


LOGOUT = ACTIONS.replace("subscribe", "logout")
SHARED = [
    ("{{ form(logout) }}</form>{{ children }}", "", True),
    ('{% include "shared/foot.html" %}{{ children }}', "{{ form(logout) }}</form>", True),
    ('{% extends "./shared/foot.html" %}', '<form method="post" action="?/logout">', True),
    ("{% include '../etc/foot.html' %}{% include './none.html' %}{% include ['x'] %}", "", False),
    ("{% if logout %}{{ form(logout) }}</form>{% endif %}", "", False),
    ("{{ form(logout) if logout }}</form>", "", False),
    ("{% if request.url.path == '/' %}{{ form(logout) }}</form>{% endif %}", "", False),
    ("{% extends 'shared/foot.html' %}", "{% block a %}{{ form(logout) }}</form>{% endblock %}", False),
    ("{% include 'shared/foot.html' %}", "{% include 'shared/foot.html' %}{# {{ form(logout) }} #}", False),
]


@pytest.mark.parametrize(("layout", "foot", "is_found"), SHARED)
def test_a_layout_needs_its_actions_on_every_page(
    layout: str,
    foot: str,
    is_found: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = {
        "app/layout.html": layout,
        "app/shared/foot.html": foot,
        "app/page.html": "",
        "app/actions.py": LOGOUT,
        "app/news/page.html": "{{ form(subscribe) }}</form>",
        "app/news/actions.py": ACTIONS,
        "app/other/page.html": "{{ form(subscribe) }}</form>",
        "app/other/actions.py": ACTIONS,
    }
    monkeypatch.chdir(write(tmp_path, files))
    found = check(capsys)
    assert found.count("RG109") == int(is_found)
    if is_found:
        assert f"app/{'shared/foot' if foot else 'layout'}.html:1:" in found
        assert "the action `logout`, which the page `/news` does not have" in found
        assert "this template is part of the page, app/news/page.html:1" in found
    Path("app/news/actions.py").write_text(f"{ACTIONS}\nfrom lib.session import logout\n")
    Path("app/other/page.py").write_text("def load():\n    return {'logout': find()}\n")
    assert check(capsys) == ""


def test_an_editor_sees_what_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "app/page.html": "{{ form(subscribe) }}</form>",
        "app/actions.py": ACTIONS,
        "app/api/subscribe/route.py": "EXPOSE = 'public'\n\n\ndef POST(name: str) -> str:\n    return name\n",
    }
    monkeypatch.chdir(write(tmp_path, files))

    def typed(name: str, text: str) -> str:
        given = SimpleNamespace(buffer=io.BytesIO(text.encode()))
        monkeypatch.setattr("sys.stdin", given)
        return check(capsys, "--stdin-filename", name)

    assert check(capsys) == ""
    assert "did you mean `subscribe`?" in typed("app/page.html", "{{ form(subscibe) }}</form>")
    assert "RG110" in typed("app/page.html", '<form method="post" action="/api/subscribe">')
    assert typed("app/page.html", files["app/page.html"]) == ""


FUNCTION_CASES = [
    ("app/news/page.py", "async def load() -> None:\n    time.sleep(1)\n", "RG901"),
    ("app/news/page.py", "def load() -> None:\n    time.sleep(1)\n", ""),
    ("app/news/page.py", "async def other() -> None:\n    time.sleep(1)\n", ""),
    ("app/none/page.py", "async def load() -> None:\n    time.sleep(1)\n", ""),
    ("app/news/helper.py", "async def load() -> None:\n    time.sleep(1)\n", ""),
    ("app/news/page.py", "def load(id: int) -> None:\n    Path('a').unlink()\n", "RG104"),
    ("app/unsubscribe/page.py", "def load(id: int) -> None:\n    Path('a').unlink()\n", ""),
    ("app/news/page.py", "def load() -> dict[str, str]:\n    return {'text': Path('a').read_text()}\n", ""),
    (
        "app/news/page.py",
        "def load() -> dict[str, str]:\n    try:\n        return read()\n" + "CATCH",
        "RG803",
    ),
    ("app/news/actions.py", "@action\nasync def save() -> None:\n    time.sleep(1)\n", "RG901"),
    ("app/news/actions.py", "async def save() -> None:\n    time.sleep(1)\n", ""),
    ("app/news/actions.py", "@action\ndef save() -> None:\n    Path('a').unlink()\n", ""),
    ("app/news/actions.py", "@action\ndef save() -> None:\n    try:\n        read()\n" + "CATCH", "RG803"),
    (
        "app/news/actions.py",
        "@action\ndef save() -> None:\n    try:\n        read()\n    except Exception as error:\n"
        "        raise Invalid(name=str(error)) from error\n",
        "RG803",
    ),
]
HEAD = "import time\nfrom pathlib import Path\nfrom routegen.actions import Invalid, action\nfrom lib.a import read\n\n\n"
CATCH = "    except Exception as error:\n        return {'error': str(error)}\n"


@pytest.mark.parametrize(("name", "text", "code"), FUNCTION_CASES)
def test_actions_and_load_are_held_to_what_handlers_are(
    name: str,
    text: str,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages = {"app/news/page.html": "", "app/unsubscribe/page.html": ""}
    monkeypatch.chdir(write(tmp_path, {**pages, name: HEAD + text.replace("CATCH", CATCH)}))
    found = check(capsys, "--format", "concise", "--select", "RG104,RG501,RG803,RG901")
    assert [line.split()[1] for line in found.splitlines()] == ([code] if code else [])
    Path(name).write_text(HEAD + text.replace("CATCH", CATCH).replace("time.sleep(1)", "print()"))
    assert ("RG901" in check(capsys, "--select", "RG901")) is False
