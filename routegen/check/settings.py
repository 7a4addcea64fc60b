"""Turns `[tool.routegen.check]` and the command line into the selection of rules to run."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routegen.check.nearest import nearest
from routegen.check.registry import rules
from routegen.errors import ProjectError, RoutegenError, UsageError

_KEYS = ("select", "ignore")


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes of the rules to run."""

    codes: frozenset[str]
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()

    def wants(self, path: Path, code: str, root: Path) -> bool:
        """Whether a finding of this rule in this file is wanted."""
        if not self.per_file:
            return True
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return not any(code in codes and _matches(shown, glob) for glob, codes in self.per_file)


def read_selection(
    settings: Mapping[str, Any], *, select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Selection:
    """The rules that the settings select, less the ignored ones. `select` of the command line replaces the
    settings' own, `ignore` adds to it. A code can be a beginning (`RG2`) or `ALL`; a name does too.

    Raises:
        ProjectError: an unknown key, a wrong type or an unknown code in the settings.
        UsageError: an unknown code on the command line.
    """
    table = _table(settings)
    chosen = _expand(select, UsageError, "--select") if select else None
    chosen = chosen or _expand(table.get("select", ["ALL"]), ProjectError, "select")
    dropped = _expand(table.get("ignore", []), ProjectError, "ignore")
    dropped |= _expand(ignore, UsageError, "--ignore")
    return Selection(frozenset(chosen - dropped))


def _table(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    table: Any = settings.get("check", {})
    if not isinstance(table, dict):
        raise ProjectError("`tool.routegen.check` is no table", hint="write it as `[tool.routegen.check]`")
    found: dict[str, list[str]] = {}
    for key, value in table.items():  # pyright: ignore[reportUnknownVariableType]
        found[str(key)] = _setting(str(key), value)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _setting(key: str, value: Any) -> list[str]:
    if key not in _KEYS:
        near = nearest(key, _KEYS)
        hint = f"did you mean `{near}`?" if near else f"the keys are {', '.join(f'`{k}`' for k in _KEYS)}"
        raise ProjectError(f"`{key}` is no setting of `[tool.routegen.check]`", hint=hint)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        raise ProjectError(
            f"`{key}` in `[tool.routegen.check]` is no list of codes", hint=f'write `{key} = ["RG201"]`'
        )
    return [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _expand(wanted: Iterable[str], error: type[RoutegenError], where: str) -> set[str]:
    found: set[str] = set()
    for word in (part.strip() for item in wanted for part in item.split(",")):
        codes = _codes(word)
        if not codes:
            near = nearest(word, [*rules(), *(rule.name for rule in rules().values())])
            hint = f"did you mean `{near}`?" if near else "see `routegen check --list-rules`"
            raise error(f"`{word}` in `{where}` is no rule", hint=hint)
        found |= codes
    return found


def _codes(word: str) -> set[str]:
    if word == "ALL":
        return set(rules())
    is_prefix = word.startswith("RG") and (word == "RG" or word[2:].isdigit())
    return {r.code for r in rules().values() if word == r.name or (is_prefix and r.code.startswith(word))}


def _matches(path: str, glob: str) -> bool:
    """Whether a path below the project's root is meant by `glob`; brackets stand for themselves: routes have them."""
    escaped = glob.replace("[", "[[]")
    return fnmatch.fnmatchcase(path, escaped) or fnmatch.fnmatchcase(path, f"*/{escaped}")
