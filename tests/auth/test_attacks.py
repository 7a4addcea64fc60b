"""Every attack on every database: all are stopped."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.auth.attacks import ATTACKS
from tests.auth.conftest import generate, postgres_database
from tests.auth.site import Site, served


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(generate(tmp_path_factory.mktemp("attacked"))) as site:
        yield site


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(
    request: pytest.FixtureRequest,
    project: Site,
    runner: asyncio.Runner,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ALLOWED_ORIGINS", raising=False)
        if request.param == "sqlite":
            patch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('db')}/test.db")
            yield project
            runner.run(project.db.engine().dispose())
            return
        for url in postgres_database():
            patch.setenv("DATABASE_URL", url.replace("postgresql://", "postgresql+psycopg://"))
            yield project
            runner.run(project.db.engine().dispose())


def test_there_are_enough() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_stopped(site: Site, runner: asyncio.Runner, name: str) -> None:
    site.limit("5/minute", "30/hour")
    runner.run(ATTACKS[name](site))
