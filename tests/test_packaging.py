"""What is published: wheel and sdist are complete, small, and the same bytes however often they are built."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

NOT_PACKAGED = re.compile(
    r"(^|/)(__pycache__|\.git|\.venv|dist|build|\.[a-z]+_cache|\.hypothesis)(/|$)|\.py[co]$"
)
MOST_KIB = {"wheel": 1024, "sdist": 2048}


def sources(checkout: Path) -> list[str]:
    """The files of the checkout that git has, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (checkout / name).is_file()]


def build(kind: str, tree: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(into), str(tree)]
    subprocess.run(command, check=True, capture_output=True)
    return next(into.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def trees(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same files in two places, written at other times by people with another umask."""
    made: list[Path] = []
    for number, mode in enumerate((0o644, 0o600)):
        tree = tmp_path_factory.mktemp("checkout") / f"place {number}"
        for name in sorted(sources(checkout), reverse=bool(number)):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / name, tree / name)
            if not os.access(tree / name, os.X_OK):
                (tree / name).chmod(mode)
            os.utime(tree / name, (number * 86400, 1_700_000_000 + number * 86400))
        made.append(tree)
    return made


@pytest.fixture(scope="module")
def built(trees: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return {
        kind: [build(kind, tree, tmp_path_factory.mktemp(kind)) for tree in trees]
        for kind in ("wheel", "sdist")
    }


def names(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as opened:
        return {member.name.partition("/")[2] for member in opened.getmembers() if member.isfile()}


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_two_builds_are_the_same_bytes(built: dict[str, list[Path]], kind: str) -> None:
    first, second = built[kind]
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_is_small(built: dict[str, list[Path]], kind: str) -> None:
    assert built[kind][0].stat().st_size < MOST_KIB[kind] * 1024


def test_the_wheel_has_all_that_runs_and_nothing_else(built: dict[str, list[Path]], checkout: Path) -> None:
    expected = {name for name in sources(checkout) if name.startswith("routegen/")}
    expected |= {f"routegen/{name}" for name in sources(checkout) if name.startswith("templates/")}
    found = names(built["wheel"][0])
    about = {name for name in found if name.startswith(f"routegen-{version(built)}.dist-info/")}
    assert found - about == expected
    assert "routegen/py.typed" in found
    assert {name.partition("/")[2] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


def test_the_sdist_has_all_that_is_needed_to_work_on_it(built: dict[str, list[Path]], checkout: Path) -> None:
    assert names(built["sdist"][0]) ^ set(sources(checkout)) <= {"PKG-INFO"}


def test_the_wheel_of_the_sdist_is_the_wheel(built: dict[str, list[Path]], tmp_path: Path) -> None:
    with tarfile.open(built["sdist"][0]) as opened:
        opened.extractall(tmp_path, filter="data")
    wheel = build("wheel", next(tmp_path.iterdir()), tmp_path / "dist")
    assert wheel.read_bytes() == built["wheel"][0].read_bytes()


def version(built: dict[str, list[Path]]) -> str:
    return built["wheel"][0].name.split("-")[1]


def test_the_page_of_the_package_is_the_readme(built: dict[str, list[Path]], checkout: Path) -> None:
    with zipfile.ZipFile(built["wheel"][0]) as wheel:
        metadata = wheel.read(f"routegen-{version(built)}.dist-info/METADATA").decode()
    assert metadata.replace("\r\n", "\n").endswith((checkout / "README.md").read_text(encoding="utf-8"))
    assert "License-Expression: MIT" in metadata
    assert "Typing :: Typed" in metadata
