"""`sample_project/` is what its commands make, byte for byte, and its own tests pass."""

import os
import subprocess
import sys
from pathlib import Path

from tests import sample


def test_the_sample_is_what_its_commands_make(tmp_path: Path) -> None:
    made, committed = sample.files(sample.make(tmp_path)), sample.files(sample.COMMITTED)
    again = "make it again: `python -m tests.sample --write`"
    assert sorted(made) == sorted(committed), again
    assert [path for path in made if made[path] != committed[path]] == [], again


def test_its_own_tests_pass(tmp_path: Path) -> None:
    root = sample.make(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=root,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
