"""A project on disk, served in dev inside the test's own process."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from routegen.project import find_project
from routegen.server.app import RouteApp, create_app
from routegen.server.main_module import import_main
from routegen.server.modules import Modules
from routegen.server.reload import Reload, Reloader
from tests.serve.live import MAIN, Serving, write


class LiveProject:
    """Files that can be edited, an application that follows, and what it reported."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reports: list[Reload] = []

    def write(self, name: str, source: str, *, settled: bool = True) -> Path:
        """Write a file; `settled` dates it back a second, as if its editor were long done."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
        if settled:
            self._counter = getattr(self, "_counter", 0) + 1
            then = time.time_ns() - 10**9 + self._counter
            os.utime(file, ns=(then, then))
        return file

    def start(self) -> TestClient:
        modules = Modules(self.root)
        modules.install()
        if (self.root / "main.py").exists():
            import_main(find_project(self.root))
            modules.take_in_main()
        app = create_app(find_project(self.root))
        assert isinstance(app, RouteApp)
        app.dev = True
        self.app = app
        self.reloader = Reloader(app, modules, self.reports.append)
        app.start()
        self.client = TestClient(app, raise_server_exceptions=False)
        return self.client

    def get(self, path: str) -> Any:
        response = self.client.get(path)
        return response.json() if response.status_code == 200 else response.status_code


def _forget_other_projects(temporary: Path) -> None:
    """Other suites load projects into this process too, and every project has a `lib`."""
    sys.path[:] = [place for place in sys.path if not place.startswith(str(temporary))]
    for name in list(sys.modules):
        if name.partition(".")[0] in ("lib", "main", "inbox"):
            del sys.modules[name]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveProject]:
    """An empty project."""
    before = list(sys.path)
    _forget_other_projects(tmp_path.parent)
    project = LiveProject(tmp_path / "shop")
    project.write("pyproject.toml", "[tool.routegen]\n")
    yield project
    if hasattr(project, "reloader"):
        project.reloader.modules.uninstall()
    sys.path[:] = before
    for name, module in list(sys.modules.items()):
        places = [getattr(module, "__file__", None) or "", *map(str, getattr(module, "__path__", []))]
        if any(place.startswith(str(tmp_path)) for place in places):
            del sys.modules[name]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "a shop [é]"
    write(root, "pyproject.toml", "[tool.routegen]\n")
    write(root, "main.py", MAIN)
    write(root, "app/api/hello/route.py", "async def GET():\n    return 'one'\n")
    return root


@pytest.fixture
def serve(project: Path) -> Iterator[Callable[..., Serving]]:
    started: list[Serving] = []

    def start(*arguments: str) -> Serving:
        started.append(Serving(project, *arguments))
        return started[-1]

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.process.kill()
        serving.process.wait()
        assert serving.process.stdout is not None
        serving.process.stdout.close()
