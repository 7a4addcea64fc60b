"""What routegen depends on: all that is used and nothing else, under licences that anyone may pass on, without known holes."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from routegen.extras import install_hint
from routegen.scaffold.catalog import Catalog
from tests import bounds

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

MODULES = {"python-multipart": "python_multipart", "python-dotenv": "dotenv"}
"""Distributions whose module has another name."""

BROUGHT_ALONG = {
    "pydantic_core": "Pydantic pins the one version of it that it works with",
    "lib": "the project's own",
    "main": "the project's own",
}
"""Modules that are imported without being declared."""

NEEDED_BY_OTHERS = {
    "python-multipart": "FastAPI parses forms with it",
    "aiosqlite": "SQLAlchemy's driver of SQLite",
}

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python-2\.0|Python Software Foundation|MPL|Mozilla|Unlicense|0BSD|Zope)\b",
    re.IGNORECASE,
)
LESSER = {"psycopg", "psycopg-binary", "psycopg-pool"}
"""LGPL: used as a library, and only with the extra `postgres`."""


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def imported() -> set[str]:
    """The modules that the package imports anywhere, also inside functions; the text of templates counts as well."""
    found = imported_by_the_package()
    for file in (ROOT / "templates").rglob("*.jinja"):
        found |= set(re.findall(r"^\s*(?:import|from) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    return found


def imported_by_the_package() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "routegen").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def declared(requirements: list[str]) -> set[str]:
    """The modules that these requirements name, and not those which come along with them."""
    names = {name_of(requirement) for requirement in requirements}
    return {
        module
        for module, distributions in importlib.metadata.packages_distributions().items()
        if names & {name_of(distribution) for distribution in distributions}
    }


def installed(requirements: list[str]) -> Iterator[importlib.metadata.Distribution]:
    """The distributions behind these requirements, with all that they need in turn on this platform."""
    seen: set[str] = set()
    left = [name_of(requirement) for requirement in requirements]
    while left:
        name = left.pop()
        if name in seen or name == "routegen":
            continue
        seen.add(name)
        try:
            found = importlib.metadata.distribution(name)
        except (
            importlib.metadata.PackageNotFoundError
        ):  # for another platform, or with an extra nobody asked for
            continue
        yield found
        left += [name_of(need) for need in found.requires or () if "extra ==" not in need]


def licence(distribution: importlib.metadata.Distribution) -> str:
    metadata = distribution.metadata
    classifiers = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    stated = metadata.get("License-Expression") or " ".join(classifiers) or metadata.get("License") or ""
    return " ".join(stated.split())[:120]


def test_every_dependency_is_used() -> None:
    used = imported()
    requirements = [*PROJECT["dependencies"], *(need for needs in EXTRAS.values() for need in needs)]
    names = {name_of(requirement) for requirement in requirements} - {"routegen", *NEEDED_BY_OTHERS}
    assert [name for name in sorted(names) if MODULES.get(name, name.replace("-", "_")) not in used] == []


def test_what_is_imported_is_declared() -> None:
    everything = [*PROJECT["dependencies"], *(need for needs in EXTRAS.values() for need in needs)]
    known = declared(everything) | BROUGHT_ALONG.keys() | sys.stdlib_module_names | {"routegen"}
    assert sorted(imported_by_the_package() - known - {"_typeshed"}) == []


WITHOUT_EXTRAS = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    sys.modules[name] = None
import routegen
for found in pkgutil.walk_packages(routegen.__path__, "routegen.", onerror=lambda name: None):
    if not found.name.startswith("routegen.templates"):
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            print(found.name, error.name)
"""


def test_without_the_extras_only_what_they_are_for_is_missing_and_says_so() -> None:
    extras = declared([need for needs in EXTRAS.values() for need in needs]) - declared(
        PROJECT["dependencies"]
    )
    used = sorted(extras & imported())
    assert {"stripe", "sqlmodel", "sqlalchemy", "redis", "obstore", "cryptography"} <= set(used)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, *used], capture_output=True, text=True, check=True, timeout=120
    )
    missing = dict(line.split() for line in done.stdout.splitlines())
    assert missing
    core = {
        "actions",
        "check",
        "cli",
        "handlers",
        "pages",
        "respond",
        "routes",
        "scaffold",
        "server",
        "webhooks",
    }
    assert [name for name in missing if name.split(".")[1] in core] == []
    assert [name for name, package in missing.items() if "routegen[" not in install_hint(package)] == []


@pytest.mark.parametrize("package", sorted(bounds.FIXED))
def test_the_oldest_version_that_is_allowed_has_the_fixes_that_are_known(package: str) -> None:
    for identifier, fixed in bounds.FIXED[package].items():
        assert bounds.release(bounds.lowest()[package]) >= bounds.release(fixed), identifier


def test_every_dependency_says_how_old_it_may_be() -> None:
    everything = [*PROJECT["dependencies"], *(need for needs in EXTRAS.values() for need in needs)]
    assert [need for need in everything if ">=" not in need and not need.startswith("routegen[")] == []


def test_what_templates_require_is_no_older_than_what_routegen_does() -> None:
    catalog, lowest = Catalog.of(), bounds.lowest()
    patterns = list(catalog.patterns())
    needs = [need for pattern in patterns for need in pattern.requires]
    needs += [need for one in patterns for option in one.options for need in option.requires]
    needs += [need for provider in catalog.providers("webhook") for need in provider.requires]
    assert needs
    for need in needs:
        name, _, version = need.partition(">=")
        if name_of(name) in lowest:
            assert bounds.release(version) >= bounds.release(lowest[name_of(name)]), need


def test_every_licence_lets_routegen_be_passed_on() -> None:
    everything = [*PROJECT["dependencies"], *(need for needs in EXTRAS.values() for need in needs)]
    found = {one.name.lower().replace("_", "-"): licence(one) for one in installed(everything)}
    assert len(found) > 30
    refused = {
        name: text for name, text in found.items() if not PERMISSIVE.search(text) and name not in LESSER
    }
    assert refused == {}
    core = {one.name.lower().replace("_", "-") for one in installed(PROJECT["dependencies"])}
    assert core & LESSER == set()


def test_the_type_marker_is_shipped() -> None:
    assert (ROOT / "routegen/py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]
