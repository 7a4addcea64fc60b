"""What every test stands on: the checkout, and no skip that goes unnoticed in CI."""

import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.command import Ran, Routegen

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder with `pyproject.toml`, `templates/` and the rest."""
    return ROOT


@pytest.fixture(autouse=True)
def _own_environment() -> Generator[None]:
    """A project that a test loads sets variables out of its `.env`: the next test does not see them."""
    before = dict(os.environ)
    os.environ.pop("FORCE_COLOR", None)  # what a command prints is compared
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture
def routegen(capfd: pytest.CaptureFixture[str]) -> Routegen:
    """Runs a command line as the user would type it: `routegen("add", "stream")`."""
    from routegen.cli.app import run

    def call(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(arguments)
        return Ran(code, *capfd.readouterr())

    return call


def _refuse_skip(report: Any) -> Any:
    """In CI a test that did not run has failed: whatever it misses is to be installed there.

    A skip that no installation can mend stays one: its reason names the platform, or the superuser's rights.
    """
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not re.search(r"\b(platform|root|superuser)\b", reason):
            report.outcome = "failed"
            report.longrepr = f"not run in CI: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    return _refuse_skip((yield))
