"""What routegen depends on: all of it is used, and under licences that anyone may pass on."""

import ast
import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]

MODULES = {"python-multipart": "python_multipart", "python-dotenv": "dotenv"}
"""Distributions whose module has another name."""

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
    found: set[str] = set()
    for file in (ROOT / "routegen").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    for file in (ROOT / "templates").rglob("*.jinja"):
        found |= set(re.findall(r"^\s*(?:import|from) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    return found


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
