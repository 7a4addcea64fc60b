"""How long a command takes to start: routegen against a bare interpreter and a bare Typer app, in one run.

    python benchmarks/cli.py [--runs 15]

Prints a Markdown table. Exits 1 when a figure is above its limit.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

LIMIT = 1.3
"""Times the bare Typer app's same."""

# As many commands as routegen has, each with an argument and options of the kinds that `add` has.
BARE = """
from typing import Annotated

import typer

app = typer.Typer()
{commands}
app()
"""
BARE_COMMAND = '''
@app.command()
def {name}(
    pattern: Annotated[str | None, typer.Argument()] = None,
    arguments: Annotated[list[str] | None, typer.Argument()] = None,
    path: Annotated[str | None, typer.Option(help="Where to.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
) -> None:
    """A command that does nothing."""
    print(pattern, arguments)
'''


def medians(cases: Mapping[str, list[str]], cwd: Path, runs: int) -> dict[str, float]:
    """The median milliseconds of each command, taken in turns so that a slow moment hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for number in range(runs + 1):
        for name, command in cases.items():
            start = time.perf_counter()
            subprocess.run(
                command,
                cwd=cwd,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            if number:  # the first round writes the bytecode
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    runs: int = parser.parse_args().runs
    from routegen.cli.commands import names

    with tempfile.TemporaryDirectory() as folder:
        bare, routegen = Path(folder, "bare.py"), [sys.executable, "-m", "routegen"]
        bare.write_text(BARE.format(commands="".join(BARE_COMMAND.format(name=name) for name in names())))
        subprocess.run(
            [*routegen, "new", "shop"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        add = ["add", "webhook", "stripe", "--dry-run"]
        found = medians(
            {
                "python -c pass": [sys.executable, "-c", "pass"],
                "bare Typer app --help": [sys.executable, str(bare), "--help"],
                "bare Typer app, a command": [sys.executable, str(bare), *add],
                "routegen --help": [*routegen, "--help"],
                "routegen add webhook stripe --dry-run": [*routegen, *add],
                "routegen routes": [*routegen, "routes"],
                "routegen check": [*routegen, "check"],
            },
            Path(folder, "shop"),
            runs,
        )
    limits = {
        "routegen --help": "bare Typer app --help",
        "routegen add webhook stripe --dry-run": "bare Typer app, a command",
    }
    print(f"| Command | median of {runs}, ms | x python -c pass | x the bare Typer app's same | limit |")
    print("| --- | ---: | ---: | ---: | ---: |")
    over = 0
    for name, median in found.items():
        to_python = f"{median / found['python -c pass']:.1f}"
        ratio = median / found[limits[name]] if name in limits else None
        over += ratio is not None and ratio > LIMIT
        tail = f"{ratio:.2f} | {LIMIT}" if ratio is not None else "|"
        print(f"| `{name}` | {median:.0f} | {to_python} | {tail} |")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
