"""Knows the project's own modules: from which source each was made, and who imports whom."""

import ast
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

Signature = tuple[int, int, int]
"""What tells one state of a file from another: modification time in ns, size, inode (a save by rename changes it)."""

_FOREIGN = frozenset({"site-packages", "dist-packages", ".venv", "venv", "node_modules", "__pypackages__"})


def signature_of(file: str) -> Signature | None:
    """The state of a file now; None when there is none."""
    try:
        stat = os.stat(file)  # noqa: PTH116  (this is asked for each file of each request)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


SETTLE = 0.1
"""Seconds for which a file that is empty, or no Python, may still be in the middle of being written: on a busy machine an
editor may wait that long between emptying a file and filling it."""


def is_being_written(file: str) -> bool:
    """A file that is missing, or a moment old and empty or (a `.py`) no Python: an editor may not be done with it."""
    try:
        signature, source = read(file)
    except OSError:
        return True
    return _is_fresh(signature) and not _is_whole(source, file)


def read_settled(file: str) -> tuple[Signature | None, bytes]:
    """A file's state and its bytes, once its editor is done with it; for a moment only, then as it is.

    Raises:
        OSError: it cannot be read.
    """
    deadline = time.monotonic() + SETTLE
    while True:
        signature, source = read(file)
        if time.monotonic() > deadline or not _is_fresh(signature) or _is_whole(source, file):
            return signature, source
        time.sleep(SETTLE / 25)


def read(file: str) -> tuple[Signature | None, bytes]:
    """A file's state and its bytes. The state is taken first: bytes newer than it are noticed at the next look.

    Raises:
        OSError: it cannot be read.
    """
    signature = signature_of(file)
    return signature, Path(file).read_bytes()


def _is_fresh(signature: Signature | None) -> bool:
    return signature is not None and abs(time.time_ns() - signature[0]) < SETTLE * 1e9


def _is_whole(source: bytes, file: str) -> bool:
    if not file.endswith(".py"):
        return bool(source)
    try:
        compile(source, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return bool(source)


@dataclass(frozen=True, slots=True)
class Record:
    """A module of the project as it was loaded."""

    name: str
    file: str
    signature: Signature | None
    imports: frozenset[str]


class Modules:
    """The project's loaded modules. `install` makes the import system report every one, and compile it from source:
    Python's bytecode cache takes an edit of the same size within the same second for unchanged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.records: dict[str, Record] = {}
        self._closures: dict[str, tuple[Record, ...]] = {}
        self._finder = _SourceFinder(self)

    def install(self) -> None:
        """Put the finder in front of Python's own."""
        sys.meta_path.insert(0, self._finder)

    def take_in_main(self) -> None:
        """Remember `main.py`, which no import system has loaded."""
        file = self.root / "main.py"
        self.note("main", "", str(file), signature_of(str(file)), file.read_bytes())

    def uninstall(self) -> None:
        """Take the finder out again."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)

    def owns(self, file: str) -> bool:
        """Whether a file is the user's own code: below the root, and in no virtual environment."""
        try:
            parts = Path(file).relative_to(self.root).parts
        except ValueError:
            return False
        return not _FOREIGN.intersection(parts)

    def note(self, name: str, package: str, file: str, signature: Signature | None, source: bytes) -> None:
        """Remember a module that is about to run. `signature` was taken before the source was read."""
        self._closures.clear()
        self.records[name] = Record(name, file, signature, frozenset(_imports(source, package)))

    def closure(self, names: Iterable[str]) -> list[Record]:
        """The modules of these names and all project modules they import, directly or not."""
        found: dict[str, Record] = {}
        for name in names:
            if name not in self._closures:
                self._closures[name] = tuple(self._reach(name))
            found.update((record.name, record) for record in self._closures[name])
        return list(found.values())

    def dependents(self, names: Iterable[str]) -> set[str]:
        """The given modules and all project modules that import them, directly or not."""
        found = set(names) & self.records.keys()
        waiting = list(found)
        while waiting:
            name = waiting.pop()
            for other in self.records.values():
                if other.name not in found and name in other.imports:
                    found.add(other.name)
                    waiting.append(other.name)
        return found

    def named(self, file: str) -> list[str]:
        """The modules made from a file."""
        return [record.name for record in self.records.values() if record.file == file]

    def forget(self, names: Iterable[str]) -> None:
        """Drop modules, so that the next import makes them anew. Code that runs keeps the old ones."""
        self._closures.clear()
        for name in names:
            self.records.pop(name, None)
            module = sys.modules.pop(name, None)
            parent, _, tail = name.rpartition(".")
            if module is not None and getattr(sys.modules.get(parent), tail, None) is module:
                delattr(sys.modules[parent], tail)

    def _reach(self, name: str) -> Iterator[Record]:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            record = self.records.get(waiting.pop())
            if record is not None and record.name not in seen:
                seen.add(record.name)
                yield record
                waiting += record.imports


class _SourceFinder(MetaPathFinder):
    def __init__(self, modules: Modules) -> None:
        self._modules = modules

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
            return None
        if not self._modules.owns(spec.origin):
            return None
        spec.loader = _SourceLoader(fullname, spec.origin, self._modules)
        spec.cached = None
        return spec


class _SourceLoader(SourceFileLoader):
    """Compiles from the source, whatever a bytecode cache says."""

    def __init__(self, name: str, file: str, modules: Modules) -> None:
        super().__init__(name, file)
        self._modules = modules

    def get_code(self, fullname: str) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        file = self.get_filename(fullname)
        signature, source = read_settled(file)
        package = fullname if self.is_package(fullname) else fullname.rpartition(".")[0]
        self._modules.note(fullname, package, file, signature, source)
        return self.source_to_code(source, file)


def _imports(source: bytes, package: str) -> Iterator[str]:
    """The absolute names a source imports, anywhere in it; `from a import b` may mean the module `a.b`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from _with_parents(base)
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{node.module}" if node.module else base


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])
