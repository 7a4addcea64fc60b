"""Whatever stands in a file, a check ends with findings or an error: it never crashes."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routegen.check import check, read_selection
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.handlers.typescript.prisma import read_models
from tests.check.blocks import blocks

BLOCKS = [block for rule in rules().values() for block in blocks(rule.documentation)]
TEXTS = sorted({block.text for block in BLOCKS})
SCRIPTS = sorted({block.text for block in BLOCKS if block.lang == "typescript"})
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/x/{path:path}')\n"
JUNK = (
    ["", "(", ")", "[", "]", ":", "\n", "    ", "\t", "async ", "await ", "*", "**x", "'", '"', '"""', "\\"],
    ["{", "}", "`", "${", "=>", "<T>", "/*", "?.", "...", "export default "],
)
CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from([*JUNK[0], *JUNK[1]])),
    max_size=4,
)


def survives(name: str, data: bytes, *, files: int = 1) -> None:
    """Check one file, as a route and as a module of a FastAPI project."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "pyproject.toml").write_text("[tool.routegen]\n")
        file = root / "app" / "[id]" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        file.with_name("page.tsx").write_text("export default () => null\n")
        checked = check(find_targets([root]), read_selection({}, preview=True))
        assert checked.files == files
        assert len(checked.errors) <= 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), CUTS)
def test_a_damaged_handler_is_survived(text: str, cuts: list[tuple[float, int, str]]) -> None:
    text = damaged(text, cuts)
    survives("route.py", text.encode(errors="replace"))
    survives("main.py", (FASTAPI + text).encode(errors="replace"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SCRIPTS), CUTS)
def test_a_damaged_script_is_survived(text: str, cuts: list[tuple[float, int, str]]) -> None:
    text = damaged(text, cuts)
    survives("route.ts", text.encode(errors="replace"))
    survives("actions.tsx", f"'use server'\n{text}".encode(errors="replace"))


def damaged(text: str, cuts: list[tuple[float, int, str]]) -> str:
    """The text with pieces cut out, and junk in their place."""
    for place, length, junk in cuts:
        at = int(place * len(text))
        text = text[:at] + junk + text[at + length :]
    return text


@pytest.mark.parametrize(
    "piece",
    ["{{ a if ", "{{", "{% if ", "{% set ", "<!--", "{#", "{% raw ", "<form ", "fetch('", "hx-post=", "\n"],
)
def test_what_a_page_opens_and_never_closes_is_not_looked_for_again_and_again(piece: str) -> None:
    """A quadratic search would take minutes."""
    survives("page.html", (piece * (400_000 // len(piece))).encode(), files=0)


@pytest.mark.parametrize("piece", ["\n", "model a {\n", "model a ", "a b\n", "}\n", " "])
def test_a_schema_of_any_kind_is_read_in_one_go(tmp_path: Path, piece: str) -> None:
    """A schema as long as is looked at: a quadratic search would take minutes."""
    schema = tmp_path / "schema.prisma"
    schema.write_text("model User {\n  password String\n}\n" + piece * (900_000 // len(piece)))
    assert read_models([schema])["user"] == [{"password": "String"}]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    survives("route.py", data)


@pytest.mark.parametrize(
    "text",
    [
        "x = x\nGET = x\n",
        "class A(B): ...\nclass B(A): ...\ndef GET(a: A = A()): return a.b.c(a)\n",
        "A = B\nB = A\ndef GET(a: A): return a\n",
        "def GET(x=None):\n    x = x or x.y()\n    while x: x = x or x.y()\n    return x\n",
        "from .route import GET\n",
        "from . import route as route\nGET = route.GET\n",
        "def GET(): yield (yield)\n",
        "import hmac\ndef GET(s: str):\n    s = f'{s[:1]}*'\n    return hmac.new(k, s).digest() == s\n",
        "def GET():\n    try: pass\n    except* (A, B) as e: return {'a': e}\n",
        FASTAPI + "def f(a=Depends(a)): return f(f)\napp.include_router(app)\n",
    ],
)
def test_circles_end(text: str) -> None:
    survives("route.py", text.encode())
    survives("main.py", text.encode())
