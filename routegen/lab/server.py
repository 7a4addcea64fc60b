"""A server of the lab's own: `routegen serve --prod` in a process that may be killed at any moment."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from routegen.errors import ProjectError

_START = 20.0


class OwnServer:
    """Serves a project on a free port of this machine; ends when the `with` block does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = root / ".routegen/cache/lab-server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            ProjectError: it ends at once, with its own words, or does not listen in time.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "routegen",
            "serve",
            "--prod",
            "--port",
            str(self.port),
            str(self.root),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                start_new_session=True,
            )
        end = time.monotonic() + _START
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.5):
                return
            time.sleep(0.05)
        self.kill()
        said = " ".join(self._log.read_text(encoding="utf-8", errors="replace").split())[-400:]
        raise ProjectError(
            f"the server of the lab did not start: {said or 'it said nothing'}",
            hint=f"try it yourself: `routegen serve --prod {self.root}`",
        )

    def kill(self) -> None:
        """End it with SIGKILL, and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()

    def __enter__(self) -> "OwnServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
