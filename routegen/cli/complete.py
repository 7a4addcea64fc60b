"""What the shell offers for an argument: patterns, their options, routes, rules. Nothing of the project is run.

Each function takes what is typed of a word and gives the words that begin with it, or pairs of a word and its
meaning, which zsh and fish show. A broken project, or none, offers less; it never fails.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from routegen.errors import RoutegenError

if TYPE_CHECKING:
    from routegen.scaffold.catalog import Catalog
    from routegen.scaffold.pattern import Pattern

Words = list[tuple[str, str]]


def _offered(words: Callable[[typer.Context], Iterator[tuple[str, str]]]) -> Callable[..., Words]:
    """The words that begin with what is typed; none where the project cannot be read. Options only after a `-`."""

    def offer(ctx: typer.Context, incomplete: str) -> Words:  # Typer tells the parameters by their types
        try:
            found = [pair for pair in words(ctx) if pair[0].startswith(incomplete)]
            return [pair for pair in found if incomplete or not pair[0].startswith("-")]
        except (RoutegenError, OSError, UnicodeDecodeError):
            return []

    return offer


@_offered
def patterns(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The patterns, with what each is for."""
    return ((pattern.name, pattern.summary) for pattern in _catalog().patterns())


def arguments(ctx: typer.Context, incomplete: str) -> Words:
    """What comes after the pattern: its provider, the type of a field, an option of its own or the value of one."""
    name, colon, kind = incomplete.partition(":")
    if not colon:
        return _after_pattern(ctx, incomplete)
    return [(f"{name}:{word}", "") for word, _ in _types(ctx, kind)]


@_offered
def _after_pattern(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    from routegen.scaffold.options import split

    pattern, given = _typed(ctx)
    asked = next((o for o in pattern.options if o.kind != "flag" and given[-1:] == [o.flag]), None)
    if asked is not None:
        yield from ((choice, "") for choice in asked.choices)
        return
    positional, options = split(pattern, given)
    for option in pattern.options:
        if option.kind == "repeat" or option.name not in options:
            yield option.flag, option.help
    if pattern.argument.kind == "provider" and not positional:
        catalog = _catalog()
        for name in (*catalog.provider_names(pattern.name), *catalog.aliases(pattern.name)):
            yield name, catalog.provider(pattern.name, name).title
    elif positional[-1:] == (":",):  # bash makes three words of `name:type`
        yield from _types(ctx, "")


@_offered
def _types(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    from routegen.scaffold.fields import TYPES
    from routegen.scaffold.forms import WITHOUT_INPUT

    pattern, given = _typed(ctx)
    if given and pattern.arguments:
        refused = WITHOUT_INPUT if pattern.arguments == "form" else ()
        yield from ((kind, "") for kind in TYPES if kind not in refused)


def _typed(ctx: typer.Context) -> "tuple[Pattern, list[str]]":
    """The pattern, and what is typed after it; bash makes three words of `--kind=sse`."""
    given = [word for word in _words(ctx.params.get("arguments")) if word != "="]
    return _catalog().pattern_for(ctx.params.get("pattern") or "", given), given


@_offered
def generated_patterns(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The patterns of which something was added to the project."""
    return ((name, "") for name in sorted({addition.split()[0] for addition in _generated()}))


@_offered
def generated_arguments(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    """What was added from the pattern that is typed already."""
    pattern, given = ctx.params.get("pattern"), _words(ctx.params.get("arguments"))
    for addition in _generated():
        name, _, argument = addition.partition(" ")
        if name == pattern and argument and not given:
            yield argument, ""


@_offered
def routes(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The route ids of the project, with their files."""
    return _routes()


@_offered
def explained(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The routes of the project and the codes of the rules."""
    from routegen.check.registry import rules

    with contextlib.suppress(RoutegenError, OSError, UnicodeDecodeError):  # without a project there are rules
        yield from _routes()
    yield from ((code, rule.name) for code, rule in rules().items())


@_offered
def rules(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The codes of the rules, with their names."""
    from routegen.check.registry import rules

    return ((code, rule.name) for code, rule in rules().items())


@_offered
def providers(_: typer.Context) -> Iterator[tuple[str, str]]:
    """Who sends webhooks."""
    from routegen import webhooks

    return ((name, "") for name in webhooks.providers())


@_offered
def events(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    """The sample events of the provider that is typed already."""
    from routegen import webhooks

    return ((event, "") for event in webhooks.find(ctx.params["provider"]).events)


@_offered
def deliveries(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The deliveries that are kept, with their events."""
    from routegen.deliveries import latest
    from routegen.project import find_project

    return (
        (str(kept.id), f"{kept.provider} {kept.event}".strip()) for kept in latest(find_project().root, 50)
    )


def _catalog() -> "Catalog":
    from routegen.project import find_project
    from routegen.scaffold.catalog import Catalog

    try:
        return Catalog.of(find_project().root)
    except RoutegenError:
        return Catalog.of(None)


def _generated() -> list[str]:
    """The names of the additions that are still there: `webhook stripe`."""
    from routegen.project import find_project
    from routegen.scaffold.record import RECORD_FILE, read

    record = find_project().root / RECORD_FILE
    additions = read(record.read_text(encoding="utf-8"))
    return [one.name for one in additions if not one.removed and one.name != "new"]


def _routes() -> Iterator[tuple[str, str]]:
    from routegen.project import find_project
    from routegen.routes import scan

    project = find_project()
    manifest = scan(project.app_dir)
    for route in (*manifest.routes, *manifest.pages):
        yield route.id, route.file.relative_to(project.root).as_posix()


def _words(value: Sequence[str] | None) -> Sequence[str]:
    return value or ()
