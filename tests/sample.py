"""The commands that make `sample_project/`, and the means to run them: `python -m tests.sample --write`.

A shop is more than commands can know: what it sells and what an order is. Those files are written by hand, in
`sample_project/` itself, and listed here; every other byte is what the commands make.

Without `--write` it says what differs between the committed tree and what the commands make today.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NAME = "sample_project"
COMMITTED = Path(__file__).resolve().parent.parent / NAME
COMMANDS = (
    ("add", "protected"),
    ("add", "crud", "products", "name:str", "description:text", "price:decimal", "stock:int"),
    ("add", "webhook", "stripe"),
    ("add", "upload", "photos"),
    ("add", "stream", "--public"),
    ("add", "action", "contact", "name:str", "email:email", "message:text", "--public"),
    ("add", "page", "thanks"),
)
BY_HAND = (
    "app/actions.py",
    "app/page.html",
    "app/page.py",
    "app/products/[id]/actions.py",
    "app/products/[id]/page.html",
    "app/products/[id]/page.py",
    "app/sign-in/actions.py",
    "app/sign-in/page.html",
    "app/account/actions.py",
    "app/account/page.html",
    "app/account/page.py",
    "lib/first_products.py",
    "lib/models/order.py",
    "migrations/0003_create_orders.py",
    "tests/test_shop.py",
)
"""Files that no command makes."""
REPLACED = ("app/layout.html", "app/thanks/page.py")
"""Files that a command makes, and that were edited afterwards, as anyone would."""
_NOT_COMMITTED = {".env", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "data", "cache"}


def make(parent: Path) -> Path:
    """Run all commands in `parent`, and lay what was written by hand over it. Returns the folder of the project."""
    _routegen(parent, "new", NAME)
    for command in COMMANDS:
        _routegen(parent / NAME, *command)
    for relative in (*BY_HAND, *REPLACED):
        target = parent / NAME / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(COMMITTED / relative, target)
    return parent / NAME


def files(root: Path) -> dict[str, bytes]:
    """The files that are committed, by path, with their contents."""
    found = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    return {
        relative.as_posix(): path.read_bytes()
        for relative, path in sorted(found.items())
        if not _NOT_COMMITTED & set(relative.parts) and ".egg-info" not in str(relative)
    }


def write(made: Path) -> None:
    """Put what was made in the place of the committed tree; what is not committed stays."""
    for relative in files(COMMITTED):
        (COMMITTED / relative).unlink()
    for relative, content in files(made).items():
        target = COMMITTED / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for folder in sorted((path for path in COMMITTED.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _routegen(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "routegen", *arguments], cwd=folder, check=True, capture_output=True
    )


def main() -> int:
    """Compare, or with `--write` replace."""
    parent = Path(tempfile.mkdtemp())
    try:
        made = make(parent)
        if "--write" in sys.argv[1:]:
            write(made)
            return 0
        before, after = files(COMMITTED), files(made)
        changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        print("\n".join(changed) or "nothing differs")
        return 1 if changed else 0
    finally:
        shutil.rmtree(parent)


if __name__ == "__main__":
    sys.exit(main())
