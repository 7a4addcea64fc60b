"""Verifies malformed deliveries of every provider, made by Hypothesis: none may be accepted, none may raise.

    python benchmarks/malformed.py [--count 10000]

What is malformed: nonsense, and right deliveries whose signature, headers, body, URL or method are spoilt.
"""

import argparse
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.webhooks.test_malformed import PROVIDERS, attack


def main() -> int:
    """Returns 1 when one was accepted, or raised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000, help="deliveries a provider")
    count = parser.parse_args().count
    made: list[int] = []
    failed: list[str] = []
    for provider in PROVIDERS:
        try:
            made.append(attack(provider, count))
        except Exception:
            traceback.print_exc()
            failed.append(provider)
    print(f"{len(PROVIDERS)} providers, {sum(made):,} deliveries, {min(made, default=0):,} or more of each")
    print(f"accepted or raised: {', '.join(failed) or 0}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
