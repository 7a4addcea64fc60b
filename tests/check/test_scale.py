"""What a check costs grows with what it reads, in one file and in many, and no faster."""

import gc
import time
from pathlib import Path

from routegen.check.engine import check
from routegen.check.files import find_targets
from routegen.check.settings import read_selection

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
