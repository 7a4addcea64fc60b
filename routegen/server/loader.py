"""Turns a `route.py` into a module: compiled from its source, in a package of its own folder.

Folder names such as `[id]`, `a-b` or `.well-known` are no Python names, so the packages are made here instead of by the
import system: `app/users/[id]` is the package `app.users.[id]`, and `from ._helpers import x` works inside it. A dot
in a folder name is written `%2E` in the package name. Two folders never share a module.
"""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from routegen.server.modules import Signature, read

Read = Callable[[str], tuple[Signature | None, bytes]]
Note = Callable[[str, str, str, Signature | None, bytes], None]
"""Called with name, package, file, the file's state and the source, before a module runs."""


class Loader:
    """Loads the modules of one app folder."""

    def __init__(self, app_dir: Path) -> None:
        self.app_dir = app_dir
        self.root_package = _root_package(app_dir)
        self.note: Note | None = None
        self._shared: dict[Path, ModuleType] = {}
        self.read: Read = read

    def name_of(self, file: Path) -> str:
        """The module name of a file in the tree: `app.users.[id].route`."""
        folders = [_escape(part) for part in file.parent.relative_to(self.app_dir).parts]
        return ".".join([self.root_package, *folders, _escape(file.stem)])

    def load(self, file: Path) -> ModuleType:
        """Run the file as a new module and return it.

        The source is compiled here and not by the import system: its bytecode cache takes an edit of the same size
        within the same second for unchanged. The module is registered before it runs (dataclasses and Pydantic look
        their own module up) and unregistered when it fails.

        Raises:
            Exception: whatever the file raises, a SyntaxError included.
        """
        package = self._package(file.parent)
        name = f"{package.__name__}.{_escape(file.stem)}"
        module = ModuleType(name)
        module.__file__ = str(file)
        module.__package__ = package.__name__
        module.__spec__ = ModuleSpec(name, None, origin=str(file))
        module.__spec__.has_location = True
        signature, source = self.read(str(file))
        if self.note is not None:
            self.note(name, package.__name__, str(file), signature, source)
        code = compile(source, str(file), "exec", dont_inherit=True)
        previous = sys.modules.get(name)
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
        except BaseException:
            sys.modules.pop(name, None)
            if previous is not None:
                sys.modules[name] = previous
            raise
        setattr(package, _escape(file.stem), module)
        return module

    def share(self, file: Path) -> ModuleType:
        """The one module of a file that many use, `actions.py`; one that somebody has imported already is that one.

        Raises:
            Exception: whatever the file raises; nothing is remembered.
        """
        if file not in self._shared:
            imported = sys.modules.get(self.name_of(file))
            is_it = imported is not None and getattr(imported, "__file__", None) == str(file)
            self._shared[file] = imported if imported is not None and is_it else self.load(file)
        return self._shared[file]

    def forget(self, file: Path) -> None:
        """Load a shared module anew when it is asked for next."""
        self._shared.pop(file, None)

    def forget_folders(self) -> None:
        """Let go of the packages whose folders are there no more."""
        for name, package in list(sys.modules.items()):
            place = next(iter(getattr(package, "__path__", ())), None) if package else None
            if place and name.startswith(f"{self.root_package}.") and not Path(place).is_dir():
                del sys.modules[name]
                parent, _, tail = name.rpartition(".")
                vars(sys.modules.get(parent, package)).pop(tail, None)

    def _package(self, folder: Path) -> ModuleType:
        relative = folder.relative_to(self.app_dir)
        package = _ensure_package(self.root_package, self.app_dir, None)
        path = self.app_dir
        for part in relative.parts:
            path = path / part
            package = _ensure_package(f"{package.__name__}.{_escape(part)}", path, package)
        return package


def _escape(name: str) -> str:
    return name.replace("%", "%25").replace(".", "%2E") if "." in name or "%" in name else name


def _ensure_package(name: str, folder: Path, parent: ModuleType | None) -> ModuleType:
    package = sys.modules.get(name)
    if package is not None:
        return package
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    package.__package__ = name
    package.__spec__ = ModuleSpec(name, None, is_package=True)
    package.__spec__.submodule_search_locations = [str(folder)]
    sys.modules[name] = package
    init = folder / "__init__.py"
    if init.is_file():
        package.__file__ = str(init)
        try:
            exec(compile(init.read_bytes(), str(init), "exec", dont_inherit=True), package.__dict__)
        except BaseException:
            sys.modules.pop(name, None)
            raise
    if parent is not None:
        setattr(parent, name.rpartition(".")[2], package)
    return package


def _root_package(app_dir: Path) -> str:
    """`app`, so that `from app._lib import x` and `from .._lib import x` mean one module; another name when that one
    already belongs to another folder (two projects in one process)."""
    name, count = app_dir.name, 1
    while _owner(name) not in (None, str(app_dir)):
        count += 1
        name = f"{app_dir.name}@{count}"
    _roots[name] = str(app_dir)
    return name


_roots: dict[str, str] = {}
"""The app folders that have taken a name for their package, which is made when the first module is loaded."""


def _owner(name: str) -> str | None:
    """The folder that a package name belongs to; an empty text for a module that is none of ours."""
    package = sys.modules.get(name)
    if package is None:
        return _roots.get(name)
    return next(iter(getattr(package, "__path__", [])), "")
