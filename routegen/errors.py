"""The errors a user of routegen can meet, each with the way out.

    RoutegenError            something went wrong           exit code 1
    ├── UsageError           the command line is at fault   exit code 2
    ├── ProjectError         the project is at fault        exit code 1
    └── ConflictError        files stand in the way         exit code 1

The code that raises gives facts: a message (value and place, no final period) and a hint (what to do).
Only `routegen.cli` turns them into text and an exit code.
"""


class RoutegenError(Exception):
    """An error with a way out.

    Args:
        message: one sentence that names the value and the place, values in backticks.
        hint: a command to type or an edit to make.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RoutegenError):
    """The command line asks for something that does not exist or makes no sense."""

    exit_code = 2


class ProjectError(RoutegenError):
    """The project on disk is missing, incomplete or contradicts itself."""


class ConflictError(RoutegenError):
    """Writing would replace files that hold something else."""
