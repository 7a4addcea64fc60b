"""What a served project receives is kept: shown, sent again, and written as tests that pass in that project."""

import http.client
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from routegen import deliveries, webhooks
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from tests.command import Routegen
from tests.serve.live import Serving

ADDED = [
    "stripe",
    "github --inbox",
    "custom --header X-Acme --prefix v1= --signed {timestamp}.{body} --encoding base64"
    " --timestamp {header:X-Acme-Time} --id {header:X-Acme-Id}",
]
VARIABLES = (
    "DATABASE_URL",
    *("STRIPE_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET", "CUSTOM_WEBHOOK_SECRET"),
)
OWN = """\
from fastapi import Request
from routegen import operation

EXPOSE = "webhook"


async def POST(request: Request) -> str:
    return (await request.body()).decode()[:3]
"""
STRIPE = "/api/webhooks/stripe"


@dataclass(frozen=True)
class Shop:
    """A project that is served, the secrets of its `.env`, and the means to post to it and to run commands."""

    root: Path
    serving: Serving

    def secret(self, name: str) -> str:
        lines = (self.root / ".env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith(f"{name}="))

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Post as somebody else's program does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.serving.port, timeout=20)
        try:
            connection.request("POST", path, body, {"User-Agent": "Sender/1.0", **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def kept(self, name: str) -> int:
        """The number that the server tells for the next delivery of this name."""
        return int(self.serving.expect(rf"kept as #(\d+): {name}$")[1])

    def events(self) -> int:
        """How many the inbox has."""
        with closing(sqlite3.connect(self.root / "data/app.db")) as connection:
            return connection.execute("SELECT count(*) FROM webhook_inbox").fetchone()[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A project with handlers of each kind; `serve` makes its database."""
    root = create(str(tmp_path_factory.mktemp("received") / "shop")).root
    for arguments in ADDED:
        request = AddRequest("webhook", tuple(arguments.split()))
        apply(root, prepare(find_project(root), request).changes)
    for folder in ("linear", "acme"):
        file = root / f"app/api/own/{folder}/route.py"
        file.parent.mkdir(parents=True)
        file.write_text(OWN)
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        serving = Serving(root)
    yield Shop(root, serving)
    serving.stop()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


@pytest.fixture
def shop(served: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The project, as the current folder."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(served.root)
    return served


def sent(
    shop: Shop, provider: str, event: str, variable: str, path: str, **changes: str
) -> webhooks.Outgoing:
    """A delivery of the provider, with values of its payload changed."""
    scheme = webhooks.find(provider)
    body = {**scheme.events[event], **changes}
    url = f"http://127.0.0.1:{shop.serving.port}{path}"
    return webhooks.compose(
        provider, body=body, secret=shop.secret(variable), event=event, id="delivery_7", url=url
    )


def test_what_is_received_is_shown_masked_and_sent_again(shop: Shop, routegen: Routegen) -> None:
    delivery = sent(
        shop, "stripe", "checkout.session.completed", "STRIPE_WEBHOOK_SECRET", STRIPE, client_secret="cs_abc"
    )
    headers = {**delivery.headers, "Host": "elsewhere.example.com", "Cookie": "a=b"}
    assert shop.post(f"{STRIPE}?from=tunnel", delivery.body, headers) == 200
    number = shop.kept("stripe checkout.session.completed")
    file = shop.root / deliveries.FOLDER / f"{number}.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    kept = deliveries.load(shop.root, number)
    assert (kept.body, kept.status, kept.received) == (delivery.body, 200, True)

    shown = routegen("webhook", "show", str(number)).out
    assert shown.startswith(f"POST {STRIPE}?from=tunnel\n") and '"client_secret": "***"' in shown
    assert "stripe-signature: ***" in shown and "cookie: ***" in shown and "cs_abc" not in shown
    again = routegen("webhook", "replay", str(number))
    assert again.code == 0, again.err  # to this server, not to the host that the header named
    line = next(
        line for line in routegen("webhook", "list").out.splitlines() if line.startswith(f"{number} ")
    )
    assert line.split()[1:3] == ["received", "200"] and "stripe" in line and f"{STRIPE}?from=tunnel" in line


def test_what_is_refused_is_kept_and_verifies_when_it_is_sent_again(shop: Shop, routegen: Routegen) -> None:
    delivery = sent(shop, "github", "push", "GITHUB_WEBHOOK_SECRET", "/api/webhooks/github")
    headers = {**delivery.headers, "X-Hub-Signature-256": "sha256=00"}
    assert shop.post("/api/webhooks/github", delivery.body, headers) == 400
    number = shop.kept("github push")
    kept = deliveries.load(shop.root, number)
    assert (kept.status, kept.event, kept.key) == (400, "push", "delivery_7")
    assert routegen("webhook", "replay", str(number)).code == 0


@pytest.mark.parametrize(("folder", "name"), [("linear", "linear Issue.create"), ("acme", "/api/own/acme")])
def test_a_handler_that_verifies_in_its_own_way(
    shop: Shop, routegen: Routegen, folder: str, name: str
) -> None:
    """The folder says who it is, if it is called like a provider; else nobody can sign it again."""
    assert shop.post(f"/api/own/{folder}", b'{"type": "Issue", "action": "create"}', {}) == 200
    number = shop.kept(name)
    assert routegen("webhook", "show", str(number)).code == 0
    if folder == "acme":
        ran = routegen("webhook", "replay", str(number))
        assert ran.code == 1 and "nothing says who sent" in ran.err and "\n\nhint: " in ran.err


def test_what_is_not_kept(shop: Shop, routegen: Routegen) -> None:
    """What the lab sends is kept by the lab; a body that was not read, and what is no webhook, by nobody."""
    before = {kept.id for kept in deliveries.latest(shop.root, 500)}
    assert routegen("webhook", "send", "stripe", "checkout.session.completed").code == 0
    assert shop.post(STRIPE, b"x" * (2**20 + 1), {}) == 413
    assert shop.post("/api/hello", b"{}", {}) == 405
    assert shop.post(STRIPE, b"{}", {}) == 400
    last = shop.kept("stripe")
    kept = {k.id: k.received for k in deliveries.latest(shop.root, 500) if k.id not in before}
    assert kept == {last - 1: False, last: True}


def test_a_scheme_of_ones_own_is_read_from_its_handler(shop: Shop, routegen: Routegen) -> None:
    event = next(iter(webhooks.find("custom").events))
    ran = routegen("webhook", "send", "custom", event, "--count", "2")
    assert ran.code == 0 and ran.out.count("delivered: ") == 2, ran.out + ran.err
    assert routegen("webhook", "chaos", "custom", "--count", "5").out.endswith("passed\n")
    number = ran.out.split()[0].removeprefix("#")
    assert routegen("webhook", "replay", number).code == 0


def test_what_is_exported_passes_in_the_project(shop: Shop, routegen: Routegen) -> None:
    """One of each kind: received and plain, with an inbox, of a scheme of its own; and the real database is left be."""
    event = next(iter(webhooks.find("custom").events))
    routegen("webhook", "send", "custom", event, "--set", 'token="s3cret"')
    routegen("webhook", "send", "github", "push")
    before = shop.events()
    wanted = {}
    for kept in deliveries.latest(shop.root, 500):
        wanted.setdefault(kept.provider, kept.id)
    for provider in ("stripe", "github", "custom"):
        ran = routegen("webhook", "export", str(wanted[provider]), "--pytest")
        assert ran.code == 0, ran.err
        assert "s3cret" not in ran.out and ("webhooks.custom(" in ran.out) is (provider == "custom")
        (shop.root / f"tests/test_captured_{provider}.py").write_text(ran.out)
    files = [str(file) for file in shop.root.glob("tests/test_captured_*.py")]
    for command in (
        ["pytest", "-q", "-p", "no:cacheprovider"],
        ["ruff", "check", "--no-cache"],
        ["ruff", "format", "--check", "--diff", "--no-cache", "--line-length", "110"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", *command, *files],
            cwd=shop.root,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert shop.events() == before > 0
