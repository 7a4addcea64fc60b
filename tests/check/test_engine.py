"""Whole runs: what is selected, suppressed and read, and that nothing crashes or is executed."""

from pathlib import Path

import pytest

from routegen.check.engine import Checked, check
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.check.settings import Selection, read_selection
from routegen.errors import ProjectError, UsageError

WEBHOOK = """from fastapi import Request
from lib.orders import record
{above}
async def POST(request: Request) -> None:{header}
    body = await request.json(){inside}
    record(body)
"""


def project(root: Path, files: dict[str, str | bytes]) -> Path:
    """A project with these files below `app/`."""
    (root / "pyproject.toml").write_text("[tool.routegen]\n")
    (root / "app").mkdir(exist_ok=True)
    for name, content in files.items():
        file = root / "app" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def run(root: Path, *paths: Path, codes: frozenset[str] = frozenset(rules())) -> Checked:
    return check(find_targets(list(paths), start=root), Selection(codes))


def codes(checked: Checked) -> list[str]:
    return [finding.code for finding in checked.findings]


IGNORE = "# routegen: ignore[RG201] the gateway verifies"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({}, ["RG201"]),
        ({"header": f"  {IGNORE}"}, []),
        ({"above": IGNORE}, []),
        ({"inside": f"  {IGNORE}"}, ["RG002", "RG201"]),
        ({"above": f"{IGNORE}\n"}, ["RG002", "RG201"]),
        ({"above": f"{IGNORE},\n# which checks the time too"}, []),
        ({"above": f"{IGNORE}\n# routegen: ignore[RG301] nothing is kept"}, ["RG002"]),
        ({"above": f"{IGNORE}\n# a comment\n"}, ["RG002", "RG201"]),
        ({"header": "  # routegen: ignore[RG201]"}, ["RG003"]),
        ({"header": "  # routegen: ignore[RG301] the gateway verifies"}, ["RG002", "RG201"]),
        ({"header": "  # routegen: ignore[RG2O1] the gateway verifies"}, ["RG001", "RG201"]),
        ({"header": "  # routegen: ignore the gateway verifies"}, ["RG001", "RG201"]),
        ({"header": "  # routegen: ignore[RG201, RG301] the gateway verifies"}, ["RG002"]),
        ({"inside": '\n    x = "# routegen: ignore[RG201] no comment"'}, ["RG201"]),
    ],
)
def test_suppressions(tmp_path: Path, places: dict[str, str], expected: list[str]) -> None:
    text = WEBHOOK.format(**{"above": "", "header": "", "inside": ""} | places)
    project(tmp_path, {"api/webhooks/acme/route.py": text})
    assert sorted(codes(run(tmp_path))) == expected


def test_a_suppression_on_a_decorator_speaks_for_the_handler(tmp_path: Path) -> None:
    text = (
        "from fastapi import UploadFile\nfrom routegen import operation\n"
        f"@operation(status_code=201)  {IGNORE.replace('RG201', 'RG301')}\n"
        "def POST(file: UploadFile) -> None:\n    open(file.filename)\n"
    )
    project(tmp_path, {"route.py": text})
    assert codes(run(tmp_path)) == []


def test_a_rule_that_did_not_run_leaves_its_suppressions_alone(tmp_path: Path) -> None:
    project(tmp_path, {"route.py": f"def GET() -> None:  {IGNORE}\n    return None\n"})
    assert codes(run(tmp_path, codes=frozenset({"RG002", "RG301"}))) == []
    assert codes(run(tmp_path)) == ["RG002"]


GET = b"def GET():\n    return 1\n"
DEEP = {
    "brackets": b"def GET():\n    return " + b"[" * 150 + b"1" + b"]" * 150 + b"\n",
    "sum": b"def GET():\n    return " + b"+".join([b"a"] * 20_000) + b"\n",
    "calls": b"def GET():\n    return x" + b".a()" * 3_000 + b"\n",
    "elif": b"def GET(a):\n    if a: pass\n" + b"    elif a: pass\n" * 2_000,
    "blocks": b"def GET():\n" + b"".join(b" " * i + b"if a:\n" for i in range(1, 99)) + b" " * 99 + b"pass\n",
    "circle": b"def f(x): return g(x)\ndef g(x): return f(x)\nGET = f\nPOST = X\nX = Y\nY = X\n",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_deep_code_is_read(tmp_path: Path, text: bytes) -> None:
    checked = run(project(tmp_path, {"route.py": text}))
    assert checked.errors == [] and checked.findings == []


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + GET,
        b'# -*- coding: latin-1 -*-\nNAME = "\xe9"\n' + GET,
        GET.replace(b"\n", b"\r\n"),
        b"\x0c\n" + GET,
        b"type A = int\ndef GET[T](x: T): return f'{f'{x}'}'\ntry: pass\nexcept A, B: pass\n",
    ],
)
def test_odd_but_right_files_are_read(tmp_path: Path, text: bytes) -> None:
    checked = run(project(tmp_path, {"route.py": text}))
    assert checked.errors == [] and checked.findings == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"def GET(:\n", 1),
        (GET + b"def POST(\n", 3),
        (b"if True:\n    x = 1\n  y = 2\n", 3),
        (b"def GET():\nreturn 1\n", 2),
        (b'print "x"\n', 1),
        (b"X = 1\0\n", 1),
        (b'X = "\xe9"\n', 0),
        (b"# coding: klingon\n", 0),
        (b"def GET():\n    return " + b"(" * 3_000 + b"\n", 2),
    ],
)
def test_what_is_no_python_is_an_error_with_its_line(tmp_path: Path, text: bytes, line: int) -> None:
    checked = run(project(tmp_path, {"route.py": text, "ok/route.py": GET}))
    assert [error.line for error in checked.errors] == [line]
    assert checked.files == 2


def test_files_that_cannot_be_opened_are_errors(tmp_path: Path) -> None:
    project(tmp_path, {"a/route.py": GET})
    (tmp_path / "app" / "b").mkdir()
    (tmp_path / "app" / "b" / "route.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "app" / "loop").symlink_to(tmp_path / "app")
    checked = run(tmp_path)
    assert [error.path.name for error in checked.errors] == ["route.py"]


def test_a_file_of_fifty_thousand_lines(tmp_path: Path) -> None:
    many = b"".join(
        b"def f%d(a, b):\n    x = g(a)[b].c\n    if x:\n        h(x, k=1)\n    return x\n" % i
        for i in range(10_000)
    )
    assert run(project(tmp_path, {"route.py": GET + many})).findings == []


def test_nothing_is_executed(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = f"open({str(marker)!r}, 'w').close()\ndef GET(x=open({str(marker)!r}, 'w')):\n    return 1\n"
    run(project(tmp_path, {"route.py": text, "dependencies.py": text}))
    assert not marker.exists()


def test_only_what_lies_within_the_paths_is_reported(tmp_path: Path) -> None:
    project(tmp_path, {"(a)/x/route.py": GET, "(b)/x/route.py": GET, "y/route.py": b"", "z/route.py": GET})
    assert codes(run(tmp_path)) == ["RG701", "RG712"]
    assert codes(run(tmp_path, tmp_path / "app" / "y")) == ["RG712"]
    assert codes(run(tmp_path, tmp_path / "app" / "y" / "route.py")) == ["RG712"]
    assert codes(run(tmp_path, tmp_path / "app" / "z")) == []


def test_a_tree_without_a_project(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "route.py"
    file.parent.mkdir()
    file.write_text("def get(): return 1\n")
    assert codes(run(tmp_path, file)) == ["RG702"]


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"check": {"selct": []}}, "did you mean `select`?"),
        ({"check": {"select": ["RG999"]}}, "did you mean"),
        ({"check": {"select": "RG201"}}, 'write `select = ["RG201"]`'),
        ({"check": []}, "[tool.routegen.check]"),
        ({"check": {"preview": "yes"}}, "write `preview = true`"),
        ({"check": {"per-file-ignores": ["RG501"]}}, "RG501"),
    ],
)
def test_settings_are_validated(settings: dict[str, object], hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_selection(settings)
    assert hint in caught.value.hint


def test_selection() -> None:
    previewed = {rule.code for rule in rules().values() if rule.preview}
    assert previewed and read_selection({}).codes == set(rules()) - previewed
    assert read_selection({}, preview=True).codes == set(rules())
    assert read_selection({"check": {"preview": True}}).codes == set(rules())
    assert read_selection({}, select=["RG404"]).codes == {"RG404"}
    assert read_selection({}, select=["RG4"]).codes.isdisjoint(previewed)
    quiet = read_selection(
        {"check": {"per-file-ignores": {"app/old/**": ["RG5"]}}}, per_file_ignores=["app/[id]/*:RG1"]
    )
    assert not quiet.wants(Path("/p/app/old/x/route.py"), "RG501", Path("/p"))
    assert not quiet.wants(Path("/p/app/[id]/route.py"), "RG101", Path("/p"))
    assert quiet.wants(Path("/p/app/i/route.py"), "RG101", Path("/p"))
    chosen = read_selection({"check": {"select": ["RG2"], "ignore": ["RG202"]}}).codes
    assert {"RG201", "RG203"} < chosen and "RG202" not in chosen
    assert read_selection({"check": {"select": ["RG2"]}}, select=["RG101,RG301"]).codes == {"RG101", "RG301"}
    assert read_selection({}, select=["method-name"]).codes == {"RG702"}
    assert "RG201" not in read_selection({}, ignore=["RG2"]).codes
    with pytest.raises(UsageError, match="RG2O1"):
        read_selection({}, select=["RG2O1"])


def test_two_findings_that_only_their_reasons_tell_apart(tmp_path: Path) -> None:
    """Their order was asked of the reasons, which have none."""
    (tmp_path / "main.py").write_text(
        "import httpx\nfrom fastapi import FastAPI, Request\napp = FastAPI()\n"
        "@app.post('/hook')\nasync def hook(request: Request):\n    return await answer(await request.json())\n"
        "async def answer(event):\n    async with httpx.AsyncClient() as client:\n"
        "        await client.post(event.get('url'))\n        await client.post(event.get('url'))\n"
    )
    findings = check(find_targets([tmp_path]), Selection(frozenset({"RG903"}))).findings
    assert [(f.code, f.line) for f in findings] == [("RG903", 6)] * 2
    assert len({f.evidence for f in findings}) == 2
