"""A further process of `routegen serve`: `python -m routegen.cli.worker LOG HOST JOB`, started by the first one."""

import gc
import sys

from routegen.cli import console
from routegen.cli.reporter import make_reporter
from routegen.errors import RoutegenError


def command(log: str, host: str) -> list[str]:
    """The argv that starts such a process; the supervisor appends the job."""
    return [sys.executable, "-m", "routegen.cli.worker", log, host]


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    gc.disable()  # as in `routegen serve`
    from routegen.server.supervisor import work

    log, host, job = sys.argv[1:]
    try:
        work(job, lambda: make_reporter(log, host))
    except RoutegenError as error:
        console.error(error.message, error.hint)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
