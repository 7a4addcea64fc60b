"""Every provider's deliveries verify at the receiver, and its own verdict is given about the answer."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from routegen import deliveries, webhooks
from routegen.errors import UsageError
from routegen.lab import events
from routegen.lab.post import Answer
from routegen.lab.send import Line, replay, send, shake_hands
from routegen.lab.verdict import judge

from .conftest import Receiver

Desk = Callable[[str], tuple[Line, Receiver]]
PROVIDERS = webhooks.providers()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_event_of_every_provider_is_delivered(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    for event in events.ordinary(line.scheme):
        sent = send(line, event)
        assert sent.verdict.delivered, sent.verdict.reason
    assert len(receiver.ids) == len(events.ordinary(line.scheme))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_two_of_one_event_are_two(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    event = events.ordinary(line.scheme)[0]
    first, second = send(line, event), send(line, event)
    assert first.verdict.delivered and second.verdict.delivered
    assert receiver.ids[0] != receiver.ids[1]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_replay_is_the_same_event_signed_anew(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    event = events.ordinary(line.scheme)[0]
    kept = deliveries.load(line.root, send(line, event).number)
    old = replace(kept, headers=dict.fromkeys(kept.headers, "old"))
    assert replay(line, old).verdict.delivered
    assert receiver.ids[0] == receiver.ids[1]


@pytest.mark.parametrize("provider", ["github", "standard"])
def test_what_came_without_an_id_gets_one(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    kept = deliveries.load(line.root, send(line, events.ordinary(line.scheme)[0]).number)
    bare = replace(kept, key="", headers={})
    assert replay(line, bare).verdict.delivered and replay(line, bare).verdict.delivered
    assert receiver.ids[1] == receiver.ids[2]


@pytest.mark.parametrize("provider", [p for p in PROVIDERS if webhooks.find(p).handshakes])
def test_hands_are_shaken(desk: Desk, provider: str) -> None:
    line, receiver = desk(provider)
    assert [sent.verdict.delivered for sent in shake_hands(line)] == [True] * len(line.scheme.handshakes)
    receiver.status = 500
    assert not any(sent.verdict.delivered for sent in shake_hands(line))


def test_a_handshake_with_the_wrong_text_is_not_passed(desk: Desk) -> None:
    line, receiver = desk("slack")
    receiver.status = 200  # and `{}`
    (sent,) = shake_hands(line)
    assert not sent.verdict.delivered and 'Slack expects 200 {"challenge"' in sent.verdict.reason


def test_who_shakes_no_hands(desk: Desk) -> None:
    with pytest.raises(UsageError, match="shakes no hands"):
        shake_hands(desk("stripe")[0])


def test_values_are_changed(desk: Desk) -> None:
    line, receiver = desk("stripe")
    settings = ["data.object.amount=500", "data.object.new.deep=true", "livemode=yes", 'id="evt_1"', "a=b=c"]
    assert send(line, "checkout.session.completed", settings).verdict.delivered
    body = json.loads(receiver.requests[0][3])
    assert body["data"]["object"]["amount"] == 500 and body["data"]["object"]["new"] == {"deep": True}
    assert (body["livemode"], body["id"], body["a"]) == ("yes", "evt_1", "b=c")
    assert receiver.ids == ["evt_1"]


@pytest.mark.parametrize("setting", ["a", "=1", "id.x=1", "data.object.id.0=1"])
def test_a_setting_that_makes_no_sense(desk: Desk, setting: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        send(desk("stripe")[0], "checkout.session.completed", [setting])


def test_an_unknown_event_offers_the_nearest(desk: Desk) -> None:
    with pytest.raises(UsageError) as caught:
        send(desk("stripe")[0], "checkout.session.complete")
    assert caught.value.hint.startswith("did you mean `checkout.session.completed`?")


VERDICTS = [
    ("stripe", 200, 0.1, True, "Stripe takes 200-299"),
    ("stripe", 302, 0.1, False, "not 302"),
    ("stripe", 500, 0.1, False, "it tries again: live: up to 3 days"),
    ("mailgun", 201, 0.1, False, "Mailgun takes 200 only, not 201"),
    ("zoom", 205, 0.1, False, "Zoom takes 200-204 only"),
    ("slack", 200, 3.5, False, "Slack waits 3 s, this took 3.5 s"),
    ("slack", 200, 2.9, True, "within 3 s"),
]


@pytest.mark.parametrize(("provider", "status", "seconds", "delivered", "reason"), VERDICTS)
def test_the_verdict(provider: str, status: int, seconds: float, delivered: bool, reason: str) -> None:
    verdict = judge(webhooks.find(provider), Answer(status, b"", seconds))
    assert verdict.delivered is delivered and reason in verdict.reason


def test_nobody_answers(desk: Desk) -> None:
    line, _ = desk("stripe")
    sent = send(replace(line, url="http://127.0.0.1:9/x"), "checkout.session.completed")
    assert not sent.verdict.delivered and "no answer: connection refused" in sent.verdict.reason


def test_what_is_kept_is_bounded_and_private(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    line, _ = desk("stripe")
    monkeypatch.setattr(deliveries, "MOST_FILES", 3)
    numbers = [send(line, "checkout.session.completed").number for _ in range(5)]
    files = sorted((line.root / deliveries.FOLDER).iterdir())
    assert numbers == [1, 2, 3, 4, 5] and [file.stem for file in files] == ["3", "4", "5"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    with pytest.raises(UsageError, match="no delivery `1`"):
        deliveries.load(line.root, 1)


def test_secrets_are_masked() -> None:
    payload = {
        "token": "x",
        "data": [{"client_secret": "y", "name": "z"}],
        "Stripe-Signature": "s",
        "secret": None,
    }
    assert deliveries.masked(payload) == {
        "token": "***",
        "data": [{"client_secret": "***", "name": "z"}],
        "Stripe-Signature": "***",
        "secret": None,
    }
    assert deliveries.masked_form(b"AuthToken=1&Body=a&api_key=2") == "AuthToken=***&Body=a&api_key=***"
