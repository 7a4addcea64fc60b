"""The cache: what has not changed is not read again, and what has is."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from routegen.check import engine, files
from routegen.cli.app import run

BAD = "from fastapi import UploadFile\ndef POST(file: UploadFile):\n    return open(file.filename).read()\n"
GOOD = "def GET() -> int:\n    return 1\n"


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are parsed, in a project with two handlers."""
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    for name, text in (("a", BAD), ("b", GOOD)):
        (tmp_path / "app" / name).mkdir(parents=True)
        (tmp_path / "app" / name / "route.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    parsed: list[str] = []
    original = engine.read_source

    def spy(path: Path, *contents: Mapping[Path, bytes]) -> object:
        parsed.append(path.parent.name)
        return original(path, *contents)

    monkeypatch.setattr(engine, "read_source", spy)
    return parsed


def again(read: list[str]) -> list[str]:
    """The files that another check parses."""
    read.clear()
    run(["check"])
    return sorted(read)


def test_only_what_changed_is_read(read: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert again(read) == ["a", "b"]
    first = capsys.readouterr().out
    assert again(read) == []
    assert capsys.readouterr().out == first and "RG301" in first
    Path("app/b/route.py").write_text(GOOD.replace("1", "2"))
    assert again(read) == ["b"]
    assert capsys.readouterr().out == first
    Path("app/a/route.py").write_text(GOOD)
    assert again(read) == ["a"]
    assert capsys.readouterr().out == ""


def test_the_tree_is_not_scanned_for_a_file_that_changed(
    read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which files there are is what it was: its own route is told by the folders above it."""
    again(read)
    monkeypatch.setattr(files, "scan", lambda tree: pytest.fail("the whole tree was scanned"))  # type: ignore[misc]
    Path("app/b/route.py").write_text(GOOD.replace("1", "2"))
    assert again(read) == ["b"]


def test_a_new_file_a_guard_or_another_request_counts(read: list[str]) -> None:
    again(read)
    Path("app/dependencies.py").write_text("dependencies = []\n")
    assert again(read) == ["a", "app", "b"]
    read.clear()
    assert run(["check", "--select", "RG7"]) == 0
    assert sorted(read) == ["a", "app", "b"]


def test_what_it_imports_counts(read: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("lib").mkdir()
    Path("lib/__init__.py").write_text("")
    Path("lib/keep.py").write_text("def keep(name): return 1\n")
    Path("app/a/route.py").write_text(BAD.replace("open(file.filename).read()", "keep(file.filename)"))
    text = Path("app/a/route.py").read_text()
    Path("app/a/route.py").write_text("from lib.keep import keep\n" + text)
    assert run(["check"]) == 0
    Path("lib/keep.py").write_text("def keep(name): return open(name).read()\n")
    assert run(["check"]) == 1
    assert "lib/keep.py:1" in capsys.readouterr().out


def test_what_a_shared_dependency_imports_counts_for_all_that_name_it(read: list[str]) -> None:
    shared = {
        "lib/auth.py": "from lib.keys import known\ndef signed_in(key: str) -> str:\n    return known(key)\n",
        "lib/keys.py": "def known(key: str) -> str:\n    return key\n",
        **dict.fromkeys(
            ("app/a/route.py", "app/b/route.py"),
            "from fastapi import Depends\nfrom lib.auth import signed_in\n"
            "def POST(user: str = Depends(signed_in)) -> str:\n    return user\n",
        ),
    }
    for name, text in shared.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    again(read)
    assert again(read) == []
    Path("lib/keys.py").write_text(shared["lib/keys.py"].replace("return key", "return key or ''"))
    assert {"a", "b"} <= set(again(read))


@pytest.mark.parametrize("text", ["", "[]", "{", '["a"]', '[1,2,3,4,{"x":[1]}]'])
def test_a_broken_cache_is_no_cache(read: list[str], text: str) -> None:
    again(read)
    (file,) = Path(".routegen/cache/check").iterdir()
    file.write_text(text)
    assert again(read) == ["a", "b"]
    assert again(read) == []
