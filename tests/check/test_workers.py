"""A large check is shared out among processes: what comes of it is the same, whatever becomes of them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from routegen.check.workers import Row, shared_out

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="one process checks all files here"
)
FILES = [Path(f"file{number}") for number in range(100)]
EXPECTED = [(path.name, len(path.name)) for path in FILES]
ROUTE = """import time

import requests


async def GET(id: str) -> str:
    time.sleep({number})
    return requests.get(f"https://example.org/{{id}}").text
"""


def alone(function: Callable[..., None], *given: int) -> None:
    """Call a function in a process without threads: that of the tests has some when tests run side by side."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(function, *given).result(timeout=60)


def judge(paths: Sequence[Path]) -> Iterator[Row]:
    for path in paths:
        yield path.name, len(path.name)


def children(of: int) -> list[str]:
    """The processes that one has started and that are not gone."""
    return Path(f"/proc/{of}/task/{of}/children").read_text().split()


def found_by(files: list[Path]) -> set[int]:
    rows = [*shared_out(files, lambda paths: [(path.name, os.getpid()) for path in paths])]
    assert [name for name, _ in rows] == [path.name for path in files]
    assert not children(os.getpid())
    return {process for _, process in rows}


def find_much_and_little() -> None:
    here = os.getpid()
    assert len(others := found_by(FILES)) > 1
    assert here not in others
    assert found_by(FILES[:10]) == {here}


def find_beside_a_thread() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert found_by(FILES) == {os.getpid()}
    finally:
        done.set()
        thread.join()


def find_when_killed(at: int) -> None:
    here = os.getpid()

    def killed(paths: Sequence[Path]) -> Iterator[Row]:
        if FILES[at] in paths and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        yield from judge(paths)

    assert [*shared_out(FILES, killed)] == EXPECTED
    assert not children(here)


def find_when_failing() -> None:
    def failing(paths: Sequence[Path]) -> Iterator[Row]:
        if FILES[50] in paths:
            raise ZeroDivisionError
        return judge(paths)

    with pytest.raises(ZeroDivisionError):
        for _ in shared_out(FILES, failing):
            pass
    assert not children(os.getpid())


def find_the_first_alone() -> None:
    def slow(paths: Sequence[Path]) -> Iterator[Row]:
        time.sleep(0.05)
        return judge(paths)

    begun = time.monotonic()
    for _ in shared_out(FILES * 100, slow):  # all of it takes 20 s
        break
    assert time.monotonic() - begun < 5
    assert not children(os.getpid())


def test_other_processes_find_what_is_much() -> None:
    alone(find_much_and_little)


def test_beside_a_thread_no_process_is_forked() -> None:
    alone(find_beside_a_thread)


@pytest.mark.parametrize("at", [0, 13, 40, 99])
def test_what_a_killed_process_leaves_is_found_here(at: int) -> None:
    alone(find_when_killed, at)


def test_what_fails_in_another_process_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    alone(find_when_failing)
    assert capfd.readouterr().err == ""


def test_nobody_goes_on_when_nobody_listens() -> None:
    alone(find_the_first_alone)


def routes(root: Path, count: int) -> Path:
    """A project with so many files to check, and a finding in each."""
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    for number in range(count):
        file = root / "app" / f"items{number}" / "[id]" / "route.py"
        file.parent.mkdir(parents=True)
        file.write_text(ROUTE.format(number=number))
    return root


def command(root: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "routegen", "check", str(root), *options]


def test_as_many_cores_as_there_are_find_what_one_finds(tmp_path: Path) -> None:
    root = routes(tmp_path, 80)

    def found(*options: str, cores: set[int]) -> str:
        done = subprocess.run(
            command(root, "--format", "json", *options),
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1, done.stderr
        return done.stdout

    every = os.sched_getaffinity(0)
    shared = found(cores=every)
    assert json.loads(shared)["summary"]["findings"] >= 80
    [cache] = (root / ".routegen" / "cache" / "check").iterdir()
    remembered = json.loads(cache.read_text())
    assert found(cores=every) == shared  # as remembered
    cache.unlink()
    assert found(cores={min(every)}) == shared
    again = json.loads(cache.read_text())
    assert [row[4] for row in again[4].values()] == [row[4] for row in remembered[4].values()]
    assert [row[3] for row in again[4].values()] == [row[3] for row in remembered[4].values()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_check_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    root = routes(tmp_path, 1200)
    checking = subprocess.Popen(command(root), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while not (workers := children(checking.pid)) and time.monotonic() < until:
        time.sleep(0.01)
    assert workers
    checking.send_signal(number)
    _, error = checking.communicate(timeout=20)  # not before the workers let go of its output
    assert checking.returncode == (130 if number is signal.SIGINT else -number)
    assert "Traceback" not in error
