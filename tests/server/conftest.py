"""Fixtures of the server's tests: an application made of a few sources."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from routegen.server.app import RouteApp
from tests.server.asgi import build

Site = Callable[..., RouteApp]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Builds the application of a dict `{folder below app: source of its route.py}`."""

    def make(files: Mapping[str, str], **options: Any) -> RouteApp:
        return build(tmp_path / "project", files, **options)

    return make
