"""Every type of field with every mark it can have: the code is clean, strictly typed, and passes its own tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from routegen.project import find_project
from routegen.scaffold.add import prepare
from routegen.scaffold.new import create
from routegen.scaffold.plan import AddRequest
from routegen.scaffold.write import apply

DEFAULTS = {
    "str": "a new one",
    "str(1)": "x",
    "text": "a new one",
    "int": "-42",
    "float": "-1.5",
    "decimal": "19.99",
    "decimal(18,17)": "1.5",
    "bool": "true",
    "date": "2026-12-31",
    "datetime": "2026-12-31T23:59:59Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "ada@example.com",
    "url": "https://example.com/a",
    "enum(a,b-c,1.0)": "b-c",
}
NEVER_UNIQUE = ("text", "bool", "float", "enum(a,b-c,1.0)")


def fields() -> dict[str, list[str]]:
    """The fields of three tables, by the table's name; the longest names there can be, and keywords of SQL."""
    found: dict[str, list[str]] = {"orders": [], "people": [], "groups": []}
    for number, (kind, default) in enumerate(DEFAULTS.items()):
        plain = f"{'abcdefghijklmnopqrstuvwxyz'[number]}{'x' * 25}"
        found["orders"] += [f"{plain}a:{kind}", f"{plain}b:{kind}?", f"{plain}c:{kind}={default}"]
        found["people"] += [f"{plain}a:{kind}?={default}"]
        if kind not in NEVER_UNIQUE:
            found["people"] += [f"{plain}b:{kind}!", f"{plain}c:{kind}?!"]
    found["orders"] += [
        "data:json",
        "meta:json?",
        "select:str",
        "user:str",
        "group:int?",
        "secret:str",
        "token:str?",
    ]
    found["groups"] += [
        "order:ref:orders",
        "owner:ref:orders?",
        "one:ref:orders!",
        "parent:ref:groups?",
        "table:str",
    ]
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["open", "guarded"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the tables."""
    root = create(str(tmp_path_factory.mktemp("fields") / "shop")).root
    requests = [AddRequest("crud", (name, *texts)) for name, texts in fields().items()]
    long = "organisational-responsibilities"
    requests += [AddRequest("crud", (long, "group:ref:groups")), AddRequest("dynamic", (f"x/{long}/[id]",))]
    requests += [AddRequest("dynamic", ("x/orders/[user]/[group]",))]
    for wanted in [AddRequest("protected"), *requests] if request.param else requests:
        addition = prepare(find_project(root), wanted)
        addition.refuse_conflicts()
        apply(root, addition.changes)
    return root


def ran(*command: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_formatted_and_clean(project: Path) -> None:
    ran("ruff", "check", "--no-cache", ".", cwd=project)
    ran("ruff", "format", "--check", "--diff", "--no-cache", ".", cwd=project)
    ran("routegen", "check", ".", cwd=project)


def test_it_is_strictly_typed(project: Path) -> None:
    settings = {"typeCheckingMode": "strict", "include": ["app", "lib", "migrations", "tests"]}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    ran("pyright", "--pythonpath", sys.executable, "-p", str(project), cwd=project)
    (project / "pyrightconfig.json").unlink()


def test_its_own_tests_pass(project: Path) -> None:
    ran(
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "created or unique or refers or missing or deleted",
        cwd=project,
    )
