"""What the HTTP benchmarks share: pinned processes, wrk, and what was measured on what."""

import importlib.metadata
import os
import platform
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_CORE, CLIENT_CORE = "0", "1"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, stopped at the end."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def requests_a_second(
    port: int, path: str, seconds: int, *, script: Path | None = None, expect_404: bool = False
) -> float:
    """What wrk counts with 64 connections; an unexpected status ends the benchmark."""
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s"]
    command += ["-s", str(script)] if script else []
    command.append(f"http://127.0.0.1:{port}{path}")
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if ("Non-2xx" in output) is not expect_404:
        raise SystemExit(f"{path} is not answered as expected:\n{output}")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0])


def versions() -> str:
    """What was measured on what."""
    names = ("uvicorn", "starlette", "fastapi", "pydantic")
    found = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return f"Python {platform.python_version()}, {found}; {platform.system()}, {os.cpu_count()} cores"
