from pathlib import Path

import pytest

from routegen.errors import ProjectError
from routegen.scaffold.write import Output, apply, compare


def test_statuses(tmp_path: Path) -> None:
    for name in ("same", "other", "shared", "mine"):
        (tmp_path / name).write_text("old")
    outputs = [
        Output("new", b"new"),
        Output("same", b"old"),
        Output("other", b"new"),
        Output("shared", b"new", once=True),
        Output("mine", b"new", edit=True),
    ]
    statuses = [change.status for change in compare(tmp_path, outputs)]
    assert statuses == ["create", "identical", "conflict", "skip", "update"]
    assert compare(tmp_path, outputs, force=True)[2].status == "overwrite"
    assert compare(tmp_path, outputs, force=True)[3].status == "skip"


def test_new_folders_and_modes(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("old")
    (tmp_path / "run.sh").chmod(0o755)
    outputs = [
        Output("a/[id]/b.py", b"text"),
        Output("run.sh", b"new", edit=True),
        Output(".env", b"SECRET=1", secret=True),
    ]
    apply(tmp_path, compare(tmp_path, outputs))
    assert (tmp_path / "a/[id]/b.py").read_bytes() == b"text"
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("fails_at", [0, 1, 2, 3])
def test_a_failure_halfway_leaves_the_tree_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    (tmp_path / "old.txt").write_text("old")
    outputs = [
        Output("a/new.txt", b"1"),
        Output("old.txt", b"2", edit=True),
        Output("b/c/new.txt", b"3"),
        Output("last.txt", b"4"),
    ]
    changes = compare(tmp_path, outputs)
    replace, calls = Path.replace, iter(range(10))

    def failing(self: Path, target: Path) -> Path:
        if next(calls) == fails_at:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(ProjectError, match="nothing was changed"):
        apply(tmp_path, changes)
    assert [path.name for path in tmp_path.rglob("*")] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "old"


def test_an_interrupt_leaves_the_tree_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = compare(tmp_path, [Output("a/x", b""), Output("b/y", b"")])

    def interrupted(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        apply(tmp_path, changes)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("target", ["../out.txt", "a/../../out.txt", "link/out.txt", "file-link"])
def test_no_target_leads_out_of_the_project(tmp_path: Path, target: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "link").symlink_to(outside)
    (root / "file-link").symlink_to(outside / "secret")
    with pytest.raises(ProjectError, match="leads out of the project"):
        compare(root, [Output(target, b"x")], force=True)
    assert (outside / "secret").read_text() == "secret"


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "route.py").mkdir()
    with pytest.raises(ProjectError, match="cannot be read"):
        compare(tmp_path, [Output("route.py", b"x")])
