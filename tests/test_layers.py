"""Who may import whom, how large a module may grow, and that nothing is left unannotated."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from routegen.routes import METHODS
from tests import imports

ROOT = Path(__file__).resolve().parents[1]
MODULES = imports.sources(ROOT / "routegen")

LIBRARY = {
    *("respond", "options", "database", "webhooks", "inbox", "uploads", "streams", "actions"),
    *("auth", "csrf", "passwords", "ratelimit", "sessions"),
}
"""What generated code imports, whether there yet or not."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "extras": set(),
    "deliveries": {"errors"},
    "shipped": {"errors"},
    "routes": {"errors"},
    "project": {"errors", "routes"},
    "handlers": {"errors", "routes"},
    "scaffold": {"errors", "shipped", "routes", "project", "handlers"},
    "check": {"errors", "routes", "project", "handlers"},
    **{name: {"errors", *LIBRARY} for name in LIBRARY},
    "webhooks": {"errors", "shipped", *LIBRARY},
    "pages": {"errors", *LIBRARY},
    "server": {"errors", "deliveries", "extras", "routes", "project", "handlers", "pages", *LIBRARY},
    "testing": {"errors", "project", "server", *LIBRARY},
    "lab": {"errors", "deliveries", "routes", "project", "webhooks", "database", "inbox"},
    "doctor": {"errors", "extras", "routes", "project", "scaffold", "server", "database"},
    "cli": {
        "errors",
        "deliveries",
        "routes",
        "project",
        "handlers",
        "scaffold",
        "check",
        "server",
        "lab",
        "webhooks",
        "database",
        "inbox",
        "doctor",
        "extras",
    },
    "__main__": {"cli"},
    "": {"server", *LIBRARY},  # routegen/__init__.py resolves its names on first use
}
"""Lower only: errors ← routes ← project, handlers ← scaffold | server | check ← cli."""

WEB = {"anyio", "fastapi", "pydantic", "starlette"}
THIRD_PARTIES: dict[str, set[str]] = {
    "handlers": {"tree_sitter", "tree_sitter_python", "tree_sitter_typescript"},
    "check": {"tree_sitter"},
    "scaffold": {"jinja2", "tomlkit"},
    "testing": {"errors", "project", "server", *LIBRARY},
    "cli": {"rich", "typer"},
    "pages": {"jinja2", "markupsafe"},
    "server": {*WEB, "dotenv", "uvicorn", "watchfiles"},
    **dict.fromkeys(LIBRARY, WEB),
    "database": {*WEB, "alembic", "dotenv", "pydantic_core", "sqlalchemy", "sqlmodel"},
    "webhooks": {*WEB, "cryptography"},
    "inbox": {"dotenv", "psycopg", "sqlalchemy", "sqlmodel"},
    "lab": {"dotenv", "sqlalchemy"},
    "doctor": {"dotenv"},
    "uploads": {*WEB, "multipart", "obstore"},
    "streams": {*WEB, "psycopg", "redis"},
    "auth": {*WEB, "sqlalchemy"},
    "sessions": {*WEB, "sqlalchemy"},
    "passwords": {"pwdlib"},
    "ratelimit": {*WEB, "limits"},
}
"""Everything else stays with the standard library. `stripe` and `click` are nobody's."""

MAX_MODULE = 400
MAX_FUNCTION = 60  # without its parameters and its docstring


def layer(module: str) -> str:
    """The part of the house that a module belongs to: `routegen.server.app` is of `server`."""
    return module.partition(".")[2].partition(".")[0]


def violations(modules: Mapping[str, str]) -> Iterator[str]:
    """Every import that the layers forbid."""
    for module, targets in sorted(imports.imports(modules).items()):
        own = layer(module)
        if own not in MAY_IMPORT:
            yield f"{module} is of no layer: add `{own}` to MAY_IMPORT"
            continue
        for target in sorted(targets):
            root = target.partition(".")[0]
            if root == "routegen":
                if layer(target) not in {own, "", *MAY_IMPORT[own]}:
                    yield f"{module} imports {target}"
            elif root not in sys.stdlib_module_names and root not in THIRD_PARTIES.get(own, set()):
                yield f"{module} imports {target}"


def test_modules_import_lower_layers_only() -> None:
    assert list(violations(MODULES)) == []


def test_there_is_no_import_cycle() -> None:
    graph = imports.imports(MODULES, for_types=False)
    graph.pop("routegen")  # names resolved on first use: an import of it is an import of nothing else
    assert imports.find_cycle(graph) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("routegen.routes.planted", "import routegen.project"),
        ("routegen.check.planted", "from routegen.server import app"),
        ("routegen.scaffold.planted", "def f():\n    from routegen.check.engine import run"),
        ("routegen.server.planted", "from routegen.cli import console"),
        ("routegen.server.planted", "import typer"),
        ("routegen.respond.planted", "from routegen.server.app import create_app"),
        ("routegen.check.planted", "import jinja2"),
        ("routegen.handlers.planted", "import fastapi"),
        ("routegen.server.planted", "import stripe"),
        ("routegen.cli.planted", "import click"),
        ("routegen.errors", "import rich"),
        ("routegen.helpers", ""),
    ],
)
def test_a_planted_import_is_found(module: str, source: str) -> None:
    assert any(module in found for found in violations({**MODULES, module: source}))


def test_a_planted_cycle_is_found() -> None:
    planted = {"routegen.a": "from routegen import b", "routegen.b": "def f():\n    from routegen.a import x"}
    assert set(imports.find_cycle(imports.imports(planted))) == {"routegen.a", "routegen.b"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_is_small_and_says_what_it_does(module: str) -> None:
    tree = ast.parse(MODULES[module])
    lines = MODULES[module].count("\n")
    assert lines <= MAX_MODULE, f"{module} has {lines} lines, the limit is {MAX_MODULE}"
    assert ast.get_docstring(tree) or not tree.body, f"{module} has no docstring"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            code = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - code[0].lineno + 1 if code else 0
            assert length <= MAX_FUNCTION, f"{module}.{node.name} has {length} lines"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_public_function_has_a_docstring(module: str) -> None:
    missing = [
        node.name
        for node in ast.parse(MODULES[module]).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in METHODS
        and not ast.get_docstring(node)
        and not any("overload" in ast.unparse(d) for d in node.decorator_list)
    ]
    assert missing == []
