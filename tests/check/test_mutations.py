"""Generated code with its safety taken out: for each piece of it, the rule that must speak up.

All patterns and providers are written into one project, once.
"""

from pathlib import Path

import pytest

from routegen.check import Finding, check, read_selection
from routegen.check.files import find_targets
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from tests.check.cuts import CUTS, PROVIDERS, Cut

REQUESTS = (
    AddRequest("protected"),
    AddRequest("crud", ("users", "name:str", "email:email!")),
    AddRequest("crud", ("notes", "text:str"), guard=False),
    AddRequest("dynamic", ("posts/[slug]",)),
    AddRequest("dynamic", ("users/[id]",), path="people/[id]"),
    AddRequest("upload", ("photos", "--resumable")),
    AddRequest("upload", ("files",), guard=False),
    AddRequest("stream"),
    AddRequest("stream", ("rows", "--kind", "ndjson")),
    AddRequest("stream", ("chat", "--kind", "ai")),
    AddRequest("stream", ("news", "--kind", "broadcast")),
    AddRequest("action", ("settings", "name:str", "email:email")),
    AddRequest("action", ("contact", "text:str"), guard=False),
    AddRequest("page", ("about",)),
    *(AddRequest("webhook", (provider,)) for provider in PROVIDERS),
    *(AddRequest("webhook", (provider, "--inbox"), path=f"inbox/{provider}") for provider in PROVIDERS),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with everything that can be added."""
    root = create(str(tmp_path_factory.mktemp("mutations") / "shop")).root
    for request in REQUESTS:
        apply(root, prepare(find_project(root), request).changes)
    page = root / "app" / "settings" / "page.py"
    page.write_text(
        "from lib.auth import User\n\n\nasync def load(user: User) -> dict[str, object]:\n    return {'user': user}\n"
    )
    return root


def found(path: Path) -> list[Finding]:
    checked = check(find_targets([path]), read_selection({}, select=["ALL"], preview=True))
    assert checked.errors == []
    return checked.findings


def test_what_is_generated_is_clean(shop: Path) -> None:
    assert found(shop) == []


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_a_safety_that_is_taken_out_is_reported(cut: Cut, shop: Path) -> None:
    path = shop / cut.file
    text = mutated = path.read_text()
    for old, new in cut.edits:
        assert old in mutated, f"nothing to take out of {cut.file}: {old}"
        mutated = mutated.replace(old, new)
    path.write_text(f"{mutated}\n{cut.imports}")
    try:
        findings = found(shop / "app" if cut.file.startswith(("lib", "app/settings")) else path)
    finally:
        path.write_text(text)
    assert cut.code in {finding.code for finding in findings}, findings
