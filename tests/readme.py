"""The parts of README.md and ARCHITECTURE.md that the program knows better, and the means to write them.

python -m tests.readme --write
"""

import ast
import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from routegen.check.registry import rules
from routegen.cli.app import run
from routegen.cli.commands import names, summary
from routegen.scaffold.catalog import Catalog
from routegen.scaffold.pattern import Provider
from tests.test_layers import LIBRARY, MAY_IMPORT

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
HANDLER = "app/api/webhooks/stripe/route.py"
MISUSE = """\
from fastapi import Request
from lib.orders import record_payment


async def POST(request: Request) -> dict[str, bool]:
    event = await request.json()
    await record_payment(event["order"])
    return {"received": True}
"""


def handler() -> str:
    """The handler of the sample project that a newcomer reads first."""
    return f"```python\n# {HANDLER}\n{(ROOT / 'sample_project' / HANDLER).read_text(encoding='utf-8')}```"


def commands() -> str:
    """Every command with its line of help."""
    return _table(("Command", "What it does"), [(f"`routegen {name}`", summary(name)) for name in names()])


def patterns() -> str:
    """Every pattern with when to use it and when not, from the manifests."""
    catalog = Catalog.of()
    rows = [
        (f"`routegen add {shlex.join(p.example.split())}`", p.summary, p.use, p.avoid)
        for p in catalog.patterns()
    ]
    return _table(("Command", "What it writes", "When to use", "When not"), rows)


def providers() -> str:
    """Every provider of webhooks: how it signs, what it waits for and how often it tries again."""
    catalog = Catalog.of()
    names = sorted([*catalog.provider_names("webhook"), *catalog.aliases("webhook")])
    rows = [_provider(name, catalog.provider("webhook", name)) for name in names]
    return _table(("Provider", "Signature", "Age at most", "It tries again"), rows)


def _provider(name: str, provider: Provider) -> tuple[str, ...]:
    signature, delivery = provider.scheme["signatures"][0], provider.scheme["delivery"]
    header = f"`{signature['header']}`" if "header" in signature else "in the body"
    kind = _ALGORITHMS[signature.get("algorithm", "hmac-sha256")]
    age = f"{signature['tolerance']:,} s" if "tolerance" in signature else ""
    return f"[`{name}`]({provider.docs})", f"{header}, {kind}", age, delivery["policy"]


def finding() -> str:
    """What `routegen check` prints about a webhook that believes anyone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "app/api/webhooks/acme/route.py")
        file.parent.mkdir(parents=True)
        file.write_text(MISUSE, encoding="utf-8")
        before = Path.cwd()
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
                run(["check", "--select", "RG201"])
        finally:
            os.chdir(before)
    return f"```text\n{out.getvalue().strip()}\n```"


def rule_table() -> str:
    """Every rule of `check`."""
    return _table(
        ("Code", "Name", "Why"), [(rule.code, f"`{rule.name}`", rule.summary) for rule in rules().values()]
    )


def layers() -> str:
    """Every part of the package: what it does, in its own words, and what it may import."""
    rows: list[tuple[str, ...]] = []
    for part, below in sorted(MAY_IMPORT.items(), key=lambda row: (row[0] in LIBRARY, row[0])):
        sentence = _first_sentence(part)
        named = [f"`{name}`" for name in sorted(below - LIBRARY)]
        library = ["the library"] if below & LIBRARY else []
        if part and sentence:
            name = f"`{part}`{' (library)' if part in LIBRARY else ''}"
            rows.append((name, sentence, ", ".join(named + library) or "nothing"))
    return _table(("Part", "What it does", "May import"), rows)


def _first_sentence(part: str) -> str:
    """The first line of the docstring of a package or module of routegen."""
    for file in (ROOT / "routegen" / part / "__init__.py", ROOT / f"routegen/{part}.py"):
        if file.is_file():
            return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]
    return ""


_ALGORITHMS = {
    "hmac-sha256": "HMAC-SHA256",
    "hmac-sha1": "HMAC-SHA1",
    "ed25519": "Ed25519",
    "ecdsa-p256": "ECDSA P-256",
}

README_BLOCKS: dict[str, Callable[[], str]] = {
    "handler": handler,
    "commands": commands,
    "patterns": patterns,
    "providers": providers,
    "finding": finding,
    "rules": rule_table,
}
PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    README: README_BLOCKS,
    ROOT / "ARCHITECTURE.md": {"layers": layers},
}


def generated(page: Path) -> str:
    """A page's text with every block written anew."""
    text = page.read_text(encoding="utf-8")
    for name, write in PAGES[page].items():
        begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
        assert text.count(begin) == text.count(end) == 1, f"{page.name} has no block `{name}`"
        block = f"{begin}\n\n{write()}\n\n{end}"
        text = re.sub(f"{re.escape(begin)}.*{re.escape(end)}", lambda _, b=block: b, text, flags=re.DOTALL)
    return text


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *(tuple(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for page in PAGES:
        written = generated(page)
        if "--write" in sys.argv[1:]:
            page.write_text(written, encoding="utf-8")
        else:
            print(written)
