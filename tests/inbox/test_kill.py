"""Server processes that are killed lose no event and apply none twice; `benchmarks/inbox.py` does it at full size."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inbox import killing


def test_kill_9_loses_nothing_and_repeats_nothing(tmp_path: Path, url: str) -> None:
    site = killing.make_site(tmp_path / "site", url)
    found = asyncio.run(killing.attack(site, events=300, kills=3, limit=60))
    site.engine.dispose()
    assert (found.kills, found.lost, found.twice) == (3, 0, 0)
    assert found.left == {"done": 300}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> killing.Site:
    """A project whose servers run no worker."""
    made = killing.make_site(tmp_path_factory.mktemp("work"))
    lib = made.root / "lib/inbox.py"
    lib.write_text(lib.read_text().replace("Inbox(database,", "Inbox(database, in_server=False,"))
    return made


def routegen(site: killing.Site, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in the project."""
    command = [sys.executable, "-m", "routegen", "webhook", *arguments]
    return subprocess.run(command, cwd=site.root, env=site.environment, capture_output=True, text=True)


def test_a_worker_of_its_own_and_what_is_kept_can_be_seen(site: killing.Site) -> None:
    found = asyncio.run(killing.load(site, rate=50, seconds=0.1))
    assert len(found.latencies) == found.events == 5
    assert site.ask("SELECT count(*) FROM ledger")[0][0] == 0
    listed = routegen(site, "inbox", "--limit", "3")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.splitlines()[0].split() == [
        "NUMBER",
        "STATE",
        "TRIES",
        "AGE",
        "PROVIDER",
        "TYPE",
        "ID",
    ]
    assert len(listed.stdout.splitlines()) == 4 and "10 pending" in listed.stderr
    assert '"amount_total"' in routegen(site, "inbox", "show", "1").stdout
    assert routegen(site, "inbox", "dead", "2").returncode == 0
    assert "given up by hand" in routegen(site, "inbox", "show", "2").stdout

    command = [sys.executable, "-m", "routegen", "webhook", "work"]
    worker = subprocess.Popen(command, cwd=site.root, env=site.environment, stderr=subprocess.PIPE, text=True)
    try:
        killing.settled(site, within=30)
    finally:
        worker.terminate()
        said = worker.communicate(timeout=20)[1]
    assert worker.returncode == 0 and "working: 1 effects" in said
    assert site.ask("SELECT count(*) FROM ledger")[0][0] == 9
    assert "1 to be run again" in routegen(site, "inbox", "retry").stderr
    assert "9 done, 1 pending" in routegen(site, "inbox", "dead").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("inbox", "show"), "which event?"),
        (("inbox", "show", "999"), "there is no event 999"),
        (("inbox", "dead", "1"), "event 1 is done, not waiting"),
        (("inbox", "drop"), "`drop` is no value"),
    ],
)
def test_mistakes_are_told(site: killing.Site, arguments: tuple[str, ...], message: str) -> None:
    ran = routegen(site, *arguments)
    assert ran.returncode == 2 and message in ran.stderr and "hint: " in ran.stderr, ran.stderr


def test_an_effect_that_cannot_be_imported_stops_the_start(site: killing.Site) -> None:
    broken = site.root / "inbox/broken.py"
    broken.write_text("import nothing_of_that_name\n")
    try:
        code = "from main import app; from fastapi.testclient import TestClient\nwith TestClient(app): pass"
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=site.root, env=site.environment, capture_output=True, text=True
        )
        assert ran.returncode != 0 and "`inbox/broken.py` cannot be imported" in ran.stderr
        dev = f"import main; main.app.dev = True\n{code}\nprint('served')"
        ran = subprocess.run(
            [sys.executable, "-c", dev], cwd=site.root, env=site.environment, capture_output=True, text=True
        )
        assert ran.stdout == "served\n" and "no effect runs" in ran.stderr
    finally:
        broken.unlink()
