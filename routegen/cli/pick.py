"""Turns answers on a terminal into the pattern and the arguments that `routegen add` was run without."""

from typing import TYPE_CHECKING

from routegen.cli import ask, console

if TYPE_CHECKING:
    from routegen.scaffold.catalog import Catalog
    from routegen.scaffold.pattern import Pattern


def pattern(catalog: "Catalog") -> str | None:
    """The pattern that the user chooses; None when they quit."""
    patterns = catalog.patterns()
    console.note("What is it for?", style="bold")
    return ask.choose("pattern", {pattern.name: pattern.use for pattern in patterns})


def arguments(catalog: "Catalog", pattern: "Pattern") -> list[str] | None:
    """What follows the pattern: a provider, or a name and fields; None when the user quits."""
    if pattern.argument.kind == "provider":
        provider = _provider(catalog, pattern.name)
        return None if provider is None else [provider]
    name = _name(pattern)
    if name is None:
        return None
    fields = _fields(pattern) if pattern.arguments else []
    return None if fields is None else [*name, *fields]


def _provider(catalog: "Catalog", pattern: str) -> str | None:
    names = sorted([*catalog.provider_names(pattern), *catalog.aliases(pattern)])
    console.note("\nWho calls?", style="bold")
    return ask.choose("provider", {name: catalog.provider(pattern, name).title for name in names})


def _name(pattern: "Pattern") -> list[str] | None:
    example = pattern.example.split()[1]
    empty = "" if pattern.argument.required else f"; `{pattern.route}` when empty"
    while (
        typed := ask.line(f"{pattern.argument.metavar.lower()} (such as `{example}`{empty}):")
    ) is not None:
        if typed or not pattern.argument.required:
            return [typed] if typed else []
    return None


def _fields(pattern: "Pattern") -> list[str] | None:
    example = " ".join(pattern.example.split()[2:])
    typed = ask.line(f"fields (such as `{example}`; none when empty):")
    return None if typed is None else typed.split()
