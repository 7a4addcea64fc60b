"""Sends files by npm's tus-js-client to a server that is killed at random moments (kill -9), and compares what arrives.

python benchmarks/uploads_killed.py --uploads 20     each is interrupted up to three times
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEST = "tests/uploads/test_resumable.py::test_tus_js_client_over_kills"


def main() -> None:
    """Run the test of it, as often as asked for: it fails at the first digest that differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--uploads", type=int, default=20)
    count = parser.parse_args().uploads
    command = [sys.executable, "-m", "pytest", TEST, "-q", "-s", "-p", "no:cacheprovider"]
    environment = {**os.environ, "UPLOADS_KILLED": str(count)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    killed = re.search(r"killed (\d+) times", done.stdout)
    if done.returncode or killed is None:
        sys.exit(done.stdout[-3000:] + done.stderr[-3000:])
    print(
        f"| {count} uploads of 24 MB | kill -9 during an upload {killed[1]} times | sha256 equal {count} of {count} |"
    )


if __name__ == "__main__":
    main()
