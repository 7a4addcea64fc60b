"""Finds providers: one folder each in routegen's own templates, and before them in those of the user's project."""

import json
import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from routegen.errors import ProjectError, UsageError
from routegen.shipped import templates_dir
from routegen.webhooks import manifest
from routegen.webhooks.scheme import Scheme

OWN: Final = Path(".routegen/templates")
"""Where a project keeps its own templates, below its root."""

_PROVIDERS: Final = "patterns/webhook/providers/*/provider.toml"


def providers(root: Path | None = None) -> tuple[str, ...]:
    """The names of all providers, sorted; aliases are not among them.

    Args:
        root: the project whose own providers count too; by default the one around the current folder.
    """
    return tuple(sorted(_folders(_places(root))))


def find(name: str, root: Path | None = None) -> Scheme:
    """The scheme of a provider.

    Args:
        name: a provider (`stripe`), an alias (`svix`, `clerk`), or either with one way to sign (`hubspot:v1`).
        root: as in `providers`.

    Raises:
        UsageError: there is none of that name; the hint offers the nearest.
        ProjectError: its `provider.toml` or an event cannot be read.
    """
    return _find(name, _places(root))


def load(folder: Path) -> Scheme:
    """The scheme that a provider's folder holds: `provider.toml` and `events/*.json`.

    Raises:
        ProjectError: it cannot be read; the message names the file.
    """
    events = {unquote(file.stem): _event(file) for file in sorted((folder / "events").glob("*.json"))}
    file = folder / "provider.toml"
    try:
        return manifest.read(folder.name, tomllib.loads(file.read_text(encoding="utf-8")), events)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, manifest.ManifestError) as error:
        raise ProjectError(f"`{file}` describes no provider: {error}", hint="mend the file") from error


def _event(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(f"`{file}` cannot be read: {error}", hint="mend the file") from error


@lru_cache(maxsize=256)
def _find(name: str, places: tuple[Path, ...]) -> Scheme:
    folders = _folders(places)
    plain, _, signature = name.partition(":")
    scheme = load(folders[plain]) if plain in folders else _by_alias(plain, places)
    if scheme is None:
        raise _unknown(name, folders)
    try:
        return scheme.only(signature) if signature else scheme
    except KeyError:
        ways = ", ".join(f"{plain}:{s.name}" for s in scheme.signatures)
        raise UsageError(f"`{plain}` does not sign as `{signature}`", hint=f"one of {ways}") from None


def _by_alias(name: str, places: tuple[Path, ...]) -> Scheme | None:
    for folder in _folders(places).values():
        scheme = load(folder)
        if name in scheme.aliases:
            return scheme.under(name)
    return None


def _unknown(name: str, folders: Mapping[str, Path]) -> UsageError:
    aliases = [alias for folder in folders.values() for alias in load(folder).aliases]
    names = sorted([*folders, *aliases])
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    offer = f"did you mean `{near[0]}`? " if near else ""
    return UsageError(
        f"there is no provider `{ascii(name[:40])[1:-1]}`", hint=f"{offer}providers: {', '.join(names)}"
    )


def _folders(places: tuple[Path, ...]) -> dict[str, Path]:
    """Each provider's folder by name; an earlier place wins."""
    found: dict[str, Path] = {}
    for place in places:
        for file in place.glob(_PROVIDERS):
            found.setdefault(file.parent.name, file.parent)
    return found


def _places(root: Path | None) -> tuple[Path, ...]:
    if root is not None:
        return (root / OWN, templates_dir())
    try:
        return _around(os.getcwd())  # noqa: PTH109 (a string is what is remembered)
    except OSError:  # the folder is gone
        return (templates_dir(),)


@lru_cache(maxsize=8)
def _around(folder: str) -> tuple[Path, ...]:
    """The templates of the project that a folder is in, if it has any, and routegen's."""
    here = Path(folder)
    own = next((place for f in (here, *here.parents) if (place := f / OWN).is_dir()), None)
    return (own, templates_dir()) if own is not None else (templates_dir(),)
