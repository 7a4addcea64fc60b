"""Turns `[tool.routegen.check]` and the command line into the selection of rules to run."""

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from routegen.check.nearest import nearest
from routegen.check.registry import rules
from routegen.errors import ProjectError, RoutegenError, UsageError
from routegen.handlers.route_module import EXPOSABLE

_BESIDE = ("app", "allowed_origins", "check")
_KEYS = ("select", "ignore", "per-file-ignores", "preview", "baseline", "expose")


@dataclass(frozen=True, slots=True)
class Selection:
    """The codes of the rules to run."""

    codes: frozenset[str]
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()
    expose: tuple[tuple[str, str], ...] = ()

    def exposed(self, path: Path, root: Path) -> str | None:
        """Why the settings say that the handlers of this file are some, as `EXPOSE` in it would; the last glob counts."""
        if not self.expose:
            return None
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return next((why for glob, why in reversed(self.expose) if _matches(shown, glob)), None)

    def wants(self, path: Path, code: str, root: Path) -> bool:
        """Whether a finding of this rule in this file is wanted."""
        if not self.per_file:
            return True
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return not any(code in codes and _matches(shown, glob) for glob, codes in self.per_file)


def read_selection(
    settings: Mapping[str, Any],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    per_file_ignores: Sequence[str] = (),
    preview: bool = False,
) -> Selection:
    """The rules that the settings select, less the ignored ones. `select` of the command line replaces the
    settings' own, `ignore` adds to it. A code can be a beginning (`RG2`) or `ALL`; a name does too.

    Rules whose precision was not measured run with `preview`, or when selected by their own code or name.

    Raises:
        ProjectError: an unknown key, a wrong type or an unknown code in the settings.
        UsageError: an unknown code on the command line.
    """
    table = _table(settings)
    with_preview = preview or table.get("preview", False)
    wanted, error, where = (select, UsageError, "--select") if select else _selected(table)
    chosen = _expand(wanted, error, where)
    if not with_preview:
        named = {word.strip() for item in wanted for word in item.split(",")}
        chosen = {c for c in chosen if not rules()[c].preview or {c, rules()[c].name} & named}
    dropped = _expand(table.get("ignore", []), ProjectError, "ignore") | _expand(
        ignore, UsageError, "--ignore"
    )
    per_file = [
        (glob, frozenset(_expand(codes, ProjectError, "per-file-ignores")))
        for glob, codes in table.get("per-file-ignores", {}).items()
    ]
    per_file += [_per_file(item) for item in per_file_ignores]
    return Selection(frozenset(chosen - dropped), tuple(per_file), tuple(table.get("expose", {}).items()))


def baseline_of(settings: Mapping[str, Any]) -> str:
    """The file of the baseline that the settings name, relative to the project; empty without one.

    Raises:
        ProjectError: as `read_selection`.
    """
    return _table(settings).get("baseline", "")


def _selected(table: dict[str, Any]) -> tuple[Sequence[str], type[RoutegenError], str]:
    return table.get("select", ["ALL"]), ProjectError, "select"


def _per_file(item: str) -> tuple[str, frozenset[str]]:
    """`GLOB:CODE[,CODE]` of the command line."""
    glob, colon, codes = item.rpartition(":")
    if not colon or not glob:
        raise UsageError(
            f"`{item}` in `--per-file-ignores` names no file",
            hint='write `--per-file-ignores "app/legacy/**:RG501"`',
        )
    return glob, frozenset(_expand([codes], UsageError, "--per-file-ignores"))


def _table(settings: Mapping[str, Any]) -> dict[str, Any]:
    if slip := next((key for key in settings if key not in _BESIDE and nearest(key, ["check"])), None):
        raise ProjectError(f"`{slip}` is no setting of `[tool.routegen]`", hint="did you mean `check`?")
    table: Any = settings.get("check", {})
    if not isinstance(table, dict):
        raise ProjectError("`tool.routegen.check` is no table", hint="write it as `[tool.routegen.check]`")
    return {str(key): _setting(str(key), value) for key, value in cast("dict[object, Any]", table).items()}


def _setting(key: str, value: Any) -> Any:
    """A setting of the right type."""
    where = f"`{key}` in `[tool.routegen.check]`"
    if key not in _KEYS:
        near = nearest(key, _KEYS)
        hint = f"did you mean `{near}`?" if near else f"the keys are {', '.join(f'`{k}`' for k in _KEYS)}"
        raise ProjectError(f"`{key}` is no setting of `[tool.routegen.check]`", hint=hint)
    if key == "preview":
        if not isinstance(value, bool):
            raise ProjectError(f"{where} is neither true nor false", hint="write `preview = true`")
        return value
    if key == "baseline":
        if not isinstance(value, str):
            raise ProjectError(f"{where} is no path", hint='write `baseline = "baseline.json"`')
        return value
    if key == "expose":
        return _expose(value, where)
    if key == "per-file-ignores":
        table = cast("dict[object, object]", value) if isinstance(value, dict) else None
        if table is None or not all(_is_texts(codes) for codes in table.values()):
            hint = '"app/legacy/**" = ["RG501"]'
            raise ProjectError(f"{where} is no table of lists of codes", hint=f"write `{hint}` in it")
        return table
    if not _is_texts(value):
        raise ProjectError(f"{where} is no list of codes", hint=f'write `{key} = ["RG201"]`')
    return value


def _expose(value: object, where: str) -> dict[str, str]:
    """Globs of files, each with why its handlers are some."""
    table = cast("dict[str, object]", value) if isinstance(value, dict) else None
    if table is None or not all(isinstance(why, str) for why in table.values()):
        hint = 'expose = {"app/api/public/**" = "public"}'
        raise ProjectError(f"{where} is no table of globs", hint=f"write `{hint}`")
    for glob, why in table.items():
        if why not in EXPOSABLE:
            guess = nearest(str(why), EXPOSABLE)
            hint = f"did you mean `{guess}`?" if guess else f"it is one of {', '.join(EXPOSABLE)}"
            raise ProjectError(f"`{why}` for `{glob}` in {where} means nothing", hint=hint)
    return cast("dict[str, str]", table)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in cast("list[object]", value))


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
