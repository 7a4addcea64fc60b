"""Finds templates and their manifests: routegen's own, and over them those of the user's project."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from routegen.errors import ProjectError, UsageError
from routegen.scaffold import pattern as manifests
from routegen.scaffold.naming import shown
from routegen.scaffold.pattern import Pattern, ProjectTemplate, Provider, Variable
from routegen.shipped import templates_dir

OVERRIDES = Path(".routegen/templates")
"""Where a project keeps its own templates; one of the same relative path wins over routegen's."""

T = TypeVar("T")


class Catalog:
    """Templates by relative path, looked for in several folders; an earlier folder wins, file by file."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders

    @classmethod
    def of(cls, root: Path | None = None) -> "Catalog":
        """The catalog for the project at `root`: its own templates first, then routegen's."""
        own = (root / OVERRIDES,) if root is not None else ()
        return cls(*own, templates_dir())

    def exists(self, relative: str) -> bool:
        """Whether some folder has this template."""
        return any((folder / relative).is_file() for folder in self.folders)

    def read(self, relative: str) -> str:
        """The text of a template.

        Raises:
            ProjectError: there is none, or it cannot be read.
        """
        for folder in self.folders:
            file = folder / relative
            if not file.is_file():
                continue
            try:
                return file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ProjectError(
                    f"template `{file}` cannot be read: {error}", hint="mend the file"
                ) from error
        raise ProjectError(
            f"there is no template `{relative}`", hint="correct `template` in the manifest that names it"
        )

    def pattern_names(self) -> list[str]:
        """The names of all patterns, sorted."""
        return self._names("patterns", "pattern.toml")

    def patterns(self) -> list[Pattern]:
        """All patterns, by name."""
        return [self.pattern(name) for name in self.pattern_names()]

    def pattern(self, name: str) -> Pattern:
        """The pattern of this name.

        Raises:
            UsageError: there is none; the hint offers the nearest.
            ProjectError: its manifest is wrong.
        """
        _known("pattern", name, self.pattern_names())
        return self._parsed(f"patterns/{name}/pattern.toml", lambda data: manifests.pattern(name, data))

    def pattern_for(self, name: str, arguments: Sequence[str]) -> Pattern:
        """The pattern with the options of the provider, if the first of the arguments names one. Raises as `pattern`."""
        found = self.pattern(name)
        first = arguments[0] if arguments and found.argument.kind == "provider" else None
        if first is None or (first not in self.provider_names(name) and first not in self.aliases(name)):
            return found
        return replace(found, options=(*found.options, *self.provider(name, first).options))

    def provider_names(self, pattern: str) -> list[str]:
        """The names of a pattern's providers, sorted."""
        return self._names(f"patterns/{pattern}/providers", "provider.toml")

    def providers(self, pattern: str) -> list[Provider]:
        """All providers of a pattern, by name."""
        return [self._provider(pattern, name) for name in self.provider_names(pattern)]

    def aliases(self, pattern: str) -> dict[str, str]:
        """The names of senders that sign as a provider does, and of that provider."""
        return {
            alias: provider.name
            for provider in self.providers(pattern)
            for alias in provider.scheme.get("aliases", {})
        }

    def provider(self, pattern: str, name: str) -> Provider:
        """The provider, or the alias of one, that is called so. Raises as `pattern` does."""
        names = self.provider_names(pattern)
        if name in names:
            return self._provider(pattern, name)
        aliases = self.aliases(pattern)
        _known("provider", name, [*names, *aliases])
        manifest = f"patterns/{pattern}/providers/{aliases[name]}/provider.toml"
        provider = self._provider(pattern, aliases[name])
        return self._parsed(manifest, lambda _: manifests.alias(provider, name))

    def _provider(self, pattern: str, name: str) -> Provider:
        folder = f"patterns/{pattern}/providers/{name}"
        found = {
            file for templates in self.folders for file in _listed(templates / folder / "events", ".json")
        }
        events = {file.removesuffix(".json"): self.read(f"{folder}/events/{file}") for file in sorted(found)}
        return self._parsed(f"{folder}/provider.toml", lambda data: manifests.provider(name, data, events))

    def project(self) -> ProjectTemplate:
        """What `routegen new` writes."""
        return self._parsed("project/template.toml", manifests.project)

    def variables(self) -> dict[str, Variable]:
        """Every variable that some template declares, by name."""
        found = list(self.project().variables)
        for pattern in self.patterns():
            found += pattern.variables
            for name in (*self.provider_names(pattern.name), *self.aliases(pattern.name)):
                found += self.provider(pattern.name, name).variables
        return {variable.name: variable for variable in found}

    def _names(self, relative: str, manifest: str) -> list[str]:
        found = {
            name
            for folder in self.folders
            for name in _listed(folder / relative)
            if (folder / relative / name / manifest).is_file()
        }
        return sorted(found)

    def _parsed(self, relative: str, parse: Callable[[Mapping[str, Any]], T]) -> T:
        try:
            return parse(tomllib.loads(self.read(relative)))
        except (tomllib.TOMLDecodeError, manifests.ManifestError) as error:
            raise ProjectError(f"`{relative}` is no manifest: {error}", hint="mend the file") from error


def _listed(folder: Path, suffix: str = "") -> list[str]:
    return (
        [entry.name for entry in folder.iterdir() if entry.name.endswith(suffix)] if folder.is_dir() else []
    )


def _known(kind: str, name: str, names: list[str]) -> None:
    if name in names:
        return
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    offer = f"did you mean `{near[0]}`? " if near else ""
    raise UsageError(f"there is no {kind} `{shown(name)}`", hint=f"{offer}{kind}s: {', '.join(names)}")
