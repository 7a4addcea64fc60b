"""Every attack on every database: all are stopped."""

import asyncio

import pytest

from tests.auth.attacks import ATTACKS
from tests.auth.site import Site


def test_there_are_enough() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_stopped(served_on: tuple[Site, asyncio.Runner], name: str) -> None:
    site, runner = served_on
    site.limit("5/minute", "30/hour")
    runner.run(ATTACKS[name](site))
