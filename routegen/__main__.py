"""`python -m routegen` and the `routegen` console script."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from routegen.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
