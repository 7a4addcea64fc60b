"""Reads which modules and names the Python files of a project mention, without running any."""

import ast
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_NOT_OURS = {"__pycache__", "node_modules", "venv", "site-packages", "build", "dist"}


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: its text, and the dotted names of the modules that it imports."""

    text: str
    imports: frozenset[str]

    def mentions(self, distribution: str) -> bool:
        """Whether it imports the package that a requirement is for, by the usual spelling of its name."""
        return distribution.replace("-", "_") in self.imports

    def constant(self, name: str) -> str | None:
        """The text that a name is set to at the top of the file."""
        found = re.search(rf"^{name}\b[^=\n]*=\s*[\"']([^\"'\n]+)[\"']", self.text, re.MULTILINE)
        return found[1] if found else None


def sources(root: Path) -> dict[str, Source]:
    """The Python files below a project's root, by path; those that cannot be read are left out."""
    return dict(_read(root))


def users_of(target: str, files: Mapping[str, Source], others: Collection[str]) -> list[str]:
    """Those of `others` that import the module at `target`, lie in the package that it makes, or are the migration
    that follows it."""
    path = PurePosixPath(target)
    if path.suffix != ".py":
        return []
    names = [name for name in others if name != target]
    if path.name == "__init__.py":
        folder = f"{path.parent}/"
        return [name for name in names if name.startswith(folder)]
    module = ".".join(path.with_suffix("").parts)
    revision = files[target].constant("revision") if target in files else None
    return [
        name
        for name in names
        if module in files[name].imports or (revision and files[name].constant("down_revision") == revision)
    ]


def mentioned(name: str, files: Iterable[Source]) -> bool:
    """Whether a name (of a variable of the environment) stands in one of the files."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(word.search(source.text) for source in files)


def _read(root: Path) -> Iterator[tuple[str, Source]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS and not name.startswith("."))
        for name in sorted(name for name in names if name.endswith(".py")):
            file = Path(folder, name)
            try:
                text = file.read_bytes().decode("utf-8", "replace")
            except OSError:
                continue
            relative = file.relative_to(root).as_posix()
            yield relative, Source(text, frozenset(_imports(text, relative)))


def _imports(text: str, path: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from _with_parents(module)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))
