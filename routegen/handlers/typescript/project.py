"""Turns the scripts of a project into modules that see each other: what an import of TypeScript means."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from routegen.handlers.files import ProjectFiles
from routegen.handlers.function import Module
from routegen.handlers.scope import top_level
from routegen.handlers.source import Source
from routegen.handlers.typescript.module import read_names
from routegen.handlers.typescript.source import read_source

_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", "/index.ts", "/index.tsx", "/index.js", "")
_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_MAX_SIZE = 400_000
_MAX_STARS = 4


class Files(ProjectFiles):
    """The scripts of a project."""

    def __init__(
        self, root: Path, paths: Iterable[Path], contents: Mapping[Path, bytes] = MappingProxyType({})
    ) -> None:
        super().__init__(root, paths, contents)
        self._aliases: dict[str, list[tuple[str, str]]] = {}
        self._specs: dict[tuple[str | int, str], list[str]] = {}

    def find(self, importer: Module, dotted: str) -> tuple[Module, str] | None:
        """The file that `dotted` (`@/lib/db.prisma`) names where `importer` imports it, and the name there."""
        found = self._whole(importer, dotted)
        if found is not None:
            return found, ""
        spec, _, name = dotted.rpartition(".")
        module = self._whole(importer, spec)
        return self._exporting(module, name, 0) if module is not None else None

    def forget(self, path: Path) -> None:
        """Give back the memory of a file that was checked, with what its wrappers entered: no other file shares it."""
        module = self._modules.get(str(path))
        if module is not None:
            top_level(module).forget()
        super().forget(path)

    def _read(self, path: Path) -> Source | None:
        source = read_source(path, self._contents)
        return source if len(source.data) <= _MAX_SIZE else None  # larger ones were not written by hand

    def _names(self, source: Source) -> Module:
        return read_names(source)

    def _exporting(self, module: Module, name: str, depth: int) -> tuple[Module, str] | None:
        """The file that binds a name, through `export *`."""
        if name in module.bound or depth > _MAX_STARS:
            return module, name
        for star, spec in module.imports.items():
            if star.startswith("*") and (other := self._whole(module, spec)) is not None:
                found = self._exporting(other, name, depth + 1)
                if found is not None and found[1] in found[0].bound:
                    return found
        return module, name

    def _whole(self, importer: Module, spec: str) -> Module | None:
        """The file of a specifier; None for a package."""
        own = str(importer.source.path)
        for path in self._found(own.rpartition("/")[0], spec):
            if path != own:
                self.trail.looked(path, own)
                return self.at(path)
        return None

    def _found(self, folder: str, spec: str) -> list[str]:
        """The files that a specifier may mean in a folder, the likeliest first."""
        key = (folder if spec.startswith(".") else id(self._paths(folder)), spec)
        if (known := self._specs.get(key)) is None:
            paths = (f"{base}{ending}" for base in self._bases(folder, spec) for ending in _ENDINGS)
            known = self._specs[key] = [path for path in paths if path in self.paths]
        return known

    def _bases(self, folder: str, spec: str) -> list[str]:
        """Where a specifier may lead, without an ending."""
        if spec.startswith("."):
            return [_joined(folder, re.sub(r"\.[mc]?jsx?$", "", spec)), _joined(folder, spec)]
        return [
            _joined(target, spec.removeprefix(prefix))
            for prefix, target in self._paths(folder)
            if spec.startswith(prefix)
        ]

    def _paths(self, folder: str) -> list[tuple[str, str]]:
        """The aliases that the nearest `tsconfig.json` gives: beginnings of specifiers, and their folders."""
        if folder not in self._aliases:
            self._aliases[folder] = []
            above = folder.rpartition("/")[0]
            own = _configured(folder)
            if own is not None:
                self._aliases[folder] = own
            elif len(folder) > len(str(self.root)) and above:
                self._aliases[folder] = self._paths(above)
            else:
                self._aliases[folder] = _usual(folder)
        return self._aliases[folder]


def _usual(folder: str) -> list[tuple[str, str]]:
    """What projects without a readable `tsconfig.json` mostly mean."""
    return [(prefix, f"{folder}{below}") for prefix in ("@/", "~/") for below in ("/src", "")]


def _configured(folder: str) -> list[tuple[str, str]] | None:
    for name in ("tsconfig.json", "jsconfig.json"):
        path = f"{folder}/{name}"
        if not os.path.exists(path):  # noqa: PTH110 (each folder of a project is asked)
            continue
        try:
            text = Path(path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        options = _options(text)
        paths = options.get("paths")
        base = _joined(folder, str(options.get("baseUrl", ".")))
        found = [
            (key.removesuffix("*"), _joined(base, value.removesuffix("*")))
            for key, values in (cast("dict[str, Any]", paths) if isinstance(paths, dict) else {}).items()
            for value in (cast("list[Any]", values) if isinstance(values, list) else [])
            if isinstance(value, str)
        ]
        if found or "baseUrl" in options:
            return [*found, ("", base)] if "baseUrl" in options else found
        return _usual(folder)
    return None


def _options(text: str) -> dict[str, Any]:
    """The compiler options of a `tsconfig.json`, which may hold comments and trailing commas."""
    text = re.sub(r",(\s*[}\]])", r"\1", _COMMENTS.sub(lambda m: m[1] or "", text))
    try:
        whole: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    options = cast("dict[str, Any]", whole).get("compilerOptions") if isinstance(whole, dict) else None
    return cast("dict[str, Any]", options) if isinstance(options, dict) else {}


def _joined(folder: str, spec: str) -> str:
    """`spec` seen from `folder`, without `.` and `..`."""
    parts = folder.split("/")
    for part in spec.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
