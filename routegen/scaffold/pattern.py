"""Turns the manifests of `templates/` (pattern.toml, provider.toml, template.toml) into frozen values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

ARGUMENT_KINDS = ("provider", "resource", "route", "page")
"""What a pattern is applied to: who calls, a table of things, a place in the tree, a place for people to look at."""

OPTION_KINDS = ("flag", "value", "choice", "size", "repeat", "template")
"""What follows an option: nothing, a text, one of `choices`, a number of bytes, a text each time it is given, a text
with `{placeholders}`."""

FACTS = ("guarded", "model")
"""What a file's `when` may ask besides options: is the handler guarded, has the project a model of this name."""

_OPTION_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One file to write. `target` has `{placeholders}`; a `once` file is left alone where it exists.

    `when` names the option (or one of `FACTS`) that the file is for: `inbox`, `!inbox`, `kind=sse`.
    """

    template: str
    target: str
    once: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment. `generate` makes its value for `.env`: `whsec_{secret}`."""

    name: str
    comment: str
    generate: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """The argument of a pattern: one of `ARGUMENT_KINDS`, and its name in the help."""

    kind: str
    metavar: str
    required: bool


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a pattern, of one of `OPTION_KINDS`: `routegen add upload --max-size 10MB`.

    Templates read it as `options.max_size`. `requires` are added to the project when it is given; `sample` is a
    value for messages and for the contract test.
    """

    name: str
    kind: str
    help: str
    default: str
    choices: tuple[str, ...]
    sample: str
    requires: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """As it is typed: `--max-size`."""
        return f"--{self.name}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One folder of `templates/patterns`.

    `route` is where the handler goes when nothing else says so, relative to `app/api`. `guard` is true when
    it can be written open or guarded. `dynamic` says whether the route may or must have a parameter.
    `reserved` are names that the templates use themselves. `arguments` is `fields` when the fields of a model may
    follow the argument: `crud users name:str email:email`. `migration` names the one that it writes: `create_{plural}`,
    as `migrations/{migration}.py`.
    """

    name: str
    version: int
    summary: str
    use: str
    avoid: str
    example: str
    argument: Argument
    route: str
    files: tuple[TemplateFile, ...]
    guard: bool = False
    dynamic: str = "allowed"
    arguments: str = ""
    migration: str = ""
    options: tuple[Option, ...] = ()
    reserved: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One folder of a pattern's `providers`: who calls, how it signs, sample events as JSON by type.

    Its `options` join those of the pattern when it is asked for. An alias has the `folder` of what it stands for.
    """

    name: str
    folder: str
    title: str
    docs: str
    scheme: Mapping[str, Any]
    events: Mapping[str, str] = field(default_factory=dict[str, str])
    options: tuple[Option, ...] = ()
    requires: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectTemplate:
    """The folder `templates/project`: what `routegen new` writes."""

    version: int
    files: tuple[TemplateFile, ...]
    variables: tuple[Variable, ...]
    next: tuple[str, ...]


class ManifestError(ValueError):
    """A manifest lacks a key, or has one of another type or of no meaning."""


def pattern(name: str, data: Mapping[str, Any]) -> Pattern:
    """The pattern that a parsed `pattern.toml` describes. Raises ManifestError."""
    table = _Table(data)
    options = _options(table)
    found = Pattern(
        name=name,
        version=table.number("version"),
        summary=table.text("summary"),
        use=table.text("use"),
        avoid=table.text("avoid"),
        example=table.text("example"),
        argument=_argument(table.table("argument")),
        route=table.text("route"),
        files=_files(table, options),
        guard=table.flag("guard"),
        dynamic=table.choice("dynamic", ("allowed", "required", "refused")),
        arguments=table.choice("arguments", ("", "fields", "form")),
        migration=table.text("migration", ""),
        options=options,
        reserved=frozenset(table.texts("reserved")),
        requires=table.texts("requires"),
        variables=_variables(table),
        next=table.texts("next"),
    )
    table.no_more()
    return found


def provider(name: str, data: Mapping[str, Any], events: Mapping[str, str]) -> Provider:
    """The provider that a parsed `provider.toml` describes. Raises ManifestError."""
    table = _Table(data)
    found = Provider(
        name=name,
        folder=name,
        title=table.text("title"),
        docs=table.text("docs"),
        scheme=table.table("scheme").rest(),
        events=events,
        options=_options(table),
        requires=table.texts("requires"),
        variables=_variables(table),
        next=table.texts("next"),
    )
    table.no_more()
    return found


def alias(provider: Provider, name: str) -> Provider:
    """The sender that signs as `provider` does, with variables, headers and sample events of its own.

    Raises:
        ManifestError: the alias lacks something, or names an event that is not there.
    """
    known = _Table(provider.scheme["aliases"][name])
    variable, signature = known.text("variable"), known.text("signature")
    events = known.texts("events") or tuple(provider.events)
    if missing := next((event for event in events if event not in provider.events), None):
        raise ManifestError(f"alias `{name}`: there is no event `{missing}`")
    secret, *others = provider.variables
    signatures = sorted(provider.scheme["signatures"], key=lambda row: row.get("name") != signature)
    return replace(
        provider,
        name=name,
        title=known.text("title"),
        docs=known.text("docs"),
        scheme={**provider.scheme, "signatures": signatures},
        events={type: provider.events[type] for type in events},
        variables=(replace(secret, name=variable), *others),
        next=tuple(step.replace(secret.name, variable) for step in provider.next),
    )


def project(data: Mapping[str, Any]) -> ProjectTemplate:
    """What a parsed `template.toml` describes. Raises ManifestError."""
    table = _Table(data)
    found = ProjectTemplate(
        table.number("version"), _files(table, ()), _variables(table), table.texts("next")
    )
    table.no_more()
    return found


def _argument(table: "_Table") -> Argument:
    found = Argument(table.choice("kind", ARGUMENT_KINDS), table.text("metavar"), table.flag("required"))
    table.no_more()
    return found


def _options(table: "_Table") -> tuple[Option, ...]:
    options = tuple(_option(row) for row in table.tables("options"))
    names = [option.name for option in options]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ManifestError(f"two options are called `{twice}`")
    return options


def _option(table: "_Table") -> Option:
    name, kind = table.text("name"), table.choice("kind", OPTION_KINDS)
    if not _OPTION_NAME.fullmatch(name):
        raise ManifestError(f'`name = "{name}"` is no name of an option: lower case, with hyphens')
    choices = table.texts("choices")
    if (kind == "choice") != bool(choices):
        raise ManifestError(f"option `{name}`: `choices` and the kind `choice` belong together")
    default = table.text("default", choices[0] if choices else "")
    found = Option(
        name,
        kind,
        table.text("help"),
        default,
        choices,
        table.text("sample", choices[-1] if choices else default or "text"),
        table.texts("requires"),
    )
    table.no_more()
    return found


def _files(table: "_Table", options: tuple[Option, ...]) -> tuple[TemplateFile, ...]:
    return tuple(_file(row, {option.name for option in options}) for row in table.tables("files"))


def _file(table: "_Table", options: set[str]) -> TemplateFile:
    when = table.text("when", "")
    name = when.partition("=")[0].strip("!")
    if when and name not in {*options, *FACTS}:
        raise ManifestError(f'`when = "{when}"`: there is no option `{name}`')
    found = TemplateFile(table.text("template"), table.text("target"), table.flag("once"), when)
    table.no_more()
    return found


def _variables(table: "_Table") -> tuple[Variable, ...]:
    return tuple(
        Variable(row.text("name"), row.text("comment"), row.text("generate", ""))
        for row in table.tables("variables")
    )


class _Table:
    """A TOML table read key by key, so that what nobody asked for is found: a misspelt key is an error."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._left = dict(data)

    def text(self, key: str, default: str | None = None) -> str:
        return self._take(key, str, default)

    def number(self, key: str) -> int:
        return self._take(key, int)

    def flag(self, key: str) -> bool:
        return self._take(key, bool, False)

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first when the key is missing."""
        value = self.text(key, choices[0])
        if value not in choices:
            raise ManifestError(f'`{key} = "{value}"` is none of {", ".join(choices)}')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = cast("list[object]", self._take(key, list, []))
        if not all(isinstance(value, str) for value in values):
            raise ManifestError(f"`{key}` is no list of strings")
        return tuple(str(value) for value in values)

    def table(self, key: str) -> "_Table":
        return _Table(cast("dict[str, Any]", self._take(key, dict)))

    def tables(self, key: str) -> list["_Table"]:
        rows = cast("list[object]", self._take(key, list, []))
        if not all(isinstance(row, dict) for row in rows):
            raise ManifestError(f"`{key}` is no list of tables: write `[[{key}]]`")
        return [_Table(cast("dict[str, Any]", row)) for row in rows]

    def rest(self) -> dict[str, Any]:
        return self._left

    def no_more(self) -> None:
        if self._left:
            raise ManifestError(f"`{next(iter(self._left))}` means nothing here")

    def _take(self, key: str, kind: type, default: Any = None) -> Any:
        value = self._left.pop(key, default)
        if value is None:
            raise ManifestError(f"`{key}` is missing")
        if not isinstance(value, kind):
            raise ManifestError(f"`{key}` is no {kind.__name__}")
        return value
