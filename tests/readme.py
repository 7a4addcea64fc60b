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


def figures() -> str:
    """What the benchmarks measured of routegen and its peers in the same run."""
    names = ("routegen", "FastAPI", "Litestar", "Starlette")
    rows: list[tuple[str, ...]] = []
    shares = {row["server"]: row for row in _results("throughput", "server")}
    for target in list(shares["routegen"])[1:]:
        cells = (shares[name][target].partition(" ")[0] for name in names)
        rows.append((f"{target}: share of the requests/s of bare ASGI", *cells))
    many = {row["server"]: row for row in _results("routes", "last static") if row["routes"] == "1,000"}
    lost = (re.findall(r"\((.*)\)", many[name]["last static"])[0] if name in many else "" for name in names)
    rows.append(("requests/s of the last of 1,000 routes: share of those of the last of 10", *lost))
    saves = {row["server"]: row for row in _results("reload", "routes") if row["routes"] == "500"}
    for title, column in (
        ("500 routes: ms from a save to the first new answer", "save → new answer, median ms"),
        ("500 routes: requests of another client that failed during 50 saves", "failed requests"),
    ):
        own, peer = (saves[name][column] for name in ("routegen serve", "uvicorn --reload"))
        rows.append((title, own, f"{peer} (`uvicorn --reload`)", "", ""))
    return _table(("", "routegen", "FastAPI by hand", "Litestar", "Starlette"), rows)


def _results(part: str, column: str) -> list[dict[str, str]]:
    """The rows of the table in this part of RESULTS.md that has this column."""
    page = (ROOT / "benchmarks/RESULTS.md").read_text(encoding="utf-8")
    text = page.partition(f"<!-- begin: {part} -->")[2].partition("<!-- end:")[0]
    for block in text.split("\n\n"):
        lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.strip().splitlines()]
        if column in lines[0]:
            return [dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]
    raise AssertionError(f"RESULTS.md has no table `{part}` with a column `{column}`: make bench ARGS={part}")


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
    "figures": figures,
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
