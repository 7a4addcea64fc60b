"""Every provider folder is whole, what is signed verifies, and a new provider is one new folder."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from routegen import webhooks
from routegen.errors import ProjectError, UsageError
from routegen.webhooks.registry import OWN
from tests.webhooks import senders

NAMES = webhooks.providers()
EVENTS = [(name, event) for name in NAMES for event in webhooks.find(name).events]


def test_the_providers_are_these() -> None:
    assert set(NAMES) >= {
        *(
            "stripe",
            "github",
            "shopify",
            "slack",
            "twilio",
            "sendgrid",
            "paddle",
            "standard",
            "gitlab",
            "linear",
        ),
        *(
            "discord",
            "square",
            "mailgun",
            "zoom",
            "lemonsqueezy",
            "hubspot",
            "intercom",
            "typeform",
            "custom",
        ),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_is_whole(name: str) -> None:
    scheme = webhooks.find(name)
    assert scheme.name == name and scheme.title
    assert scheme.docs.startswith("https://")
    assert scheme.variables and all(re.fullmatch(r"[A-Z][A-Z0-9_]+", v) for v in scheme.variables)
    assert len(scheme.events) >= 2
    assert scheme.types
    assert all(s.send or s.stamp for s in scheme.signatures)
    assert not scheme.signs_url or scheme.url_variable in scheme.variables
    assert 1024 <= scheme.body_limit <= 26 * 1024 * 1024
    delivery = scheme.delivery
    assert delivery.policy
    assert delivery.takes(delivery.answer) and not delivery.takes(delivery.rejection)
    assert delivery.answer == 200  # all of them take it, and some take nothing else
    assert not delivery.takes(500)
    assert delivery.deadline is None or 1 <= delivery.deadline <= 60
    assert list(delivery.retries) == [r for r in delivery.retries if r >= 0]


@pytest.mark.parametrize("name", ["linear", "lemonsqueezy", "mailgun"])
def test_some_take_200_only(name: str) -> None:
    delivery = webhooks.find(name).delivery
    assert [status for status in range(200, 300) if delivery.takes(status)] == [200]


@pytest.mark.parametrize(("name", "event"), EVENTS, ids=str)
def test_a_sample_event_is_signed_verified_and_named(name: str, event: str) -> None:
    sent = senders.deliver(name, event)
    outcome = senders.verify(name, sent)
    assert outcome, outcome
    assert outcome.provider == name
    assert outcome.type == event
    assert outcome.id and outcome.id == outcome.id.strip()
    assert outcome.id == senders.verify(name, sent).id  # pyright: ignore[reportAttributeAccessIssue]
    declared = webhooks.find(name).ids
    assert outcome.id.startswith("sha256:") is (not declared or event in NAMELESS)
    if any(s.timestamp for s in webhooks.find(name).signatures if s.name == outcome.signature):
        assert outcome.timestamp == pytest.approx(senders.NOW)


NAMELESS = {"url_verification"}
"""Slack's challenge has no id."""


@pytest.mark.parametrize("name", [n for n in NAMES if webhooks.find(n).batch])
def test_a_batch_gives_each_event(name: str) -> None:
    events = list(webhooks.find(name).events.values())[:2]
    sent = webhooks.compose(name, body=events, secret=senders.keys(name)[0], now=senders.NOW, url=senders.URL)
    outcome = senders.verify(name, sent)
    assert outcome and outcome.type == "batch" and outcome.id.startswith("sha256:")
    assert [event.payload for event in outcome.events] == events
    assert len({event.id for event in outcome.events}) == 2
    assert all(event.type and not event.id.startswith("sha256:") for event in outcome.events)


@pytest.mark.parametrize("way", senders.WAYS)
def test_every_way_to_sign_verifies(way: str) -> None:
    sent = senders.deliver(way)
    outcome = senders.verify(way, sent)
    assert outcome and f"{outcome.provider}:{outcome.signature}" == way
    assert not senders.verify(way, replace(sent, body=sent.body[:-2] + b" }")) or way in UNCOVERED
    assert not senders.verify(way, sent, secrets=["another", "whsec_YW5vdGhlcg=="])
    pairs = [(name.upper().encode(), value.encode()) for name, value in sent.headers.items()]
    again = webhooks.verify(
        way,
        headers=pairs,
        body=sent.body,
        secrets=[b"", "another", senders.keys(way)[1]],
        now=senders.NOW,
        url=sent.url,
    )
    assert again and again.id == outcome.id and again.secret_index == 2


UNCOVERED = {"gitlab:token", "mailgun:body"}
"""Schemes that do not cover the body."""


def test_a_weak_way_is_used_only_when_it_is_asked_for() -> None:
    sent = senders.deliver("hubspot:v1")
    assert senders.verify("hubspot:v1", sent)
    assert not senders.verify("hubspot", sent)


@pytest.mark.parametrize(("alias", "header"), [
    ("svix", "svix-id"), ("clerk", "svix-id"), ("resend", "svix-id"), ("openai", "webhook-id"),
])  # fmt: skip
def test_an_alias(alias: str, header: str) -> None:
    sent = webhooks.compose(alias, body={"type": "user.created"}, secret=senders.STANDARD, id="msg_1")
    assert sent.headers[header] == "msg_1"
    outcome = webhooks.verify(alias, headers=sent.headers, body=sent.body, secrets=senders.STANDARD)
    assert outcome and (outcome.provider, outcome.id, outcome.type) == (alias, "msg_1", "user.created")
    assert webhooks.verify("standard", headers=sent.headers, body=sent.body, secrets=senders.STANDARD)
    scheme = webhooks.find(alias)
    assert scheme.variables == (f"{alias.upper()}_WEBHOOK_SECRET",)
    assert alias in scheme.docs and scheme.title.lower() == alias
    assert list(scheme.events) == OWN_EVENTS.get(alias, list(webhooks.find("standard").events))


OWN_EVENTS = {"clerk": ["user.created"], "resend": ["email.delivered"], "openai": ["response.completed"]}


def test_sign_gives_the_headers_of_a_body_as_it_is() -> None:
    body = b'{"id": "evt_1",  "type": "x"}'
    headers = webhooks.sign("stripe", body=body, secret="whsec_x", now=senders.NOW)
    assert set(headers) == {"Content-Type", "Stripe-Signature"}
    assert webhooks.verify("stripe", headers=headers, body=body, secrets="whsec_x", now=senders.NOW)


def test_sign_cannot_sign_in_the_body_or_the_url() -> None:
    with pytest.raises(UsageError, match="signs inside the body"):
        webhooks.sign("mailgun", body=b"{}", secret="x")
    with pytest.raises(UsageError, match="signs this body in the URL"):
        webhooks.sign("twilio", body=b'{"a": 1}', secret="x", url="https://example.com/")


def test_twilio_signs_json_in_the_url() -> None:
    sent = webhooks.compose("twilio", body=b'{"a": 1}', secret="x", url="https://example.com/x")
    assert sent.url is not None and "?bodySHA256=" in sent.url
    assert webhooks.verify("twilio", headers=sent.headers, body=sent.body, secrets="x", url=sent.url)
    for body in (b"", b'{"a": 2}', b"a=1"):  # also when the content type says that it is a form
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            headers = sent.headers | {"Content-Type": kind}
            assert not webhooks.verify("twilio", headers=headers, body=body, secrets="x", url=sent.url)


PROVIDER = """
title = "Acme"
docs = "https://acme.example.com/webhooks"

[[variables]]
name = "ACME_SECRET"
comment = "From Acme"

[scheme.event]
id = ["{json:event.uid}"]
type = ["{header:X-Acme-Event}"]

[[scheme.signatures]]
name = "sha256"
header = "X-Acme-Signature"
signed = "{timestamp}|{method}|{body}"
timestamp = "{header:X-Acme-Time}"
unit = "milliseconds"
tolerance = 60
[scheme.signatures.send]
X-Acme-Signature = "{signature}"
X-Acme-Time = "{timestamp}"
X-Acme-Event = "{type}"

[scheme.delivery]
success = "200-202"
policy = "never"
"""


ALIAS = """
[scheme.aliases.acme-pay]
title = "Acme Pay"
docs = "https://pay.acme.example.com"
variable = "ACME_PAY_SECRET"
signature = "sha1"
events = ["paid"]

"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a provider of its own, and the current folder inside it."""
    folder = tmp_path / OWN / "patterns/webhook/providers/acme"
    (folder / "events").mkdir(parents=True)
    (folder / "provider.toml").write_text(PROVIDER)
    (folder / "events" / "thing%2Fmade.json").write_text('{"event": {"uid": "u1"}}')
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    return tmp_path


def test_a_new_provider_is_one_folder(project: Path) -> None:
    assert "acme" in webhooks.providers() and "stripe" in webhooks.providers()
    assert "acme" in webhooks.providers(project)
    scheme = webhooks.find("acme")
    sent = webhooks.compose("acme", body=scheme.events["thing/made"], secret="s", event="thing/made")
    outcome = webhooks.verify("acme", headers=sent.headers, body=sent.body, secrets="s")
    assert outcome and (outcome.id, outcome.type) == ("u1", "thing/made")
    assert not webhooks.verify("acme", headers=sent.headers, body=sent.body, secrets="s", method="PUT")
    assert scheme.delivery.takes(202) and not scheme.delivery.takes(204)


def test_a_folder_of_ones_own_wins(project: Path, checkout: Path) -> None:
    own = project / OWN / "patterns/webhook/providers"
    folder = next((checkout / "templates/patterns/webhook").glob("*/slack"))
    shutil.copytree(folder, own / "slack")
    file = own / "slack/provider.toml"
    file.write_text(file.read_text().replace('title = "Slack"', 'title = "Our Slack"'))
    assert webhooks.find("slack", project).title == "Our Slack"
    assert webhooks.load(own / "slack").title == "Our Slack"


def test_providers_are_found_inside_an_installed_package(
    tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from routegen import shipped

    package = tmp_path / "routegen"
    shutil.copytree(checkout / "templates/patterns/webhook", package / "templates/patterns/webhook")
    monkeypatch.setattr(shipped, "__file__", str(package / "shipped.py"))
    assert shipped.templates_dir.__wrapped__() == package / "templates"


@pytest.mark.parametrize(("name", "message", "hint"), [
    ("strpe", "there is no provider `strpe`", "did you mean `stripe`?"),
    ("clerc", "there is no provider `clerc`", "did you mean `clerk`?"),
    ("paypal", "there is no provider `paypal`", "providers: clerk, custom, discord"),
    ("hubspot:v9", "`hubspot` does not sign as `v9`", "hubspot:v3"),
    ("../stripe", "there is no provider `../stripe`", "stripe"),
])  # fmt: skip
def test_an_unknown_provider(name: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        webhooks.verify(name, headers={}, body=b"", secrets="x")
    assert message in caught.value.message and hint in caught.value.hint


@pytest.mark.parametrize(("old", "new", "message"), [
    ('title = "Acme"', "", "`title` is missing"),
    ("{timestamp}|", "{timestmp}|", "`{timestmp}`"),
    ("{timestamp}|", "{header}|", "needs an argument"),
    ("{timestamp}|", "{body:x}|", "takes no argument"),
    ("{timestamp}|", "{timestamp|", "a brace that belongs to no token"),
    ('name = "sha256"', 'name = "sha256"\nalgoritm = "token"', "`algoritm` means nothing here"),
    ('name = "sha256"', 'name = "sha256"\nalgorithm = "md5"', "is none of hmac-sha256"),
    ('name = "sha256"', 'name = "sha256"\nalgorithm = "sha256"', "proves nothing"),
    ('name = "sha256"', 'name = "sha256"\nalgorithm = "ed25519"', "with a key of the form `text`"),
    ('name = "sha256"', 'name = "sha256"\nencoding = "plain"', "in the encoding `plain`"),
    ('name = "sha256"', 'name = "sha256"\nbody = "a.b"', "needs one of `header` and `body`"),
    ('timestamp = "{header:X-Acme-Time}"', "", "has a `tolerance` but no `timestamp`"),
    ('success = "200-202"', 'success = "2xx"', "no range of statuses"),
    ('policy = "never"', "", "`policy` is missing"),
    ("tolerance = 60", "tolerance = true", "`tolerance` is no int"),
    ("[scheme.delivery]", f"{ALIAS}[scheme.delivery]", "alias `acme-pay`: there is no signature `sha1`"),
    ("[scheme.delivery]", f"{ALIAS.replace('sha1', 'sha256')}[scheme.delivery]", "there is no event `paid`"),
    ("[scheme.delivery]", f"{ALIAS.replace('docs', 'doc')}[scheme.delivery]", "`docs` is missing"),
    ("[scheme.delivery]", "[[scheme.handshakes]]\nstatus = 200\n[scheme.delivery]", "needs one of"),
])  # fmt: skip
def test_a_wrong_manifest_says_what_is_wrong(project: Path, old: str, new: str, message: str) -> None:
    file = project / OWN / "patterns/webhook/providers/acme/provider.toml"
    assert old in PROVIDER
    file.write_text(PROVIDER.replace(old, new, 1))
    with pytest.raises(ProjectError, match=re.escape(message)):
        webhooks.load(file.parent)


def test_a_scheme_made_of_options() -> None:
    scheme = webhooks.custom(
        header="X-Foo-Signature",
        prefix="v2=",
        split=",",
        signed="{timestamp}.{url}.{body}",
        timestamp="{entry:t=}",
        tolerance=30,
        encoding="base64",
        id="{header:X-Foo-Id}",
        type="{json:kind}",
    )
    sent = webhooks.compose(
        scheme, body={"kind": "made"}, secret="s", url="https://x.example/", id="7", now=senders.NOW
    )

    def verify(now: float = senders.NOW, secret: str = "s") -> webhooks.Verified | webhooks.Rejected:
        return webhooks.verify(
            scheme, headers=sent.headers, body=sent.body, secrets=secret, url=sent.url, now=now
        )

    outcome = verify()
    assert outcome and (outcome.id, outcome.type) == ("7", "made")
    assert not verify(senders.NOW + 31) and not verify(senders.NOW - 31) and not verify(secret="t")
    with pytest.raises(ValueError, match="a tolerance needs a timestamp"):
        webhooks.custom(tolerance=30)
