"""What `make serve` and `make test` start with: finding a Python that can run routegen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="platform: make is for Unix")

SHIM = "#!/bin/sh\necho 'shim: command not found' >&2\nexit 127\n"
OLD = '#!/bin/sh\n[ "$1" = -V ] && { echo "Python 3.9.1"; exit 0; }\nexit 1\n'
GOOD = f'#!/bin/sh\nexec {sys.executable} "$@"\n'


def find(checkout: Path, *folders: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(checkout / ".ci" / "find-python")],
        env={"PATH": ":".join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )


def put(folder: Path, **programs: str) -> Path:
    folder.mkdir()
    for name, text in programs.items():
        file = folder / name.replace("_", ".")
        file.write_text(text)
        file.chmod(0o755)
    return folder


def test_no_python_is_one_sentence(checkout: Path, tmp_path: Path) -> None:
    done = find(checkout, put(tmp_path / "empty"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: routegen needs Python 3.11 or newer with its venv module; found: no Python\n"
    )


def test_an_old_python_is_one_sentence_that_names_it(checkout: Path, tmp_path: Path) -> None:
    done = find(checkout, put(tmp_path / "old", python3=OLD, python3_12=SHIM))
    assert done.returncode == 1
    assert done.stderr.endswith("found: Python 3.9.1\n")
    assert done.stderr.count("\n") == 1


def test_a_shim_that_fails_counts_as_absent(checkout: Path, tmp_path: Path) -> None:
    shims = put(tmp_path / "shims", python3_14=SHIM, python3_13=SHIM, python3=OLD)
    good = put(tmp_path / "a folder", python3_13=GOOD, python3=GOOD)
    done = find(checkout, shims, good)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{good}/python3.13\n"
