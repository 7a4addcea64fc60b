"""Turns the list of commands into a command group that imports only the module of the command that runs."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from inspect import getdoc
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from routegen.cli import console
from routegen.errors import UsageError

COMMANDS: dict[str, tuple[str, ...]] = {
    "Write": ("new", "add", "update", "remove", "status"),
    "Serve": ("serve", "routes"),
    "Data": ("db", "user"),
    "Try": ("webhook",),
    "Check": ("check", "explain", "doctor"),
}
"""Every command by purpose, in the order of `--help`.

`routegen/cli/<command>.py` defines the function (or the Typer app, for a group of commands) of the same name.
The first line of its docstring is the help in the list.
"""


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    str: str,
    list[str]: list,
    Path: Path,
    list[Path]: lambda texts: [Path(text) for text in texts],
}
"""The annotations whose value is the text itself. Commands check their paths themselves, in their own words."""


_BARE = {"--changed": "HEAD"}
"""The options whose value may be left out, each with what it is then."""


class Command(TyperCommand):
    """One command; its help keeps indented blocks of the docstring (examples) as they are written."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; an option that stands alone gets its value."""
        options = {name for parameter in self.params for name in parameter.opts}
        for number, argument in enumerate(args):
            if argument in options and argument in _BARE:
                following = args[number + 1] if number + 1 < len(args) else "-"
                if following.startswith("-") or Path(following).exists():
                    args[number] = f"{argument}={_BARE[argument]}"
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, `--help` included."""
        return [_plain(parameter) for parameter in super().get_params(ctx)]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write the docstring, each paragraph refilled unless it is indented."""
        for paragraph in (self.help or "").split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                # `\b` on a line of its own is the sign of Typer's formatter for "do not refill".
                verbatim = "\b\n" if "\n " in paragraph or paragraph.startswith(" ") else ""
                formatter.write_text(verbatim + paragraph)


class Commands(TyperGroup):
    """The root group: it knows the commands by name and loads one when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, by purpose."""
        return list(names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, its module imported now; None when there is none."""
        return load(cmd_name) if cmd_name in names() else None

    def get_params(self, ctx: Any) -> list[Any]:
        """The options before the command, `--help` included."""
        return [_plain(parameter) for parameter in super().get_params(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options before the command; without any argument show the help: a usage mistake."""
        if not args and not ctx.resilient_parsing:
            console.note(ctx.get_help())
            raise typer.Exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name.

        Raises:
            UsageError: there is none; the hint offers the nearest.
        """
        known = list(names())
        if args[0] not in known and not args[0].startswith("-"):
            near = get_close_matches(args[0], known, n=1)
            hint = f"did you mean `routegen {near[0]}`?" if near else f"the commands are {', '.join(known)}"
            raise UsageError(f"unknown command `{args[0]}`", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands, grouped by purpose, without building any of them."""
        width = max(map(len, names()))
        for purpose, group in COMMANDS.items():
            rows = [(f"{name:<{width}}", summary(name)) for name in group if _exists(name)]
            if rows:
                with formatter.section(purpose):
                    formatter.write_dl(rows)


def _plain(parameter: Any) -> Any:
    """The parameter, from now on taking text as it is: Typer imports Pydantic (75 ms) even for a `str`."""
    if "get_runtime_param" in vars(parameter):
        return parameter
    full = parameter.get_runtime_param
    annotation = parameter.type_descriptor.annotation
    choices = get_args(annotation) if get_origin(annotation) is Literal else ()
    kind = str if choices else _PLAIN.get(annotation)

    def coerce(value: Any, *, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if choices and value not in choices:
            hint = f"{', '.join(choices[:-1])} or {choices[-1]}"
            raise UsageError(f"`{value}` is no value of `{param.opts[-1]}`", hint=f"choose {hint}")
        return kind(value) if kind else full().coerce(value, param=param, ctx=ctx)

    parameter.get_runtime_param = lambda: SimpleNamespace(coerce=coerce)
    return parameter


def names() -> Iterator[str]:
    """The names of the commands that this installation has."""
    return (name for group in COMMANDS.values() for name in group if _exists(name))


def load(name: str) -> Any:
    """The command `name` as Typer's command object."""
    target = _target(name)
    if not isinstance(target, typer.Typer):
        command = typer.Typer(add_completion=False, rich_markup_mode=None)
        command.command(name, cls=Command)(target)
        target = command
    return get_command(target)


def summary(name: str) -> str:
    """The first line of the command's help."""
    target = _target(name)
    text = target.info.help if isinstance(target, typer.Typer) else getdoc(target)
    return (text or "").partition("\n")[0].rstrip(".")


def _target(name: str) -> Any:
    return getattr(import_module(f"routegen.cli.{name}"), name)


def _exists(name: str) -> bool:
    return find_spec(f"routegen.cli.{name}") is not None
