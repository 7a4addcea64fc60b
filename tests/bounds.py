"""The oldest versions that routegen may be installed with, and the holes that are known to have been in older ones.

python -m tests.bounds     prints them as pins, for `make audit`
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FIXED: dict[str, dict[str, str]] = {
    "python-multipart": {
        "CVE-2024-24762": "0.0.7",
        "CVE-2024-53981": "0.0.18",
        "CVE-2026-24486": "0.0.22",
        "CVE-2026-40347": "0.0.26",
        "CVE-2026-42561": "0.0.27",
        "CVE-2026-53538": "0.0.30",
        "CVE-2026-53539": "0.0.30",
        "CVE-2026-53540": "0.0.31",
    },
    "starlette": {
        "CVE-2023-30798": "0.25.0",
        "CVE-2024-47874": "0.40.0",
        "CVE-2025-54121": "0.47.2",
        "CVE-2025-62727": "0.49.1",
        "CVE-2026-48710": "1.0.1",
        "CVE-2026-48817": "1.3.1",
        "CVE-2026-48818": "1.3.1",
        "CVE-2026-54282": "1.3.0",
        "CVE-2026-54283": "1.3.1",
    },
    "anyio": {"CVE-2026-63374": "4.14.2", "CVE-2026-64847": "4.14.2"},
    "jinja2": {
        "GHSA-q2x7-8rv6-6q7h": "3.1.5",
        "GHSA-gmj6-6f8f-6699": "3.1.5",
        "GHSA-cpwx-vrp4-4pq7": "3.1.6",
    },
    "python-dotenv": {"CVE-2026-28684": "1.2.2"},
    "cryptography": {
        "CVE-2026-26007": "46.0.5",
        "CVE-2026-39892": "46.0.7",
        "GHSA-537c-gmf6-5ccf": "48.0.1",
        "CVE-2026-69247": "50.0.0",
    },
}
"""By package, the advisories that are known and the first version which is mended, as of November 2026."""


def lowest() -> dict[str, str]:
    """The lower bound of each dependency and of each extra's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needs = [*project["dependencies"], *(need for needs in extras for need in needs)]
    parts = (need.partition(">=") for need in needs if not need.startswith("routegen["))
    return {re.sub(r"\[.*", "", name).strip().lower(): version for name, _, version in parts}


def release(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared; zeros at its end say nothing."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


if __name__ == "__main__":
    for name, version in lowest().items():
        print(f"{name}=={version}{'.0' * (2 - version.count('.'))}")  # the database knows no `6.0`
