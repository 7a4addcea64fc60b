"""Runs JavaScript with packages from npm, which are the outside judges of protocols."""

import fcntl
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

PACKAGES = ("ai@6.0.326", "tus-js-client@4.3.1", "eventsource@4.0.0", "swagger-ui-dist@5.35.0")
CACHE = Path.home() / ".cache" / "routegen-tests" / "-".join(PACKAGES).replace("@", "_")


@cache
def modules() -> str:
    """The folder with the packages, filled once. Skips where Node or the network is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:  # one process installs, the others wait for it
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = (CACHE / "node_modules" / "swagger-ui-dist").is_dir()
        if not there and (shutil.which("npm") is None or not _installed()):
            pytest.skip("needs node, npm and its registry")
    return str(CACHE / "node_modules")


def _installed() -> bool:
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    command = ["npm", "install", *flags, *PACKAGES]
    try:
        return subprocess.run(command, cwd=CACHE, capture_output=True, timeout=180).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def node(script: str, *arguments: str, timeout: float = 60) -> str:
    """What a module prints; an error of it fails the test."""
    modules()
    file = CACHE / f"run-{os.getpid()}-{abs(hash(script))}.mjs"
    file.write_text(script)
    try:
        ran = subprocess.run(
            ["node", str(file), *arguments], cwd=CACHE, capture_output=True, text=True, timeout=timeout
        )
    finally:
        file.unlink()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
