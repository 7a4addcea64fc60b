"""Fixes as a user applies them: all files or none, once is enough, and what is not understood stays."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.check.finding import Edit, Fix
from routegen.check.fixes.apply import apply
from routegen.cli.app import run
from routegen.scaffold.new import create
from tests.check.blocks import after_fixes
from tests.remove.conftest import picture
from tests.remove.test_killed import outcomes

ROUTE = """from typing import Annotated

from fastapi import Form
from fastapi.responses import RedirectResponse

SEEN: list[str] = []


async def POST(email: Annotated[str, Form()], name: Annotated[str, Form()] = "") -> RedirectResponse:
    SEEN.append(f"{name} <{email}>")  # é: what is not ASCII is counted in bytes
    return RedirectResponse("/thanks", 303)
"""
PAGE = """<p>é</p> <form action="/api/letters" method="post" id="letters" data-kind="x"
  novalidate><input name="email"><button>Go</button></form>
"""


def letters(root: Path) -> Path:
    """A project whose page posts to a handler."""
    create(str(root))
    for name, text in {"app/api/letters/route.py": ROUTE, "app/letters/page.html": PAGE}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_a_form_s_handler_becomes_an_action_that_its_test_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = letters(tmp_path / "shop")
    monkeypatch.chdir(root)
    before = picture(root)
    assert run(["check", "--fix"]) == 1 and picture(root) == before
    assert run(["check", "--unsafe-fixes", "--diff"]) == 1 and picture(root) == before
    patch = capsys.readouterr().out
    assert run(["check", "--unsafe-fixes"]) == 0
    after = picture(root)
    assert not (root / "app/api/letters").exists()
    page = (root / "app/letters/page.html").read_text(encoding="utf-8")
    assert page == (
        '<p>é</p> {{ form(letters, id="letters", data_kind="x", novalidate=True) }}'
        '<input name="email"><button>Go</button></form>\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_letters_action.py"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert run(["check", "--unsafe-fixes"]) == 0
    assert {name: text for name, text in picture(root).items() if name in after} == after
    applied = letters(tmp_path / "patched" / "shop")
    subprocess.run(["patch", "-p1", "-s", "-d", str(applied)], input=patch, text=True, check=True)
    for name in ("app/letters/actions.py", "app/letters/page.html", "tests/test_letters_action.py"):
        assert (applied / name).read_bytes() == (root / name).read_bytes()
    assert not (applied / "app/api/letters/route.py").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_killed_at_every_change_it_is_done_or_not_begun(tmp_path: Path) -> None:
    root, done = letters(tmp_path / "a" / "shop"), tmp_path / "b" / "shop"
    shutil.copytree(root, done)

    def work(copy: Path) -> object:
        return run(["check", "--select", "RG101", "--unsafe-fixes", str(copy)])

    work(done)
    after = picture(done)
    assert after != picture(root)
    found = outcomes(root, work, after)
    assert found == sorted(found), "once it is decided, it stays decided"
    assert len(found) > 15 and not found[0] and found[-1]


KEPT: dict[str, Callable[[Path], object]] = {
    "a second caller": lambda root: (root / "app/more.html").write_text(
        '<form method="post" action="/api/letters">'
    ),
    "a script": lambda root: (root / "app/x.js").write_text('fetch("/api/letters", {method: "POST"})'),
    "a guard": lambda root: (root / "app/api/dependencies.py").write_text("dependencies = []\n"),
    "a guard of the page": lambda root: (root / "app/letters/dependencies.py").write_text(
        "dependencies = []\n"
    ),
    "another method": lambda root: (root / "app/api/letters/route.py").write_text(
        ROUTE + "\n\ndef GET() -> int:\n    return 1\n"
    ),
    "an attribute made by the template": lambda root: (root / "app/letters/page.html").write_text(
        '<form method="post" action="/api/letters" id="{{ id }}">'
    ),
}
"""What makes a handler more than the form of one page."""


@pytest.mark.parametrize("case", KEPT)
def test_a_handler_that_may_be_more_stays(tmp_path: Path, case: str) -> None:
    root = letters(tmp_path / "shop")
    KEPT[case](root)
    before = picture(root)
    run(["check", "--select", "RG101", "--unsafe-fixes", str(root)])
    assert picture(root) == before


def test_a_file_that_is_saved_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from routegen.check.fixes import mend

    root = letters(tmp_path / "shop")
    route, whole = root / "app/api/letters/route.py", mend.apply

    def saving(*arguments: object) -> object:
        route.write_text(ROUTE + "\n# mine\n", encoding="utf-8")
        return whole(*arguments)

    monkeypatch.setattr(mend, "apply", saving)
    assert run(["check", "--unsafe-fixes", str(root)]) == 2
    assert "was edited meanwhile" in capsys.readouterr().err
    assert (
        route.read_text(encoding="utf-8").endswith("# mine\n")
        and not (root / "app/letters/actions.py").exists()
    )


SLEEPING = """\
import time

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/a")
async def first(id: int) -> str:
    try:
        time.sleep(1)  # wait
        return str(1 / id)
    except Exception as e:
        raise HTTPException(500, f"Division of {id} failed: {e}")  # told


@app.get("/b")
async def second() -> None:
    await after()
    time.sleep(2)


async def after() -> None:  # routegen: ignore[S110] as it is
    return None
"""
MENDED = (
    SLEEPING.replace("import time", "import asyncio\nimport logging")
    .replace("async def first", "def first")
    .replace("  # routegen: ignore[S110] as it is", "")
    .replace("    time.sleep(2)", "    await asyncio.sleep(2)")
    .replace(
        '        raise HTTPException(500, f"Division of {id} failed: {e}")  # told',
        '        logging.exception(f"Division of {id} failed")\n'
        '        raise HTTPException(500, f"Division of {id} failed") from e  # told',
    )
    .replace("import logging", "import logging\nimport time")
)
WRITTEN = {
    "plain": (lambda text: text.encode()),
    "lines of Windows": (lambda text: text.replace("\n", "\r\n").encode()),
    "a byte order mark": (lambda text: b"\xef\xbb\xbf" + text.encode()),
    "Latin-1": (lambda text: f"# coding: latin-1\n# é\n{text}".encode("latin-1")),
}
"""How a file can be written; it stays so."""


@pytest.mark.parametrize("way", WRITTEN)
def test_several_fixes_meet_in_one_file_however_it_is_written(tmp_path: Path, way: str) -> None:
    """Two need an import in one place, and one would take an import out that the other still needs."""
    (tmp_path / "pyproject.toml").write_text("")
    file = tmp_path / "main.py"
    file.write_bytes(WRITTEN[way](SLEEPING))
    run(["check", "--unsafe-fixes", str(tmp_path)])
    assert file.read_bytes() == WRITTEN[way](MENDED)
    assert run(["check", "--unsafe-fixes", "--diff", str(tmp_path)]) == 0


def test_what_would_not_compile_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("a = 1\nb = 2\n")
    bad = Fix("", (Edit(path, 0, 5, "await x"),))
    overlapping = Fix("", (Edit(path, 6, 11, "b = 3"),))
    late = Fix("", (Edit(path, 8, 9, "=="),))
    used, contents = apply([bad, overlapping, late], {})
    assert used == [overlapping] and contents == {path: b"a = 1\nb = 3\n"}


UPLOAD = """\
import uuid

from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/files")
async def keep(file: UploadFile) -> dict[str, str]:
    folder = f"uploads/{uuid.uuid4()}"
    with open(folder + file.filename, "wb") as target:
        target.write(await file.read(1024))
    return {"folder": folder}
"""


def test_a_module_that_is_imported_whole_is_what_a_fix_asks(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(UPLOAD)
    run(["check", "--select", "RG301", "--unsafe-fixes", str(tmp_path)])
    text = (tmp_path / "main.py").read_text()
    assert 'open(folder + (uuid.uuid4().hex + Path(file.filename or "").suffix), "wb")' in text
    assert "import uuid\nfrom pathlib import Path\n" in text and "from uuid" not in text


TOKEN = """\
import os

from fastapi import FastAPI, HTTPException, Request

app = FastAPI()
TOKEN = os.getenv("HOOK_TOKEN")


@app.get("/hook")
async def hook(request: Request) -> str:
    token = request.query_params.get("token")
    if token and token == TOKEN:
        return "yes"
    raise HTTPException(401, "No")
"""


def test_texts_that_may_be_any_are_compared_as_bytes(tmp_path: Path) -> None:
    """`compare_digest` raises for a text beyond ASCII; a name that was tested is not None."""
    text = after_fixes(tmp_path, TOKEN, "main.py", "RG203")
    assert "if token and hmac.compare_digest(token.encode(), TOKEN.encode()):" in text


FAILING = """\
import logging

from fastapi import FastAPI, HTTPException

app = FastAPI()
logger = logging.getLogger(__name__)


@app.get("/x")
def x() -> str:
    try:
        return str(1 / 0)
    except Exception as e:
        LOG
        raise HTTPException(STATUS, detail=str(e))
"""


@pytest.mark.parametrize(
    ("log", "status", "said"),
    [
        ('logger.exception("Failed to divide")', 500, "Failed to divide"),
        ('logger.error(f"Failed to divide: {e}")', 500, "Failed to divide"),
        ('logger.error("Failed %s", e)', 500, "Something went wrong"),
        ('logger.error("x")', 404, "Not found"),
        ("logger.exception(e)", 403, "Not allowed"),
    ],
)
def test_the_sentence_is_the_one_that_is_logged(tmp_path: Path, log: str, status: int, said: str) -> None:
    text = after_fixes(
        tmp_path, FAILING.replace("LOG", log).replace("STATUS", str(status)), "main.py", "RG803"
    )
    assert f'        {log}\n        raise HTTPException({status}, detail="{said}") from e\n' in text


def test_a_patch_takes_names_with_spaces_and_lines_of_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    file = tmp_path / "2.1 - the app.py"
    file.write_bytes(SLEEPING.replace("\n", "\r\n").encode())
    monkeypatch.chdir(tmp_path)
    run(["check", "--unsafe-fixes", "--diff", "."])
    patch = capfdbinary.readouterr().out
    subprocess.run(["patch", "-p1", "-s", "--binary"], input=patch, check=True)
    assert file.read_bytes() == MENDED.replace("\n", "\r\n").encode()


def test_what_the_server_lacks_stays_a_fault_of_the_server(tmp_path: Path) -> None:
    text = FAILING.replace("LOG", "logger.exception(e)").replace(
        "STATUS, detail=str(e)", '500, "CREDENTIALS not found"'
    )
    assert after_fixes(tmp_path, text, "main.py", "RG808") == text
    users = text.replace("CREDENTIALS", "User")
    assert 'HTTPException(404, "User not found")' in after_fixes(tmp_path, users, "main.py", "RG808")


@pytest.mark.parametrize(
    ("answer", "is_safe"), [("raise HTTPException(500, 'It failed')", True), ("return 'no'", False)]
)
def test_an_error_that_was_a_success_is_let_through_when_asked(
    tmp_path: Path, answer: str, is_safe: bool
) -> None:
    text = FAILING.replace("LOG", "logger.exception(e)").replace(
        "raise HTTPException(STATUS, detail=str(e))", answer
    )
    text = text.replace("return str(1 / 0)", 'raise HTTPException(404, "No such number")')
    (tmp_path / "main.py").write_text(text)
    run(["check", "--select", "RG807", "--fix", str(tmp_path)])
    assert ("except HTTPException:\n        raise\n" in (tmp_path / "main.py").read_text()) is is_safe
    assert "except HTTPException:\n        raise\n" in after_fixes(tmp_path, text, "main.py", "RG807")


def test_what_stands_before_a_name_for_the_exception_is_kept(tmp_path: Path) -> None:
    text = FAILING.replace("LOG", "reason = str(e)").replace(
        "STATUS, detail=str(e)", '400, f"It does not divide: {reason}"'
    )
    assert 'HTTPException(400, "It does not divide") from e' in after_fixes(
        tmp_path, text, "main.py", "RG803"
    )
    left = (tmp_path / "main.py").read_text()
    assert 'logger.exception("It does not divide")' in left and "reason" not in left


def test_a_patch_shows_no_line_that_stays(tmp_path: Path) -> None:
    """Of a long file too, in which lines such as `}` are frequent."""
    from routegen.check.fixes.diff import diff_of

    path = tmp_path / "x.ts"
    before = "function a() {\n  return 1\n}\n" * 100
    after = before[: -len("  return 1\n}\n")] + "  return 2\n}\n"
    lines = diff_of({path: after.encode()}, {path: before.encode()}, tmp_path).split("\n")
    assert lines[2:] == [
        "@@ -296,5 +296,5 @@",
        "   return 1",
        " }",
        " function a() {",
        "-  return 1",
        "+  return 2",
        " }",
    ]
    assert diff_of({path: before.encode()}, {path: before.encode()}, tmp_path) == ""
