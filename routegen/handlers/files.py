"""The files of a project as modules that see each other; what an import means is each language's own."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from routegen.handlers.function import Module
from routegen.handlers.source import Source, SourceError
from routegen.handlers.trail import Trail


class ProjectFiles(ABC):
    """The files of a project. `trail` says which of them were looked into.

    `contents` are those of files that are not what the disk says.
    """

    def __init__(
        self, root: Path, paths: Iterable[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
    ) -> None:
        self.root = root
        self._contents = contents
        self.paths = {str(path) for path in paths}
        self.trail = Trail()
        self._modules: dict[str, Module | None] = {}

    def add(self, source: Source) -> Module:
        """The module of a file that was read."""
        key = str(source.path)
        module = self._modules.get(key)
        if module is None or module.source is not source:
            module = self._names(source)
            module.files = self
            self._modules[key] = module
        return module

    def forget(self, path: Path) -> None:
        """Give back the memory of a file that was checked."""
        module = self._modules.pop(str(path), None)
        if module is not None:
            module.shared.clear()

    def at(self, path: str) -> Module | None:
        """The module of a file, or None when it cannot be read or was not written by hand."""
        self.trail.looked(path)
        if path not in self._modules:
            self._modules[path] = None
            try:
                source = self._read(Path(path))
            except SourceError:
                return None
            if source is not None:
                self.add(source)
        return self._modules[path]

    @abstractmethod
    def find(self, importer: Module, dotted: str) -> tuple[Module, str] | None:
        """The file that `dotted` names where `importer` imports it, and what is left of the name."""

    @abstractmethod
    def _read(self, path: Path) -> Source | None:
        """Read a file; None for one that is not looked into. Raises SourceError when it cannot be read."""

    @abstractmethod
    def _names(self, source: Source) -> Module:
        """What the file binds."""
