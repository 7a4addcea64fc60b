"""Turns a request (`add webhook stripe`) and its pattern into a plan: pure data, no look at the disk."""

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from routegen.errors import UsageError
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.forms import page_context
from routegen.scaffold.location import Location, Parameter, locate
from routegen.scaffold.naming import Names, identifier, names_of, shown
from routegen.scaffold.options import Value, holds, recorded, split, values
from routegen.scaffold.pattern import Pattern, Provider, TemplateFile, Variable
from routegen.scaffold.provider import context as provider_context
from routegen.scaffold.resource import Resource, Tables, resource

AUTH_FILE = "lib/auth.py"
"""The file that makes a project guard unsafe methods by default; the pattern `protected` writes it."""


@dataclass(frozen=True, slots=True)
class AddRequest:
    """What the user asked `routegen add` for. `guard` is None without `--guard` and `--public`.

    `arguments` are the words after the pattern as they were typed, the pattern's own options among them.
    """

    pattern: str
    arguments: tuple[str, ...] = ()
    path: str | None = None
    guard: bool | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan must know of the project.

    `app` is the app folder's path below the root. `guards` tells which additions, by name and route id, were
    guarded when they were made, so that the same command given again means the same.
    """

    app: str = "app"
    has_auth: bool = False
    guards: Mapping[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])
    tables: Tables = field(default_factory=Tables)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to be: its template, its target below the project's root, and what the template is given."""

    template: str
    target: str
    context: Mapping[str, Any]
    once: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one command will write, before anything is rendered or compared.

    `name` is the command (`webhook stripe`), under which `.routegen/generated.json` keeps it; `options` are
    what else decided the text. `routes` maps the target of each `route.py` to its place in the tree.
    """

    name: str
    version: int
    options: Mapping[str, Any]
    files: tuple[PlannedFile, ...]
    routes: Mapping[str, Location]
    requires: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    next: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a pattern is applied to, all of it checked: safe in code, in paths and in sentences."""

    argument: str
    location: Location
    names: Names
    provider: Provider | None
    fields: tuple[str, ...]
    options: Mapping[str, Value]


def plan(request: AddRequest, catalog: Catalog, around: Surroundings) -> Plan:
    """Decide what `request` means.

    Raises:
        UsageError: an unknown pattern or provider, or an argument that makes no sense, with one that would.
        ProjectError: a manifest is wrong.
    """
    pattern = catalog.pattern_for(request.pattern, request.arguments)
    subject = _subject(request, pattern, catalog)
    name = f"{pattern.name} {subject.argument}" if subject.argument else pattern.name
    guarded = _guarded(request, pattern, around, around.guards.get((name, subject.location.id)))
    fields = subject.fields or around.tables.fields.get((name, subject.location.id), ())
    table = resource(pattern, subject.names, subject.location, fields, around.tables)
    words = _words(subject, around, table)
    default = locate(pattern.route, example="") if pattern.argument.kind == "route" else None
    context = {**_context(subject, default, guarded), **table.context}
    if pattern.argument.kind == "page":
        context |= page_context(subject.location, fields if pattern.arguments else None, guarded=guarded)
    facts: dict[str, Value] = {**subject.options, "guarded": guarded, "model": table.model is not None}
    wanted = [file for file in pattern.files if holds(file.when, facts)]
    files = tuple(_file(file, pattern, subject.provider, catalog, words, context) for file in wanted)
    provider = subject.provider
    return Plan(
        name=name,
        version=pattern.version,
        options=_options(subject, pattern, guarded, fields),
        files=files,
        routes=_routes(files, around.app),
        requires=_requires(pattern, provider, subject.options),
        variables=(*pattern.variables, *(provider.variables if provider else ())),
        next=_next(pattern, provider, words, guarded),
    )


def _subject(request: AddRequest, pattern: Pattern, catalog: Catalog) -> _Subject:
    arguments, given = split(pattern, request.arguments)
    argument = _the_argument(arguments, pattern, catalog)
    is_provider = pattern.argument.kind == "provider"
    provider = catalog.provider(pattern.name, argument) if is_provider and argument else None
    default = pattern.route.format(provider=argument or "")
    named = default if argument is None or is_provider else argument
    if pattern.argument.kind == "page":  # pages lie in `app` itself, not below `app/api`
        named, request = (
            f"/{named.lstrip('/')}",
            replace(request, path=request.path and f"/{request.path.lstrip('/')}"),
        )
    location = locate(request.path or named, example=_example(pattern))
    _check_parameters(location, pattern)
    names = _names(locate(named, example=_example(pattern)), argument or named, pattern)
    return _Subject(argument or "", location, names, provider, arguments[1:], values(pattern, given))


def _the_argument(arguments: Sequence[str], pattern: Pattern, catalog: Catalog) -> str | None:
    takes = pattern.argument
    if len(arguments) > 1 and not pattern.arguments:
        extra = shown(arguments[1])
        raise UsageError(
            f"`{pattern.name}` takes one argument, `{extra}` is one too many",
            hint=f"routegen add {pattern.example}",
        )
    if arguments:
        return arguments[0]
    if takes.required:
        offer = (
            f"providers: {', '.join([*catalog.provider_names(pattern.name), *catalog.aliases(pattern.name)])}; "
            if takes.kind == "provider"
            else ""
        )
        raise UsageError(
            f"`{pattern.name}` needs {takes.metavar}",
            hint=f"{offer}for example `routegen add {pattern.example}`",
        )
    return None


def _options(subject: _Subject, pattern: Pattern, guarded: bool, fields: Sequence[str]) -> dict[str, Any]:
    """What else decided the text, for the record."""
    found: dict[str, Any] = {"route": subject.location.id, "guard": guarded, **recorded(subject.options)}
    return {**found, "fields": list(fields)} if pattern.arguments else found


def _requires(pattern: Pattern, provider: Provider | None, options: Mapping[str, Value]) -> tuple[str, ...]:
    optional = [text for option in pattern.options if options[option.name] for text in option.requires]
    return (*pattern.requires, *(provider.requires if provider else ()), *optional)


def _example(pattern: Pattern) -> str:
    """An argument that the pattern takes, out of its example `crud users`."""
    return (
        pattern.example.partition(" ")[2].partition(" ")[0]
        if pattern.argument.kind != "provider"
        else f"{pattern.name}s/example"
    )


def _check_parameters(location: Location, pattern: Pattern) -> None:
    parameters = location.parameters
    if parameters and pattern.dynamic == "refused":
        static = "/".join(
            location.static_names[1:] if location.static_names[:1] == ("api",) else location.static_names
        )
        raise UsageError(
            f"`{pattern.name}` makes no table below a parameter: `{location.id}`",
            hint=f"for example `{static or _example(pattern)}`",
        )
    if not parameters and pattern.dynamic == "required":
        raise UsageError(
            f"`{pattern.name}` needs a dynamic segment, `{location.id}` has none",
            hint=f"for example `{location.folder.removeprefix('api/') or 'posts'}/[slug]`",
        )
    for parameter in parameters:
        if parameter.name in pattern.reserved:
            raise UsageError(
                f"`[{parameter.name}]` is a name that the generated handler uses itself",
                hint=f"for example `[{parameter.name}_name]`",
            )


def _names(location: Location, argument: str, pattern: Pattern) -> Names:
    """The names of what the location is about: its last static segment, else its last parameter."""
    static = [name for name in location.static_names if name != "api"]
    parameters = [parameter.name for parameter in location.parameters]
    names = names_of((static or parameters or ["index"])[-1])
    if pattern.argument.kind != "resource":
        return names
    for name in (names.singular, names.plural):
        reason = _unusable(name, names, pattern)
        if reason:
            raise UsageError(
                f"`{shown(argument)}` would name Python code `{name}`, {reason}",
                hint=f"for example `{_other(names, pattern)}`",
            )
    return names


def _unusable(name: str, names: Names, pattern: Pattern) -> str | None:
    if not name.isidentifier():
        return "which is no identifier"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or keyword.iskeyword(names.model):
        return "a reserved word"
    return "which the generated code uses itself" if name in pattern.reserved else None


def _other(names: Names, pattern: Pattern) -> str:
    plain = names.singular.lstrip("0123456789_") or "my"
    return f"{plain}-items" + ("/[id]" if pattern.dynamic == "required" else "")


def _guarded(request: AddRequest, pattern: Pattern, around: Surroundings, before: bool | None) -> bool:
    if request.guard is not None and not pattern.guard:
        flag = "--guard" if request.guard else "--public"
        raise UsageError(
            f"`{pattern.name}` is neither open nor guarded by choice: it has no `{flag}`",
            hint=f"leave out `{flag}`",
        )
    if request.guard and not around.has_auth:
        raise UsageError(
            f"`--guard` needs `{AUTH_FILE}`, which this project does not have",
            hint="run `routegen add protected` first",
        )
    if request.guard is not None:
        return request.guard
    return pattern.guard and (around.has_auth if before is None else before)


def _words(subject: _Subject, around: Surroundings, table: Resource) -> dict[str, str]:
    """What the `{placeholders}` of a manifest stand for."""
    return {
        "app": around.app,
        "route": subject.location.folder,
        "test": subject.location.test,
        "id": subject.location.id,
        "url": subject.location.url(),
        "singular": subject.names.singular,
        "plural": subject.names.plural,
        "migration": table.migration.file if table.migration else "",
        "provider": identifier(subject.provider.name) if subject.provider else "",
    }


def _context(subject: _Subject, default: Location | None, guarded: bool) -> dict[str, Any]:
    """What templates are given; everything that is more than an `if` or a `for` is computed here."""
    location = subject.location
    parameters = location.parameters
    return {
        "id": location.id,
        "url": location.url(),
        "missing_url": location.url(missing=True),
        "parameters": parameters,
        "arguments": ", ".join(parameter.name for parameter in parameters),
        "key": _key([parameter.name for parameter in parameters], parameters),
        "sample_key": _sample_key(parameters),
        "key_type": _key_type(location),
        "names": subject.names,
        "subfolder": ""
        if location == default
        else "/".join(name for name in location.static_names if name != "api"),
        "guarded": guarded,
        "provider": subject.provider,
        "options": {name.replace("-", "_"): value for name, value in subject.options.items()},
        **(provider_context(subject.provider, subject.options) if subject.provider else {}),
    }


def _key(values: Sequence[str], parameters: Sequence[Parameter]) -> str:
    """The dictionary key of a row: the one value, or a tuple of all, a catch-all spread out."""
    spread = [
        f"*{value}" if p.annotation == "list[str]" else value
        for value, p in zip(values, parameters, strict=True)
    ]
    if len(spread) != 1:
        return f"({', '.join(spread)})"
    return f"tuple({values[0]})" if spread[0].startswith("*") else spread[0]


def _sample_key(parameters: Sequence[Parameter]) -> str:
    """The key of the sample row, written out."""
    if len(parameters) == 1 and parameters[0].annotation != "list[str]":
        return parameters[0].literal
    return f"({', '.join(parameter.literal.strip('[]') for parameter in parameters)})"


def _key_type(location: Location) -> str:
    types = [parameter.annotation for parameter in location.parameters]
    if len(types) == 1 and types[0] != "list[str]":
        return types[0]
    if "list[str]" in types:
        return "tuple[str, ...]" if set(types) <= {"str", "list[str]"} else "tuple[str | int, ...]"
    return f"tuple[{', '.join(types)}]"


def _file(
    file: TemplateFile,
    pattern: Pattern,
    provider: Provider | None,
    catalog: Catalog,
    words: Mapping[str, str],
    context: Mapping[str, Any],
) -> PlannedFile:
    """The file with its template looked up: a provider's own one wins over the pattern's, `/` starts at the top."""
    if file.template.startswith("/"):
        return PlannedFile(
            file.template[1:], file.target.format(**words).replace("//", "/"), context, file.once
        )
    folder = f"patterns/{pattern.name}"
    own = f"{folder}/providers/{provider.folder}/{file.template}" if provider else ""
    template = own if own and catalog.exists(own) else f"{folder}/{file.template}"
    return PlannedFile(template, file.target.format(**words).replace("//", "/"), context, file.once)


def _routes(files: Sequence[PlannedFile], app: str) -> dict[str, Location]:
    routes: dict[str, Location] = {}
    for file in files:
        if file.target.startswith(f"{app}/") and file.target.endswith("/route.py"):
            folder = file.target.removeprefix(app).removesuffix("/route.py") or "/"
            routes[file.target] = locate(folder, example="/api/example")
    return routes


def _next(
    pattern: Pattern, provider: Provider | None, words: Mapping[str, str], guarded: bool
) -> tuple[str, ...]:
    steps = [step.format(**words) for step in (*pattern.next, *(provider.next if provider else ()))]
    if pattern.guard and not guarded:
        steps.append(f"# anyone can call {words['id']}; with `{AUTH_FILE}`, `--guard --force` guards it")
    return tuple(steps)
