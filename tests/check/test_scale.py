"""What a check costs grows with what it reads, in one file and in many, and no faster."""

import gc
import time
from pathlib import Path
from typing import Any

import pytest

from routegen.check import engine
from routegen.check.engine import check
from routegen.check.files import find_targets
from routegen.check.settings import read_selection
from routegen.handlers.function import Function
from routegen.handlers.python import module

HEAD = """import time

from fastapi import APIRouter

router = APIRouter()
"""
HANDLER = """

@router.post("/items{number}")
async def make{number}() -> dict[str, str]:
    time.sleep(1)
    return {{"status": "made"}}
"""


def spent(root: Path, handlers: int) -> float:
    """Seconds of the processor for one file with so many handlers, each with a finding that can be mended."""
    root.mkdir()
    (root / "main.py").write_text(HEAD + "".join(HANDLER.format(number=n) for n in range(handlers)))
    gc.collect()
    begun = time.process_time()
    checked = check(find_targets([root]), read_selection({}, select=["RG901"]))
    passed = time.process_time() - begun
    assert [f.line for f in checked.findings] == [10 + 6 * n for n in range(handlers)]
    return passed


def test_a_long_file_costs_what_its_length_says(tmp_path: Path) -> None:
    short = min(spent(tmp_path / f"short{run}", 1000) for run in range(3))
    long = min(spent(tmp_path / f"long{run}", 4000) for run in range(2))
    assert (
        long < 6.5 * short
    )  # four times as much to read; each finding once looked through the whole file: 8


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read, in its order: the names of files, and `{}` for the inside of each function."""
    found: list[str] = []
    file, function = engine.read_source, module.read_function

    def noted_file(path: Path, *rest: Any) -> Any:
        found.append(path.parent.name)
        return file(path, *rest)

    def noted_function(*given: Any) -> Function:
        made = function(*given)
        read_body = made.read_body
        made.read_body = lambda: (found.append("{}"), read_body())[1]
        return made

    monkeypatch.setattr(engine, "read_source", noted_file)
    monkeypatch.setattr(module, "read_function", noted_function)
    return found


def write_routes(root: Path, folders: str, helpers: int) -> None:
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    for folder in folders:
        file = root / "app" / folder / "route.py"
        file.parent.mkdir(parents=True)
        unused = "".join(f"\n\ndef helper{n}() -> int:\n    return {n}\n" for n in range(helpers))
        file.write_text(
            f"def GET() -> int:\n    return used()\n\n\ndef used() -> int:\n    return 1\n{unused}"
        )


def test_only_what_a_handler_runs_is_read(tmp_path: Path, read: list[str]) -> None:
    write_routes(tmp_path, "a", helpers=50)
    assert not check(find_targets([tmp_path]), read_selection({})).findings
    assert read == ["a", "{}", "{}"]


@pytest.mark.parametrize(("helpers", "ahead"), [(5, 4), (1000, 1)])
def test_small_files_are_read_together_and_large_ones_alone(
    tmp_path: Path, read: list[str], helpers: int, ahead: int
) -> None:
    write_routes(tmp_path, "abcd", helpers)
    at: list[int] = []  # how many files were read when one more is done
    check(
        find_targets([tmp_path]),
        read_selection({}),
        progress=lambda done, of: at.append(len({*read} - {"{}"})),
    )
    assert at[-4:] == [max(ahead, n) for n in (1, 2, 3, 4)]
