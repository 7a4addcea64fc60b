"""Chaos on handlers with an inbox: the database says what came of the events, and every fault is found."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from routegen.database.migrations import upgrade
from routegen.lab.server import OwnServer
from routegen.lab.target import SERVER_FILE
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from tests.command import Routegen

PUT = "    await inbox.put(delivery)\n"
RECEIVE = '    delivery = await webhooks.receive(request, "stripe")\n'
UNCHECKED = """\
    sent = await request.json()
    found = webhooks.Event(sent["id"], sent["type"], sent)
    await inbox.put(webhooks.Verified("stripe", found.id, found.type, None, sent, (found,), b""), account=str(uuid4()))
"""
HANDLERS = {
    "right": ("", ""),
    "loses": (PUT, ""),
    "fails": (PUT, '    await inbox.put(delivery, account="fails")\n'),
    "again": (PUT, '    await inbox.put(delivery, account="again")\n'),
    "twice": (PUT, "    await inbox.put(delivery, account=str(uuid4()))\n"),
    "trusts": (RECEIVE + PUT, UNCHECKED + RECEIVE),
}
EFFECT = """

@inbox.on("stripe")
async def on_any(event: Event, session: AsyncSession) -> None:
    if event.account == "fails":
        raise RuntimeError("the shop is closed")
    if event.account == "again" and event.attempt == 1:
        raise RuntimeError("not yet")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that is served, with a handler for Stripe that is right, and one for each fault."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.setenv("STRIPE_WEBHOOK_SECRET", "")  # what `.env` sets goes with the patch
        root = create(str(tmp_path_factory.mktemp("ledger") / "shop")).root
        apply(root, prepare(find_project(root), AddRequest("webhook", ("stripe", "--inbox"))).changes)
        route = (root / "app/api/webhooks/stripe/route.py").read_text()
        for name, (old, new) in HANDLERS.items():
            assert old in route
            file = root / f"app/api/webhooks/stripe/{name}/route.py"
            file.parent.mkdir()
            file.write_text("from uuid import uuid4\n" + route.replace(old, new) if old else route)
        with (root / "inbox/stripe.py").open("a") as effects:
            effects.write(EFFECT)
        settings = root / "lib/inbox.py"
        settings.write_text(
            settings.read_text().replace("(database)", "(database, retries=(0.01,), lease=1.0)")
        )
        upgrade(root)
        patch.delenv("STRIPE_WEBHOOK_SECRET")
        with OwnServer(root) as server:
            (root / SERVER_FILE).write_text(json.dumps({"url": server.url}))
            yield root


FOUND = [
    ("right", 0, "\nlost: 0\napplied twice: 0\npassed\n"),
    ("loses", 1, "\nlost: 10\napplied twice: 0\n  lost: 10, answered, but not kept\nfailed\n"),
    ("fails", 1, "\n  lost: 10, given up: RuntimeError: the shop is closed\nfailed\n"),
    ("again", 0, "\nlost: 0\napplied twice: 0\npassed\n"),
    ("twice", 1, "\nlost: 0\napplied twice: 5\nfailed\n"),
    ("trusts", 1, "\nforged deliveries accepted: 0 of 10\n"),
]


@pytest.mark.parametrize(("handler", "code", "verdict"), FOUND)
def test_the_database_says_what_came_of_it(
    shop: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch, handler: str, code: int, verdict: str
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("STRIPE_WEBHOOK_SECRET", raising=False)
    monkeypatch.chdir(shop)
    path = f"/api/webhooks/stripe/{handler}"
    ran = routegen("webhook", "chaos", "stripe", "--to", path, "--count", "10", "--duplicates", "50")
    assert ran.code == code, ran.out + ran.err
    assert verdict in ran.out
    assert ("\n  in the inbox: " in ran.out) is (handler == "trusts")
    assert ("begun more than once: 10; " in ran.err) is (handler == "again")


def test_an_inbox_without_its_table_is_named(
    shop: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.db")
    ran = routegen("webhook", "chaos", "stripe", "--to", "/api/webhooks/stripe/right")
    assert ran.code == 1 and ran.err.startswith("error: there is no database `elsewhere.db` yet\n\nhint: ")
