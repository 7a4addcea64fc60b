"""What `routegen add webhook` writes for a provider: its options, its types, and the limits it sets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from routegen import create_app, webhooks
from routegen.errors import UsageError
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from routegen.shipped import templates_dir

SAMPLE = [
    ("stripe",),
    ("stripe", "--thin"),
    ("discord",),
    ("hubspot",),
    ("intercom",),
    ("custom", "--signed", "{timestamp}.{body}", "--timestamp", "{header:X-Time}"),
    ("slack", "--inbox"),
    ("sendgrid", "--inbox"),
]


def add(root: Path, *words: str, path: str | None = None) -> None:
    addition = prepare(find_project(root), AddRequest("webhook", words, path))
    addition.refuse_conflicts()
    apply(root, addition.changes)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return create(str(tmp_path / "shop")).root


def test_every_provider_has_a_handler() -> None:
    own = {file.parent.name for file in templates_dir().glob("patterns/webhook/providers/*/route.py.jinja")}
    assert own == {"stripe", "discord", "custom"}, "the shared template does for the others"


def test_what_is_written_is_typed(project: Path) -> None:
    """Strictly, as the sample project is."""
    for number, words in enumerate(SAMPLE):
        add(project, *words, path=f"n{number}/{words[0]}")
    settings = {
        "include": ["app", "inbox", "lib", "tests"],
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": ["."],
    }
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "-p", str(project), "--pythonpath", sys.executable]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def github(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    add(project, "github")
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET", "new")
    monkeypatch.setenv("GITHUB_WEBHOOK_SECRET_OLD", "old")
    with TestClient(create_app(project)) as client:
        yield client


@pytest.mark.parametrize(("size", "status"), [(2 * 1024**2, 200), (25 * 1024**2, 413)])
def test_github_may_send_25_mib(github: TestClient, size: int, status: int) -> None:
    body = b'{"ref":"' + b"x" * size + b'"}'
    headers = webhooks.sign("github", body=body, secret="new", event="push")
    assert github.post("/api/webhooks/github", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(("secret", "status"), [("new", 200), ("old", 200), ("older", 400)])
def test_two_secrets_hold_while_one_is_rotated(github: TestClient, secret: str, status: int) -> None:
    headers = webhooks.sign("github", body=b"{}", secret=secret, event="push")
    assert github.post("/api/webhooks/github", content=b"{}", headers=headers).status_code == status


@pytest.mark.parametrize("name", webhooks.providers())
def test_new_keys_sign_and_verify(name: str) -> None:
    keys, others = webhooks.new_keys(name), webhooks.new_keys(name)
    scheme = webhooks.find(name)
    event = next(iter(scheme.events))
    url = "https://shop.example.com/hook"
    sent = webhooks.compose(name, body=scheme.events[event], secret=keys.signing, url=url, event=event)
    for verifying, fits in ((keys.verifying, True), (others.verifying, False)):
        outcome = webhooks.verify(
            name, headers=sent.headers, body=sent.body, secrets=verifying, url=sent.url, method="POST"
        )
        assert bool(outcome) is fits
    is_pair = scheme.signatures[0].key == "public"
    assert (keys.signing != keys.verifying) is is_pair


def test_a_secret_in_the_url_safe_alphabet_is_one() -> None:
    """As `.env` of a new project may have it."""
    for secret in ("whsec_-_-_abcd", "whsec_+/+/abcd"):
        headers = webhooks.sign("standard", body=b"{}", secret=secret)
        assert webhooks.verify("standard", headers=headers, body=b"{}", secrets="whsec_-_-_abcd")


WRONG = [
    (("--tolerance", "60"), "`--tolerance` needs `--timestamp`"),
    (("--signed", "{timestamp}.{body}"), "`--signed {timestamp}` needs `--timestamp`"),
    (("--timestamp", "{header:X-Time}"), "a timestamp that is not signed protects nothing"),
    (("--timestamp", "{json:at}", "--tolerance", "soon"), "`soon` is no value of `--tolerance`"),
    (("--signed", "{body"), "`{body` is no value of `--signed`"),
    (("--signed", '"+evil()+"'), "is no value of `--signed`"),
    (("--algorithm", "md5"), "`md5` is no value of `--algorithm`"),
]


@pytest.mark.parametrize(("words", "message"), WRONG)
def test_a_scheme_that_protects_nothing_is_refused(
    project: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        add(project, "custom", *words)
    assert message in caught.value.message and caught.value.hint


def test_options_of_a_provider_are_its_own(project: Path) -> None:
    for words in (("github", "--thin"), ("stripe", "--signed", "{body}")):
        with pytest.raises(UsageError, match="no such option"):
            add(project, *words)


def test_two_providers_share_one_inbox(project: Path) -> None:
    add(project, "stripe", "--inbox")
    add(project, "github", "--inbox")
    migrations = [file.name for file in (project / "migrations").glob("*.py")]
    assert migrations == ["0001_create_webhook_inbox.py"]
    assert {file.name for file in (project / "inbox").glob("*.py")} == {
        "__init__.py",
        "stripe.py",
        "github.py",
    }
