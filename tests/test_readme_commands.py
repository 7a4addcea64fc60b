"""Every command of the README is run, in the order of the page, in one project that begins as the page does."""

import contextlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from routegen.cli.app import run
from tests.serve.live import Serving, write
from tests.test_readme import CONSOLE, TEXT

MISUSE = {
    "app/api/contact/route.py": """\
from typing import Annotated

from fastapi import Form, Response
from routegen import respond


async def POST(message: Annotated[str, Form()]) -> Response:
    return respond.redirect("/thanks", 303)
""",
    "app/contact/page.html": '<form method="post" action="/api/contact"><input name="message"></form>\n',
}
SCRIPT = "export async function GET() {\n  return Response.json({})\n}\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"
PASSWORD = "correct horse battery staple\n"

PROGRAMS = ("routegen", "curl", "uvicorn", "gunicorn", "cd", "make")
LINES = [line for line in CONSOLE if line.partition(" ")[0] in PROGRAMS]
MAKE = [line for line in LINES if line.startswith("make ")]
"""Of these only the names are looked up, by `test_readme.py`: each takes minutes."""

IMPORTS_THE_PROJECT = {"db", "user", "doctor", "webhook", "explain"}
"""Commands that would leave modules of the project in this process."""

ASKS_THE_SERVER = re.compile(r"curl |routegen webhook (send|replay|chaos) ")


def in_order(lines: list[str]) -> list[str]:
    """The order of the page, but sign-in comes last: what is added after it is guarded, and so are its uploads."""
    start = lines.index("routegen add protected account")
    end = next(n for n, line in enumerate(lines) if line.startswith("routegen user create")) + 1
    return [*lines[:start], *lines[end:], *lines[start:end]]


@dataclass
class Reader:
    """Someone who types what the page says."""

    folder: Path
    server: Serving | None = None
    served: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def type(self, line: str) -> int | None:
        """Run a line of the page; gives its exit code."""
        program, *arguments = shlex.split(line)
        if line == "routegen explain /api/contact":
            with _misuse(self.folder):
                return self._run([program, *arguments])
        if not ASKS_THE_SERVER.match(line):
            self.leave()
        if program == "cd":
            self.folder /= arguments[0]
            self._prepare()
            return 0
        if program in ("uvicorn", "gunicorn") or line.startswith("routegen serve"):
            return self._serve([program, *arguments])
        if ASKS_THE_SERVER.match(line):
            return self._ask([program, *arguments])
        if program == "routegen" and arguments[0] not in IMPORTS_THE_PROJECT:
            with contextlib.chdir(self.folder):
                return run(arguments)
        return self._run([program, *arguments])

    def _serve(self, command: list[str]) -> int:
        """Each server is tried once: where it listens and what it opens is not the reader's business."""
        if (bound := tuple(_bound(command, 0))) in self.served:
            return 0
        self.served.add(bound)
        return _served(command, self.folder)

    def leave(self) -> None:
        """Stop the server, if one runs."""
        if self.server:
            self.server.stop(signal.SIGINT)
            if pipe := self.server.process.stdout:
                pipe.close()
            self.server = None

    def _prepare(self) -> None:
        """What the page takes for granted: a photo, a project of Next.js and a repository."""
        write(self.folder, "path/to/next/app/api/hello/route.ts", SCRIPT)
        (self.folder / "photo.png").write_bytes(PNG)
        for command in (
            "init -q -b main",
            "add -A",
            "-c user.email=a@example.com -c user.name=a commit -qm new",
        ):
            subprocess.run(["git", *command.split()], cwd=self.folder, check=True)

    def _ask(self, command: list[str]) -> int:
        self.server = self.server or Serving(self.folder)
        here = f"http://127.0.0.1:{self.server.port}"
        if command[0] == "curl":
            command = [part.replace("http://127.0.0.1:8000", here) for part in command]
            return (
                _streamed(command, self.folder)
                if "-N" in command
                else self._run([*command, "--fail-with-body"])
            )
        return self._run([*command, "--to", f"{here}/api/webhooks/stripe"])

    def _run(self, command: list[str]) -> int:
        if command[0] == "routegen":
            command = [sys.executable, "-m", *command]
        done = subprocess.run(
            command, cwd=self.folder, input=PASSWORD, capture_output=True, text=True, timeout=120, check=False
        )
        print(done.stdout, done.stderr)
        return done.returncode


@contextlib.contextmanager
def _misuse(folder: Path) -> Iterator[None]:
    """A route handler that only the form of an own page calls."""
    folders = [write(folder, file, text).parent for file, text in MISUSE.items()]
    yield
    for made in folders:
        shutil.rmtree(made)


def _streamed(command: list[str], folder: Path) -> int:
    """Begin to read a stream, and leave."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout
        first = reader.stdout.readline()
        reader.terminate()
    return 0 if first else 1


def _served(command: list[str], folder: Path) -> int:
    """Serve until a request was answered, on a port that is free and for this machine only."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api/hello"
    process = subprocess.Popen([sys.executable, "-m", *_bound(command, port)], cwd=folder)
    asking = ["curl", "-sS", "--fail", "--retry", "60", "--retry-connrefused", "--retry-delay", "1", url]
    try:
        return subprocess.run(asking, check=False).returncode
    finally:
        process.terminate()
        process.wait(60)


def _bound(command: list[str], port: int) -> list[str]:
    """The command of a server, bound to a port of this machine, with fewer processes than it has cores to spare."""
    kept = [part for part in command if part != "--open"]
    for option in ("--port", "--host", "-b", "--workers", "-w"):
        if option in kept:
            del kept[kept.index(option) : kept.index(option) + 2]
    if kept[0] == "gunicorn":
        return [*kept, "-w", "2", "-b", f"127.0.0.1:{port}"]
    return [*kept, "--port", str(port), *(("--workers", "2") if "--workers" in command else ())]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("readme"))
    yield reader
    reader.leave()


def test_every_command_in_order(reader: Reader, capfd: pytest.CaptureFixture[str]) -> None:
    """One test: each command builds on those before it."""
    for line in in_order([line for line in LINES if line not in MAKE]):
        code = reader.type(line)
        shown = capfd.readouterr()
        assert code == 0, f"{line}\n{shown.out}\n{shown.err}"


def test_no_command_is_left_out() -> None:
    blocks = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    typed = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    assert len(typed) == len(LINES)
