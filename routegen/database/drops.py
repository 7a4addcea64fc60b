"""Finds in the source of a migration what would lose data, so that it is shown before it runs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CALLS = {"drop_table", "drop_column"}
_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN|DATABASE|SCHEMA)|TRUNCATE|DELETE\s+FROM)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drop:
    """A statement that loses data, and where it stands."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.text}"


def drops_of(file: Path) -> tuple[Drop, ...]:
    """What running the migration forwards would drop: the calls of Alembic, and SQL that says so.

    Whatever stands outside of `downgrade` counts. A string that a program puts together is not seen.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    forwards = [
        node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")
    ]
    return tuple(Drop(file.name, node.lineno, text) for part in forwards for node, text in _drops(part))


def _drops(part: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(part):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CALLS:
            yield node, f"{node.func.attr}({', '.join(ast.unparse(argument) for argument in node.args)})"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
            yield node, " ".join(node.value.split())[:80]
