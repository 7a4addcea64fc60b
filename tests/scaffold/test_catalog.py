from pathlib import Path

import pytest

from routegen.errors import ProjectError, UsageError
from routegen.scaffold.catalog import Catalog
from routegen.shipped import templates_dir
from tests.command import Routegen

PATTERN = """\
version = 1
summary = "Answer that all is well"
use = "a load balancer asks"
avoid = "anything else"
example = "health"
route = "/health"
next = ["curl http://127.0.0.1:8000{url}"]
[argument]
kind = "route"
metavar = "NAME"
required = false
[[files]]
template = "route.py.jinja"
target = "{app}/{route}/route.py"
"""
PROVIDER = """\
title = "Acme"
docs = "https://acme.example/webhooks"
[[variables]]
name = "ACME_SECRET"
comment = "From Acme"
generate = "acme_{secret}"
[scheme.event]
id = ["{json:id}"]
type = ["{json:type}"]
[[scheme.signatures]]
name = "hex"
header = "X-Acme-Signature"
send = { X-Acme-Signature = "{signature}" }
[scheme.delivery]
policy = "every minute"
"""


def written(root: Path, files: dict[str, str]) -> None:
    for relative, text in files.items():
        target = root / ".routegen/templates" / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def test_all_that_is_shipped_can_be_read() -> None:
    catalog = Catalog.of()
    assert catalog.folders == (templates_dir(),)
    assert catalog.pattern_names() == [
        *("action", "crud", "dynamic", "page", "protected", "stream", "upload", "webhook")
    ]
    assert len(catalog.provider_names("webhook")) == 19
    assert {"SESSION_SECRET", "STRIPE_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET"} <= set(catalog.variables())


def test_every_template_is_used() -> None:
    used = {f"project/{file.template}" for file in Catalog.of().project().files}
    assert "project/lib.py.jinja" in used
    for pattern in Catalog.of().patterns():
        folders = [f"patterns/{pattern.name}"]
        folders += [f"{folders[0]}/providers/{name}" for name in Catalog.of().provider_names(pattern.name)]
        used |= {f"{folder}/{file.template}" for folder in folders for file in pattern.files}
    shipped = {path.relative_to(templates_dir()).as_posix() for path in templates_dir().rglob("*.jinja")}
    assert shipped <= used


def test_a_pattern_is_one_folder(project: Path, routegen: Routegen) -> None:
    route = 'async def GET() -> dict[str, bool]:\n    return {"ok": True}\n'
    written(project, {"patterns/health/pattern.toml": PATTERN, "patterns/health/route.py.jinja": route})
    assert "a load balancer asks" in routegen("add").out
    ran = routegen("add", "health")
    assert ran.code == 0 and "  curl http://127.0.0.1:8000/health\n" in ran.out
    assert (project / "app/health/route.py").read_text() == route


def test_a_provider_is_one_folder(project: Path, routegen: Routegen) -> None:
    folder = "patterns/webhook/providers/acme"
    written(
        project,
        {
            f"{folder}/provider.toml": PROVIDER,
            f"{folder}/route.py.jinja": '"""{{ id }} from {{ provider.title }}."""\n',
            f"{folder}/events/ping.json": '{"n": 1}\n',
        },
    )
    assert "webhook providers: acme, clerk, custom, discord, " in routegen("add").out
    assert routegen("add", "webhook", "acme").code == 0
    route = project / "app/api/webhooks/acme/route.py"
    assert route.read_text() == '"""/api/webhooks/acme from Acme."""\n'
    assert 'webhooks.find("acme")' in (project / "tests/api/webhooks/test_acme.py").read_text()
    assert "ACME_SECRET=acme_" in (project / ".env").read_text()


def test_a_project_has_its_own_templates(project: Path, routegen: Routegen) -> None:
    written(project, {"patterns/stream/route.py.jinja": "# ours: {{ id }}\n"})
    assert routegen("add", "stream").code == 0
    assert (project / "app/api/stream/route.py").read_text() == "# ours: /api/stream\n"
    assert (project / "tests/api/test_stream.py").is_file(), "the rest is routegen's"


WRONG = [
    ("patterns/stream/pattern.toml", "version = ", "is no manifest"),
    ("patterns/stream/pattern.toml", 'summary = "x"', "`version` is missing"),
    (
        "patterns/stream/pattern.toml",
        PATTERN.replace('"route"', '"rout"'),
        "is none of provider, resource, route",
    ),
    ("patterns/stream/pattern.toml", f"colour = 1\n{PATTERN}", "`colour` means nothing here"),
    ("patterns/stream/pattern.toml", PATTERN.replace("version = 1", 'version = "1"'), "`version` is no int"),
    (
        "patterns/stream/pattern.toml",
        PATTERN.replace("route.py.jinja", "gone.jinja"),
        "no template `patterns/stream/gone",
    ),
    ("patterns/stream/route.py.jinja", "{{ nobody }}", "'nobody' is undefined"),
    ("patterns/stream/route.py.jinja", "\n{% if %}", "route.py.jinja:2`"),
]


@pytest.mark.parametrize(("template", "text", "reason"), WRONG)
def test_a_wrong_template_is_named(
    project: Path, routegen: Routegen, template: str, text: str, reason: str
) -> None:
    written(project, {template: text})
    ran = routegen("add", "stream")
    assert ran.code == 1
    assert reason in ran.err
    assert not (project / "app/api/stream").exists()


def test_a_template_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "x.jinja").write_bytes(b"\xff")
    with pytest.raises(ProjectError):
        Catalog(tmp_path).read("x.jinja")
    with pytest.raises(UsageError):
        Catalog(tmp_path).pattern("anything")
