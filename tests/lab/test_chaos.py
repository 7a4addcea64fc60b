"""The verdict of a chaos run is right: about a good handler, and about each kind of bad one."""

from collections import Counter
from collections.abc import Callable

import pytest

from routegen import webhooks
from routegen.lab.chaos import run
from routegen.lab.forge import GENUINE, volley
from routegen.lab.send import Line

from .conftest import Receiver

Desk = Callable[[str], tuple[Line, Receiver]]


@pytest.mark.parametrize("provider", webhooks.providers())
def test_a_good_handler_passes(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    shots = volley(line, count=10, duplicates=0.3, seed=1)
    outcome = run(line, shots, limit=20)
    assert outcome.passed and outcome.unanswered == [] and outcome.accepted == Counter()
    assert outcome.deliveries == len(shots.shots) == 13 + outcome.forged.total()
    assert set(receiver.ids) == shots.ids and len(shots.ids) == 10
    assert "wrong key" in outcome.forged, "this everyone can tell"
    lenient = {"gitlab": {"tampered"}, "mailgun": {"tampered"}}
    clockless = {s.tolerance for s in line.scheme.signatures[:1]} == {None}
    assert set(shots.untellable) <= lenient.get(provider, set()) | (
        {"stale", "future"} if clockless else set()
    ) | ({"unsigned"} if not line.scheme.signatures[0].header else set())


def test_the_same_seed_is_the_same_order(desk: Desk) -> None:
    line, _ = desk("stripe")
    one, two, other = (volley(line, count=20, duplicates=0.5, seed=seed).shots for seed in (1, 1, 2))
    assert [shot.kind for shot in one] == [shot.kind for shot in two]
    assert [shot.kind for shot in one] != [shot.kind for shot in other]
    times = Counter(shot.id for shot in one if shot.kind == GENUINE)
    assert len(times) == 20 and sorted(times.values()) == [1] * 10 + [2] * 10


def test_a_handler_that_believes_anyone_fails(desk: Desk) -> None:
    line, receiver = desk("stripe")
    receiver.verifies = False
    outcome = run(line, volley(line, count=10, duplicates=0, seed=1), limit=20)
    assert not outcome.passed
    assert outcome.accepted == {"tampered": 2, "stale": 2, "future": 2, "wrong key": 2, "unsigned": 2}


def test_a_handler_that_breaks_fails(desk: Desk) -> None:
    line, receiver = desk("stripe")
    receiver.status = 500
    outcome = run(line, volley(line, count=5, duplicates=0, seed=1), limit=20)
    assert not outcome.passed and len(outcome.unanswered) == 5 and outcome.broke == 5


def test_it_ends_in_time(desk: Desk) -> None:
    line, receiver = desk("stripe")
    receiver.delay = 0.3
    outcome = run(line, volley(line, count=40, duplicates=0, seed=1), limit=1)
    assert outcome.out_of_time and not outcome.passed and outcome.seconds < 3
