"""The commands, from a user's side; and a project of routegen's own making, served and killed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen import webhooks
from routegen.database.migrations import upgrade
from routegen.lab.target import is_loopback
from routegen.scaffold.new import create
from tests.command import Routegen

from .conftest import Receiver

EVENT = "checkout.session.completed"
SECRET = "whsec_of_the_tests"
Receive = Callable[..., Receiver]


@pytest.fixture
def stripe(project: Path, receive: Receive) -> Receiver:
    """A receiver at the address that `serve` noted."""
    receiver = receive("stripe", SECRET)
    cache = project / ".routegen/cache"
    cache.mkdir(parents=True)
    (cache / "server.json").write_text(json.dumps({"url": receiver.url.removesuffix("/x")}))
    return receiver


def test_send(stripe: Receiver, routegen: Routegen) -> None:
    ran = routegen("webhook", "send", "stripe", EVENT, "--count", "2")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"#1  {EVENT}  200 in ") and lines[0].endswith('{"received":true}')
    assert lines[1] == "  delivered: Stripe takes 200-299"
    assert lines[2].startswith("#2  ")
    assert [request[1] for request in stripe.requests] == ["/api/webhooks/stripe"] * 2
    assert SECRET not in ran.out + ran.err


def test_an_answer_that_is_no_success_exits_1(stripe: Receiver, routegen: Routegen) -> None:
    stripe.status = 500
    ran = routegen("webhook", "send", "stripe", EVENT)
    assert ran.code == 1 and "  not delivered: Stripe takes 200-299 only, not 500" in ran.out


def test_the_environment_wins_over_the_file(
    stripe: Receiver, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "another")
    assert routegen("webhook", "send", "stripe", EVENT).code == 1
    monkeypatch.setenv("MINE", SECRET)
    assert routegen("webhook", "send", "stripe", EVENT, "--secret-env", "MINE").code == 0


def test_replay_show_and_export(stripe: Receiver, project: Path, routegen: Routegen) -> None:
    routegen("webhook", "send", "stripe", EVENT, "--set", "client_secret=abc")
    assert routegen("webhook", "replay", "1").code == 0
    assert stripe.ids[0] == stripe.ids[1]
    shown = routegen("webhook", "show", "1").out
    assert "Stripe-Signature: ***" in shown and '"client_secret": "***"' in shown
    ran = routegen("webhook", "export", "1", "--pytest")
    assert ran.code == 0 and 'URL = "/api/webhooks/stripe"' in ran.out
    assert routegen("webhook", "export", "1").code == 2
    file = project / "test_captured.py"
    file.write_text(ran.out)
    for command in (["check", "--no-cache"], ["format", "--check", "--diff", "--no-cache"]):
        judged = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--line-length", "110", str(file)],
            capture_output=True,
            text=True,
        )
        assert judged.returncode == 0, judged.stdout


def test_events(project: Path, routegen: Routegen) -> None:
    everything = routegen("webhook", "events").out
    assert {line.split()[0] for line in everything.splitlines()} == set(webhooks.providers())
    assert "slack  url_verification  (handshake)\n" in routegen("webhook", "events", "slack").out


def test_handshake(
    project: Path, receive: Receive, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    receiver = receive("slack", "s")
    ran = routegen("webhook", "handshake", "slack", "--to", receiver.url)
    assert ran.code == 0 and "delivered: Slack got what it expects" in ran.out


def test_chaos(stripe: Receiver, routegen: Routegen) -> None:
    ran = routegen("webhook", "chaos", "stripe", "--count", "10")
    assert ran.code == 0 and ran.out.endswith("\npassed\n")
    assert "forged deliveries accepted: 0 of 10\n" in ran.out
    assert "applied twice: not known, a plain handler keeps no account\n" in ran.out
    stripe.verifies = False
    ran = routegen("webhook", "chaos", "stripe", "--count", "10")
    assert ran.code == 1 and "  accepted: tampered, 2 of 2\n" in ran.out


def test_a_key_pair_of_the_lab(project: Path, receive: Receive, routegen: Routegen) -> None:
    ran = routegen("webhook", "send", "discord", "2", "--to", "/x")
    assert ran.code == 1 and "only Discord can sign for the key in `DISCORD_PUBLIC_KEY`" in ran.err
    setting = ran.err.split("`")[3]
    assert setting.startswith("DISCORD_PUBLIC_KEY=")
    (project / ".env").write_text(f"{setting}\n")
    receiver = receive("discord", setting.partition("=")[2])
    assert routegen("webhook", "send", "discord", "2", "--to", receiver.url).code == 0
    assert (project / ".routegen/cache/lab-keys.json").stat().st_mode & 0o777 == 0o600


REFUSED = [
    (("send", "strpe", EVENT), 2, "did you mean `stripe`?"),
    (("send", "stripe", "checkout"), 2, "there is no sample `checkout`"),
    (("send", "github", "push"), 1, "no route handler receives `github`"),
    (("send", "stripe", EVENT, "--to", "ftp://x"), 2, "is no URL"),
    (("send", "stripe", EVENT, "--to", "[red]"), 2, "`[red]` is no URL"),
    (("send", "stripe", EVENT, "--secret-env", "NONE_SUCH"), 1, "`NONE_SUCH` is not set"),
    (("replay", "7"), 2, "there is no delivery `7`"),
    (("chaos", "stripe", "--to", "https://example.com/x"), 2, "is not on this machine"),
    (("chaos", "stripe", "--kill", "1", "--to", "http://127.0.0.1:1/x"), 2, "a server of its own"),
]


@pytest.mark.parametrize(("command", "code", "reason"), REFUSED)
def test_what_is_refused(
    project: Path, routegen: Routegen, command: tuple[str, ...], code: int, reason: str
) -> None:
    ran = routegen("webhook", *command)
    assert ran.code == code and reason in ran.err
    assert ran.err.startswith("error: ") and "\n\nhint: " in ran.err


def test_a_route_with_parameters_needs_an_address(
    project: Path, receive: Receive, routegen: Routegen
) -> None:
    (project / "app/api/webhooks").rename(project / "app/api/[tenant]")
    ran = routegen("webhook", "send", "stripe", EVENT)
    assert ran.code == 1 and "`/api/[tenant]/stripe` has parameters" in ran.err


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1/x", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://localhost@example.com/", False),
    ],
)
def test_what_is_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_a_noted_server_elsewhere_is_not_believed(
    project: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = project / ".routegen/cache"
    cache.mkdir(parents=True)
    (cache / "server.json").write_text('{"url": "https://example.com"}')
    from routegen.lab.target import target
    from routegen.project import find_project

    assert target(find_project(), "stripe").url == "http://127.0.0.1:8000/api/webhooks/stripe"


def test_a_real_project_is_killed_and_loses_nothing(
    tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET", raising=False)
    root = create("shop").root
    monkeypatch.chdir(root)
    assert routegen("add", "webhook", "stripe", "--inbox").code == 0
    upgrade(root)
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET", raising=False)
    inbox = root / "lib/inbox.py"
    inbox.write_text(inbox.read_text().replace("Inbox(database)", "Inbox(database, lease=1.0)"))
    ran = routegen("webhook", "chaos", "stripe", "--count", "20", "--kill", "2")
    assert ran.code == 0, ran.out + ran.err
    assert " 2 kills\n" in ran.out and "genuine events not answered in time: 0\n" in ran.out
    assert "\nlost: 0\napplied twice: 0\npassed\n" in ran.out
    assert not os.environ.get("STRIPE_WEBHOOK_SECRET"), "`.env` is read, not set"
