"""The boundary of the command line: arguments in, an exit code out, every error in the house's form."""

import os
import re
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from typer.main import get_command

from routegen import __version__
from routegen.cli import console
from routegen.cli.commands import Commands, names
from routegen.errors import RoutegenError, UsageError
from routegen.extras import missing_package

DEBUG = "ROUTEGEN_DEBUG"
"""The environment variable that adds the traceback to an error."""

INTERRUPTED = 130

app = typer.Typer(
    name="routegen",
    cls=Commands,
    help="Next.js-style route handlers for Python: scaffold, serve and check them.",
    epilog="`routegen COMMAND --help` tells more about a command.",
    rich_markup_mode=None,  # Rich would eat `[id]`, and costs 70 ms
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        console.out(f"routegen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Only carries the options that stand before a command."""


def run(argv: Sequence[str]) -> int:
    """Run one command line. Returns the exit code: 0, 1 failure, 2 usage, 130 interrupted; raises nothing."""
    console.prepare()
    try:
        code = _run(list(argv))
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    return code


def _run(argv: list[str]) -> int:
    try:
        result = get_command(app).main(argv, prog_name="routegen", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except typer.Abort:
        console.note("aborted")
        return 1
    except Exception as error:
        if os.environ.get(DEBUG):
            console.note(traceback.format_exc())
        failure = _as_failure(error, argv)
        console.error(failure.message, failure.hint)
        return failure.exit_code


def _as_failure(error: Exception, argv: Sequence[str]) -> RoutegenError:
    """The error as one with a way out."""
    if lacking := missing_package(error):
        package, hint = lacking
        return RoutegenError(f"`{package}` is not installed", hint=hint)
    if isinstance(error, RoutegenError):
        return error
    if isinstance(error, typer.TyperException):
        return _as_usage_error(error, argv)
    if isinstance(error, OSError) and error.filename is not None:
        return RoutegenError(
            f"`{os.fspath(error.filename)}`: {error.strerror}",
            hint="check that the path exists and that you may use it",
        )
    text = " ".join(str(error).split()) or "no message"
    return RoutegenError(
        f"unexpected {type(error).__name__}: {text}",
        hint=f"this is a bug in routegen: please report it, with the traceback that `{DEBUG}=1` adds",
    )


def _as_usage_error(error: typer.TyperException, argv: Sequence[str]) -> UsageError:
    """What Typer says about the arguments, in the house's form.

    Typer vendors Click and keeps its errors private: facts beyond the message are read where they are there.
    """
    facts: Any = error
    context = getattr(facts, "ctx", None)
    option = getattr(facts, "option_name", None)
    if isinstance(option, str) and hasattr(facts, "possibilities"):
        near = get_close_matches(option, facts.possibilities or (), n=1)
        message = f"no such option `{option}`"
    else:
        near = []
        message = re.sub(r"'([^'\n]*)'", r"`\1`", " ".join(error.format_message().split())).removesuffix(".")
        message = message[:1].lower() + message[1:] + _refused_value(error)
    command = " ".join(["routegen", *argv[:1]]) if argv and argv[0] in names() else "routegen"
    path = context.command_path if context is not None else command
    return UsageError(message, hint=f"did you mean `{near[0]}`?" if near else f"see `{path} --help`")


def _refused_value(error: Exception) -> str:
    """The value that Pydantic refused, which Typer's message leaves out."""
    errors: Any = getattr(error.__cause__, "errors", None)
    return f" (given: `{errors()[0]['input']}`)" if errors else ""


def _reader_left() -> int:
    """The reader of the pipe is gone (`routegen routes | head -1`): that is no error of anyone."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())  # the interpreter flushes once more when it ends
    return 1
