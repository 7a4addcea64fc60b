"""Every pattern with every provider and awkward names: what is written is clean, and passes its own tests."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.new import create
from routegen.scaffold.pattern import Pattern
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply
from routegen.shipped import templates_dir

LONG = "organisational-responsibilities"
ARGUMENTS = {
    "crud": ["users", "people", "news", "v1/order-items", LONG],
    "dynamic": [
        "posts/[slug]",
        "orgs/[org]/repos/[repo]",
        "docs/[...path]",
        "shelves/[id]/books/[...chapter]",
        f"{LONG}/[id]",
        "news/[slug]",
        "news-items/[rows_id]",
    ],
}
AWKWARD = ("stripe", "custom", "discord", "hubspot", "intercom")
"""The providers that are also asked for at awkward places: one of every route template and every branch of it."""

NEEDS_ANOTHER = (["--tolerance"],)
"""Options that mean nothing alone."""

PLACES = ["thing", "teams/[id]/things", f"{LONG[:30]}/[tenant]/{LONG[:30]}"]


def requests(name: str, *, guarded: bool) -> list[AddRequest]:
    """What a project is asked to add of one pattern."""
    catalog = Catalog.of()
    pattern = catalog.pattern(name)
    if pattern.argument.kind == "provider":
        found = [found for provider in catalog.provider_names(name) for found in of_provider(name, provider)]
        return [*found, *(AddRequest(name, (alias,)) for alias in catalog.aliases(name))]
    guard = True if guarded else None
    found = [AddRequest(name, (argument,), guard=guard) for argument in ARGUMENTS.get(name, PLACES)]
    found += [AddRequest(name, words, guard=guard) for words in with_options(pattern)]
    return found if pattern.argument.required else [*found, AddRequest(name, guard=guard)]


def of_provider(name: str, provider: str) -> Iterator[AddRequest]:
    """One provider at its own place, at awkward ones, and with its options."""
    pattern = Catalog.of().pattern_for(name, (provider,))
    for place in [None, *(PLACES if provider in AWKWARD else ())]:
        yield AddRequest(name, (provider,), place and f"{place}-{provider}")
    for place, *words in with_options(pattern):
        if words[:1] not in NEEDS_ANOTHER:
            yield AddRequest(name, (provider, *words), f"{provider}/{place}")


def with_options(pattern: Pattern) -> Iterator[tuple[str, ...]]:
    """Every option of a pattern alone, every choice of it, and all options together."""
    single: list[tuple[str, ...]] = []
    for option in pattern.options:
        single += [(option.flag, value) for value in option.choices or (option.sample,)]
        if option.kind == "flag":
            single[-1] = (option.flag,)
    place = "things/[id]" if pattern.dynamic == "required" else "things"
    for number, words in enumerate(single):
        yield (f"opt{number}-{place}", *words)
    if len(pattern.options) > 1:
        together = {words[0]: words for words in single}
        yield (f"all-{place}", *(word for words in together.values() for word in words))


PROJECTS = [(pattern.name, False) for pattern in Catalog.of().patterns()] + [
    (pattern.name, True) for pattern in Catalog.of().patterns() if pattern.guard
]


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Path]:
    """A project for each pattern, open and guarded, with everything in it that the pattern is asked for."""
    made: dict[tuple[str, bool], Path] = {}
    for name, guarded in PROJECTS:
        root = create(str(tmp_path_factory.mktemp(name) / "shop")).root
        wanted = requests(name, guarded=guarded)
        for request in [AddRequest("protected"), *wanted] if guarded else wanted:
            addition = prepare(find_project(root), request)
            addition.refuse_conflicts()
            apply(root, addition.changes)
        made[name, guarded] = root
    return made


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_the_text_is_whole(projects: dict[tuple[str, bool], Path], project: tuple[str, bool]) -> None:
    for path in [path for path in projects[project].rglob("*") if path.is_file()]:
        text = path.read_text()
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        assert "\r" not in text and "\t" not in text and " \n" not in text, path
        is_page = path.suffix == ".html"  # a template of the project's own
        assert is_page or not any(mark in text for mark in ("{%", "{{", "{#")), path
        if path.suffix == ".py":
            compile(text, str(path), "exec", ast.PyCF_ONLY_AST, dont_inherit=True)


def test_ruff_finds_nothing(projects: dict[tuple[str, bool], Path]) -> None:
    for command in (["check", "--no-cache"], ["format", "--check", "--diff", "--no-cache"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *map(str, projects.values())],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_check_finds_nothing(projects: dict[tuple[str, bool], Path], project: tuple[str, bool]) -> None:
    command = [sys.executable, "-m", "routegen", "check", str(projects[project])]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_its_own_tests_pass(projects: dict[tuple[str, bool], Path], project: tuple[str, bool]) -> None:
    without = {*Catalog.of().variables(), "DATABASE_URL"}
    environment = {key: value for key, value in os.environ.items() if key not in without}
    root = projects[project]
    (root / ".env").unlink()  # a fresh clone has none
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=root,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not (root / "data").exists(), "tests leave the project as it was"


@pytest.mark.parametrize("file", sorted(templates_dir().rglob("events/*.json")), ids=lambda file: file.stem)
def test_sample_events_are_ascii_json(file: Path) -> None:
    assert isinstance(json.loads(file.read_text("ascii")), dict)
    assert "\\" not in file.read_text(), "they stand in a bytes literal"
