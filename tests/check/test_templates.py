"""Generated code against all rules: clean as it is written, and reported as soon as its safety is taken out."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.check import Finding, check, read_selection
from routegen.check.files import find_targets
from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply

CATALOG = Catalog.of()
PROVIDERS = CATALOG.provider_names("webhook")
ARGUMENTS = {
    "crud": ("users",),
    "dynamic": ("posts/[slug]",),
    "action": ("contact", "name:str", "email:email"),
}
GUARDED = [pattern.name for pattern in CATALOG.patterns() if pattern.guard]


def requests(name: str, *, guard: bool | None) -> list[AddRequest]:
    """What a project is asked to add of one pattern: every provider, or one place."""
    pattern = CATALOG.pattern(name)
    if pattern.argument.kind == "provider":
        return [AddRequest(name, (provider,)) for provider in CATALOG.provider_names(name)]
    return [AddRequest(name, ARGUMENTS.get(name, ("things",)), guard=guard)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, bool], Path]:
    """A project with everything of one pattern, open or guarded, made once."""
    known: dict[tuple[str, bool], Path] = {}

    def make(name: str, guarded: bool) -> Path:
        if (name, guarded) not in known:
            root = create(str(tmp_path_factory.mktemp(name) / "shop")).root
            wanted = requests(name, guard=guarded if name in GUARDED else None)
            for request in [AddRequest("protected"), *wanted] if guarded else wanted:
                apply(root, prepare(find_project(root), request).changes)
            known[name, guarded] = root
        return known[name, guarded]

    return make


def findings(root: Path) -> list[Finding]:
    """All that all rules find."""
    checked = check(find_targets([root]), read_selection({}, preview=True))
    assert checked.errors == []
    return checked.findings


CASES = [(pattern.name, False) for pattern in CATALOG.patterns()] + [(name, True) for name in GUARDED]


@pytest.mark.parametrize(("name", "guarded"), CASES)
def test_every_template_is_clean(made: Callable[[str, bool], Path], name: str, guarded: bool) -> None:
    assert findings(made(name, guarded)) == []


def changed(root: Path, file: Path, pattern: str, replacement: str) -> list[Finding]:
    """What is found once a part of a generated file is taken out; the file is put back."""
    text = file.read_text()
    mutated = re.sub(pattern, replacement, text, flags=re.DOTALL)
    assert mutated != text, f"nothing to take out of {file}"
    file.write_text(mutated)
    try:
        return findings(root)
    finally:
        file.write_text(text)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_webhook_that_verifies_no_more_is_reported(
    made: Callable[[str, bool], Path], provider: str
) -> None:
    root = made("webhook", False)
    file = root / "app" / "api" / "webhooks" / provider / "route.py"
    found = changed(root, file, r"await webhooks\.receive\(.*?\n    ?\)?", "await request.json()\n    ")
    assert "RG201" in {finding.code for finding in found if finding.path == file}


@pytest.mark.parametrize("name", [name for name in GUARDED if name in ("crud", "upload")])
def test_a_guard_that_is_taken_out_is_reported(made: Callable[[str, bool], Path], name: str) -> None:
    root = made(name, True)
    for file in root.glob("app/**/route.py"):
        if (
            re.search(r"def (POST|PUT|DELETE)", text := file.read_text())
            and ": SignedIn" in text
            and "EXPOSE" not in text
        ):
            found = changed(root, file, r"\n    caller: SignedIn,", "")
            assert "RG501" in {finding.code for finding in found if finding.path == file}, file


@pytest.mark.parametrize("name", [name for name in GUARDED if name in ("crud", "upload")])
def test_an_open_handler_that_does_not_say_so_is_reported(
    made: Callable[[str, bool], Path], name: str
) -> None:
    root = made(name, False)
    for file in root.glob("app/**/route.py"):
        if "EXPOSE" in file.read_text() and re.search(r"def (POST|PUT|DELETE)", file.read_text()):
            found = changed(root, file, r'EXPOSE = "\w+"\n', "")
            assert "RG501" in {finding.code for finding in found if finding.path == file}, file
