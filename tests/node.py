"""Runs JavaScript with packages from npm, which are the outside judges of protocols and signatures."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path.home() / ".cache" / "routegen-tests"


class Packages:
    """Packages of npm, each as `name@version`; installed once, outside of the checkout."""

    def __init__(self, *specifications: str) -> None:
        self._specifications = specifications
        self._folder = CACHE / hashlib.sha256(" ".join(specifications).encode()).hexdigest()[:16]

    def modules(self) -> str:
        """The folder with the packages. Skips where Node or the network is missing."""
        if shutil.which("npm") is None:
            pytest.skip("needs node, npm and its registry")
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
            if not (self._folder / "whole").exists() and not self._installed():
                pytest.skip("needs node, npm and its registry")
        return str(self._folder / "node_modules")

    def run(self, script: str, *arguments: str, timeout: float = 60) -> str:
        """What a module prints; an error of it fails the test."""
        with self.running(script, *arguments) as process:
            out, err = process.communicate(timeout=timeout)
        assert process.returncode == 0, out + err
        return out

    @contextmanager
    def running(self, script: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """A process that runs a module; gone afterwards."""
        self.modules()
        file = self._folder / f"run-{os.getpid()}-{abs(hash(script))}.mjs"
        file.write_text(script)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(
            ["node", str(file), *arguments], cwd=self._folder, text=True, **pipes
        ) as process:
            try:
                yield process
            finally:
                process.kill()
                file.unlink()

    def _installed(self) -> bool:
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefer-offline"]
        command = ["npm", "install", *flags, *self._specifications]
        try:
            done = subprocess.run(command, cwd=self._folder, capture_output=True, timeout=300).returncode == 0
        except subprocess.TimeoutExpired:
            return False
        if done:
            (self._folder / "whole").touch()
        return done
