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


def mended(tmp_path: Path, text: str, path: str = "app/api/x/route.ts", code: str = "ALL") -> str:
    """What all fixes make of a file; doing it again changes nothing."""
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    run(["check", "--select", code, "--unsafe-fixes", str(tmp_path)])
    assert run(["check", "--select", code, "--unsafe-fixes", "--diff", str(tmp_path)]) == 0
    return file.read_text()


STRIPE = """\
import { NextResponse } from 'next/server';
import { getStripe } from '@/lib/stripe';

export async function POST(request: Request) {
    const signature = request.headers.get('stripe-signature')!;
    const event = getStripe().webhooks.constructEvent(await request.text(), signature, process.env.SECRET!);
    after(() => record(event));
    return NextResponse.json({ ok: true });
}
"""


def test_a_variable_that_is_declared_before_has_a_type(tmp_path: Path) -> None:
    """One without it that a function in the handler sees is an error in strict TypeScript."""
    text = mended(tmp_path, STRIPE, code="RG206")
    assert "    let event: Stripe.Event;\n    try {\n        event = getStripe()" in text
    assert "from '@/lib/stripe';\nimport type Stripe from 'stripe';\n" in text
    assert (
        "    } catch {\n        return NextResponse.json({ error: 'Not verified' }, { status: 400 });\n    }"
        in text
    )


LOGGED = """\
export async function GET() {
  try {
    return Response.json(await load())
  } catch (error) {
    if (error instanceof TypeError) {
      console.error("types", error)
      return new Response("No", { status: 400 })
    }
    return new Response(`Loading failed: ${String(error)}`, { status: 500 })
  }
}
"""


def test_what_another_branch_logs_is_not_logged_here(tmp_path: Path) -> None:
    text = mended(tmp_path, LOGGED)
    assert '    console.error(error)\n    return new Response("Loading failed", { status: 500 })' in text
    again = LOGGED.replace("    return new Response(`", "    report(error)\n    return new Response(`")
    assert "console.error(error)" not in mended(tmp_path, again)


def answering(body: str) -> str:
    return f"export async function POST() {{\n  if (await load()) return Response.json({body})\n  return Response.json({{}})\n}}\n"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{ error: "Invalid API key" }', 401),
        ('{ error: "You are not allowed to do that" }', 403),
        ('{ error: "This is disabled" }', 404),
        ('{ error: "No devices found" }', 404),
        ('{ error: "Invalid signature", status: 500 }', 400),
        ('{ error: "Stripe is not configured" }', 500),
        ('{ error: "It failed", status: 422 }', 422),
        ("{ success: false }", 400),
    ],
)
def test_an_error_gets_the_status_that_its_words_mean(tmp_path: Path, body: str, status: int) -> None:
    text = mended(tmp_path, answering(body), code="RG801")
    assert f"Response.json({body}, {{ status: {status} }})" in text


def test_a_status_that_somebody_wrote_is_kept(tmp_path: Path) -> None:
    """A sender of webhooks, or a queue, sends again what is answered with an error."""
    given = answering('{ error: "Not found, skipping" }, { status: 200 }')
    assert mended(tmp_path, given, code="RG801") == given
    written = "from fastapi import FastAPI, Response\n\napp = FastAPI()\n\n\n@app.get('/x')\ndef x(id: int) -> Response:\n"
    written += (
        "    if id:\n        return Response('Invalid id', status_code=200)\n    return Response('ok')\n"
    )
    assert mended(tmp_path, written, "main.py", "RG801") == written


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
    text = mended(tmp_path, TOKEN, "main.py", "RG203")
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
    text = mended(tmp_path, FAILING.replace("LOG", log).replace("STATUS", str(status)), "main.py", "RG803")
    assert f'        {log}\n        raise HTTPException({status}, detail="{said}") from e\n' in text


def test_a_script_says_what_the_status_means(tmp_path: Path) -> None:
    given = LOGGED.replace("`Loading failed: ${String(error)}`", "String(error)").replace("500", "401")
    assert 'return new Response("Not authenticated", { status: 401 })' in mended(tmp_path, given)


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("// routegen: ignore[RG201] see https://a.example/b\n", ""),
        ("// routegen: ignore[RG201, RG501] the gateway lets nobody in\n", None),
        (
            "// routegen: ignore[RG201] the gateway verifies // eslint-disable-line\n",
            "// eslint-disable-line\n",
        ),
        (
            "// routegen: ignore[RG5O1] the gateway lets nobody in\n",
            "// routegen: ignore[RG501] the gateway lets nobody in\n",
        ),
    ],
)
def test_comments_of_scripts_are_mended_too(tmp_path: Path, comment: str, left: str | None) -> None:
    handler = "export async function GET() {\n  return Response.json({})\n}\n"
    if left is None or "RG5" in comment:
        handler = (
            "import { prisma } from '@/db'\n"
            + comment
            + handler.replace("GET", "DELETE").replace(
                "return", "await prisma.post.deleteMany({ where: { id: 1 } })\n  return"
            )
        )
    else:
        handler = comment + handler
    left = comment.replace("RG201, ", "") if left is None else left
    assert mended(tmp_path, handler, code="RG0,RG201,RG501") == handler.replace(comment, left)


REDIRECTS = """\
import { redirect } from "next/navigation"

export async function GET() {
  try {
    await load()
    redirect("/done")
  } catch {
    return Response.json({ error: "It could not be loaded" }, { status: 500 })
  }
}
"""


@pytest.mark.parametrize(
    ("version", "is_mended"), [("^15.1.0", True), ("latest", True), ("14.2.3", False), ("", False)]
)
def test_a_redirect_is_let_through_where_next_js_can(tmp_path: Path, version: str, is_mended: bool) -> None:
    file = tmp_path / "web/app/go/route.ts"
    file.parent.mkdir(parents=True)
    file.write_text(REDIRECTS)
    (tmp_path / "web/package.json").write_text(f'{{"dependencies": {{"next": "{version}"}}}}')
    run(["check", "--select", "RG807", "--fix", str(tmp_path / "web")])
    text = REDIRECTS.replace("{ redirect }", "{ redirect, unstable_rethrow }")
    text = text.replace("catch {\n", "catch (error) {\n    unstable_rethrow(error)\n")
    assert file.read_text() == (text if is_mended else REDIRECTS)


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
    assert mended(tmp_path, text, "main.py", "RG808") == text
    users = text.replace("CREDENTIALS", "User")
    assert 'HTTPException(404, "User not found")' in mended(tmp_path, users, "main.py", "RG808")


SIGNED = """\
import Stripe from 'stripe'

const stripe = new Stripe(process.env.KEY!)

export async function POST(request: Request) {
  const { kind, ...event } = await request.json()
  try {
    stripe.webhooks.constructEvent(JSON.stringify(event), request.headers.get('stripe-signature')!, process.env.S!)
  } catch {
    return new Response('Not verified', { status: 400 })
  }
  return Response.json({ kind })
}
"""


def test_a_body_that_is_taken_apart_is_parsed_from_the_raw_one(tmp_path: Path) -> None:
    text = mended(tmp_path, SIGNED, code="RG202")
    assert "  const raw = await request.text()\n  const { kind, ...event } = JSON.parse(raw)\n" in text
    assert "constructEvent(raw, request.headers" in text


def test_a_body_that_is_parsed_in_a_block_of_its_own_is_left(tmp_path: Path) -> None:
    """Its raw text would not be known where it is verified."""
    given = SIGNED.replace(
        "  const { kind, ...event } = await request.json()\n",
        "  let event\n  try {\n    event = await request.json()\n  } catch {\n    return new Response('', { status: 400 })\n  }\n",
    ).replace("{ kind }", "{ kind: event.kind }")
    assert mended(tmp_path, given, code="RG202") == given


AWAITED = """\
async function send<T>(items: T[]): Promise<void> {
  await fetch("https://a.example", { method: "POST", body: JSON.stringify(items) })
}

export async function GET() {
  await send<string>(["a"])
  await send<typeof fetch>([fetch])
  return Response.json({})
}
"""


def test_what_is_awaited_is_not_awaited_again(tmp_path: Path) -> None:
    assert mended(tmp_path, AWAITED, code="RG902") == AWAITED


FORGED = """\
import Stripe from "stripe"

const stripe = new Stripe("key")

export async function POST(request: Request) {
  const body = await request.text()
  let event
  try {
    event = stripe.webhooks.constructEvent(body, request.headers.get("stripe-signature")!, process.env.S!)
  } catch (err) {
    return Response.json({ message: "Webhook error", error: "It failed" })
  }
  return Response.json({ type: event.type })
}
"""


def test_what_cannot_be_verified_is_a_fault_of_the_sender(tmp_path: Path) -> None:
    text = mended(tmp_path, FORGED, code="RG801,RG206")
    assert 'error: "It failed" }, { status: 400 })' in text
    again = FORGED.replace("It failed", "Not verified, do not retry")
    assert mended(tmp_path, again, code="RG801") == again


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
    assert "except HTTPException:\n        raise\n" in mended(tmp_path, text, "main.py", "RG807")


def test_what_stands_before_a_name_for_the_exception_is_kept(tmp_path: Path) -> None:
    text = FAILING.replace("LOG", "reason = str(e)").replace(
        "STATUS, detail=str(e)", '400, f"It does not divide: {reason}"'
    )
    assert 'HTTPException(400, "It does not divide") from e' in mended(tmp_path, text, "main.py", "RG803")
    left = (tmp_path / "main.py").read_text()
    assert 'logger.exception("It does not divide")' in left and "reason" not in left


@pytest.mark.parametrize("body", ["console.error(e)", "console.error(e);", "if (e) { note(e) }"])
def test_a_catch_on_one_line_gets_its_answer_there(tmp_path: Path, body: str) -> None:
    given = f"export async function GET() {{\n  try {{ return Response.json(await load()) }} catch (e) {{ {body} }}\n}}\n"
    text = mended(tmp_path, given, code="RG806")
    said = body if body.endswith(";") or "if" in body else f"{body};"
    log = " console.error(e);" if "if" in body else ""
    answer = 'return Response.json({ error: "Something went wrong" }, { status: 500 })'
    assert text == given.replace(f"{{ {body} }}\n", f"{{ {said}{log} {answer} }}\n")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("(await params).userId", "(await params).id"),
        ("(await context.params).userId", None),
    ],
)
def test_a_parameter_of_the_folder_is_read_by_its_name(
    tmp_path: Path, given: str, expected: str | None
) -> None:
    """Not where its type is declared elsewhere: that would no longer hold."""
    context = (
        "context: Context" if expected is None else "{ params }: { params: Promise<{ userId: string }> }"
    )
    head = "import type { Context } from '@/types'\n" if expected is None else ""
    text = f"{head}export async function GET(request: Request, {context}) {{\n  return Response.json({given})\n}}\n"
    left = text if expected is None else text.replace(given, expected).replace("userId:", "id:")
    assert mended(tmp_path, text, "app/users/[id]/route.ts", "RG601") == left


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


CAUGHT = """\
export async function GET() {
  try {
    return Response.json(await load())
  } catch (error) {
    console.error("Load:", error)
    return Response.json(BODY, { status: 500 })
  }
}
"""


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (
            '{\n      error:\n        error instanceof Error ? error.message : "It was not loaded",\n    }',
            '{\n      error: "It was not loaded",\n    }',
        ),
        ('{ error: "It failed", details: String(error) }', '{ error: "It failed" }'),
        (
            '{\n      message: "It failed",\n      stack: error.stack,\n    }',
            '{\n      message: "It failed",\n    }',
        ),
        ("{ error: `Loading failed: ${error.message}` }", '{ error: "Loading failed" }'),
        ('{ error: "Loading failed: " + error }', '{ error: "Loading failed" }'),
        ("{ error: error.message || 'It failed' }", '{ error: "It failed" }'),
    ],
)
def test_a_script_keeps_of_a_text_what_its_author_wrote(tmp_path: Path, body: str, left: str) -> None:
    assert mended(tmp_path, CAUGHT.replace("BODY", body), code="RG803") == CAUGHT.replace("BODY", left)


def test_a_text_that_is_written_again_only_to_be_verified_is_read_once(tmp_path: Path) -> None:
    given = SIGNED.replace(
        "  const { kind, ...event } = await request.json()\n",
        "  const event = await request.json()\n  const body = JSON.stringify(event)\n",
    )
    given = given.replace("JSON.stringify(event), request", "body, request").replace("{ kind }", "{}")
    text = mended(tmp_path, given, code="RG202")
    assert "  const body = await request.text()\n  try {\n" in text and "event = " not in text


@pytest.mark.parametrize(
    ("name", "said"), [("result", "Not found"), ("userProfile", "User profile not found")]
)
def test_a_missing_row_is_called_by_its_name(tmp_path: Path, name: str, said: str) -> None:
    head = "import { prisma } from '@/db'\nexport async function GET(request: Request, { params }) {\n"
    row = f"  const {name} = await prisma.user.findUnique({{ where: {{ id: params.id }} }})\n"
    text = mended(
        tmp_path, f"{head}{row}  return Response.json({name})\n}}\n", "app/x/[id]/route.ts", "RG603"
    )
    refusal = f"    return Response.json({{ error: '{said}' }}, {{ status: 404 }})\n"
    assert f"{row}  if (!{name}) {{\n{refusal}  }}\n" in text


def test_an_error_that_nothing_looked_at_is_logged(tmp_path: Path) -> None:
    given = CAUGHT.replace(
        '    console.error("Load:", error)\n    return Response.json(BODY, { status: 500 })\n', ""
    )
    text = mended(tmp_path, given, code="RG806")
    assert "  } catch (error) {\n    console.error(error)\n    return Response.json({ error: " in text
