"""The container of the README, as far as it goes without one: its files, its user, its secrets, and what it runs."""

import fnmatch
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from routegen.server.run import ServeOptions
from tests.command import Routegen
from tests.test_readme import TEXT

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "CMD"}
SECRETS = {
    ".env": "SESSION_SECRET=1",
    ".env.production": "SESSION_SECRET=2",
    "data/app.db": "rows",
    ".git/config": "token",
    ".venv/bin/python": "another machine's",
    "app/api/__pycache__/x.pyc": "",
}


def block(language: str, beginning: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return next(text for text in found if text.startswith(beginning))


DOCKERFILE = [
    tuple(line.split(maxsplit=1))
    for line in block("dockerfile", "FROM").replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
IGNORED = block("text", "# .dockerignore").splitlines()[1:]


def values(instruction: str) -> list[str]:
    return [value for word, value in DOCKERFILE if word == instruction]


def is_ignored(path: str) -> bool:
    """As Docker reads the patterns: from the top, each with all below it; `**/` stands for any folders, and none."""
    parts = path.split("/")
    tops = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    for pattern in IGNORED:
        names = [top.rpartition("/")[2] if pattern.startswith("**/") else top for top in tops]
        if any(
            name.count("/") == pattern.removeprefix("**/").count("/")
            and fnmatch.fnmatchcase(name, pattern.removeprefix("**/"))
            for name in names
        ):
            return True
    return False


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, routegen: Routegen) -> Path:
    """A new project on the machine of whoever builds the image."""
    monkeypatch.chdir(tmp_path)
    assert routegen("new", "shop").code == 0
    root = tmp_path / "shop"
    monkeypatch.chdir(root)
    assert routegen("add", "upload", "avatars").code == 0
    for name, text in SECRETS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def image(project: Path, tmp_path: Path) -> Path:
    """What `COPY . .` and the making of `data` leave in the image."""
    root = tmp_path / "image"
    for name in files(project):
        if not is_ignored(name):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / name, root / name)
    (root / "data").mkdir()
    return root


def test_the_instructions_are_sound(project: Path, checkout: Path) -> None:
    assert {word for word, _ in DOCKERFILE} <= KNOWN
    needed = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["requires-python"]
    python = re.match(r"python:3\.(\d+)-slim$", values("FROM")[0])
    assert python
    assert int(python[1]) >= int(needed.removeprefix(">=3."))
    for line in values("COPY"):
        assert [source for source in line.split()[:-1] if not (project / source).exists()] == []
    assert values("EXPOSE") == [str(ServeOptions().port)]


def test_it_does_not_run_as_root_who_owns_the_code() -> None:
    words = [word for word, _ in DOCKERFILE]
    user = values("USER")[0]
    assert user not in ("root", "0")
    assert words.index("USER") > max(number for number, word in enumerate(words) if word in ("RUN", "COPY"))
    assert f"useradd --system {user}" in " ".join(values("RUN"))
    assert "--chown" not in " ".join(values("COPY"))
    assert re.findall(r"chown (.*)", " ".join(values("RUN"))) == [f"{user} data"]


def test_no_secret_gets_into_it(image: Path) -> None:
    assert files(image) & SECRETS.keys() == set()
    assert {"main.py", "pyproject.toml", "app/api/avatars/route.py", ".env.example"} - files(image) == {
        ".env.example"
    }


def serve(image: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    program, *arguments = json.loads(values("CMD")[0])
    environment = {**os.environ, "SESSION_SECRET": "a secret that the container was given, of some length"}
    process = subprocess.Popen(
        [sys.executable, "-m", program, *arguments, "--port", str(port)], cwd=image, env=environment
    )
    try:
        yield port
    finally:
        process.terminate()
        assert process.wait(30) in (0, -signal.SIGTERM)  # uvicorn stops, and then ends by the signal


def test_its_command_serves_and_writes_nothing_but_data(image: Path) -> None:
    before = files(image)
    for port in serve(image):
        site = f"http://127.0.0.1:{port}/api"
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{site}/hello")
                break
            except OSError:
                time.sleep(0.1)
        put = urllib.request.Request(f"{site}/avatars?filename=a.txt", b"hello", method="PUT")
        with urllib.request.urlopen(put) as answer:
            assert answer.status == 201
    written = files(image) - before
    assert written
    assert {name for name in written if not name.startswith("data/")} == set()
