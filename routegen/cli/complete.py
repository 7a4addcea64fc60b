"""What the shell offers for an argument: patterns, providers, routes, rules. Nothing of the project is run.

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

Words = list[tuple[str, str]]


def _offered(words: Callable[[typer.Context], Iterator[tuple[str, str]]]) -> Callable[..., Words]:
    """The words that begin with what is typed; none where the project cannot be read."""

    def offer(ctx: typer.Context, incomplete: str) -> Words:  # Typer tells the parameters by their types
        try:
            return [pair for pair in words(ctx) if pair[0].startswith(incomplete)]
        except (RoutegenError, OSError, UnicodeDecodeError):
            return []

    return offer


@_offered
def patterns(_: typer.Context) -> Iterator[tuple[str, str]]:
    """The patterns, with what each is for."""
    return ((pattern.name, pattern.summary) for pattern in _catalog().patterns())


@_offered
def arguments(ctx: typer.Context) -> Iterator[tuple[str, str]]:
    """What comes after the pattern: a provider, or nothing that could be known."""
    pattern, given = ctx.params.get("pattern"), _words(ctx.params.get("arguments"))
    catalog = _catalog()
    if pattern in catalog.pattern_names() and not given:
        for name in (*catalog.provider_names(pattern), *catalog.aliases(pattern)):
            yield name, catalog.provider(pattern, name).title


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
