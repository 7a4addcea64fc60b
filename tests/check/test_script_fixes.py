"""Fixes of scripts, and what they share with those of Python: what an answer says, and with which status."""

from pathlib import Path

import pytest

from routegen.cli.app import run
from tests.check.blocks import after_fixes, findings

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
    text = after_fixes(tmp_path, STRIPE, code="RG206")
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
    text = after_fixes(tmp_path, LOGGED)
    assert '    console.error(error)\n    return new Response("Loading failed", { status: 500 })' in text
    again = LOGGED.replace("    return new Response(`", "    report(error)\n    return new Response(`")
    assert "console.error(error)" not in after_fixes(tmp_path, again)


def answering(body: str) -> str:
    return f"export async function POST() {{\n  if (await load()) return Response.json({body})\n  return Response.json({{}})\n}}\n"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{ error: "Invalid API key" }', 401),
        ('{ error: "You are not allowed to do that" }', 403),
        ('{ error: "This is disabled" }', 404),
        ('{ error: "No devices found" }', 404),
        ('{ error: "No device with a name found" }', 404),
        ('{ error: "Invalid signature", status: 500 }', 400),
        ('{ error: "Stripe is not configured" }', 500),
        ('{ error: "It failed", status: 422 }', 422),
        ('{ error: "It was not found", status: 400 }', 400),
        ("{ success: false }", 400),
    ],
)
def test_an_error_gets_the_status_that_its_words_mean(tmp_path: Path, body: str, status: int) -> None:
    text = after_fixes(tmp_path, answering(body), code="RG801")
    assert f"Response.json({body}, {{ status: {status} }})" in text


def test_the_error_of_another_server_is_a_502(tmp_path: Path) -> None:
    body = '{ status: "error" }'
    text = answering(body).replace("await load()", "!(await fetch(URL)).ok")
    assert f"Response.json({body}, {{ status: 502 }})" in after_fixes(tmp_path, text, code="RG801")
    text = answering(body).replace("if (await load())", "const found = await fetch(URL)\n  if (!found.ok)")
    assert f"Response.json({body}, {{ status: 502 }})" in after_fixes(tmp_path, text, code="RG801")


@pytest.mark.parametrize("text", ["更新に失敗しました", "تعذر التحديث", "Mise à jour impossible"])
def test_a_sentence_in_any_language_is_one(tmp_path: Path, text: str) -> None:
    told = f'error instanceof Error ? error.message : "{text}"'
    given = LOGGED.replace("`Loading failed: ${String(error)}`", told)
    assert f'return new Response("{text}", {{ status: 500 }})' in after_fixes(tmp_path, given)


def test_a_status_that_somebody_wrote_is_kept(tmp_path: Path) -> None:
    """A sender of webhooks, or a queue, sends again what is answered with an error."""
    given = answering('{ error: "Not found, skipping" }, { status: 200 }')
    assert after_fixes(tmp_path, given, code="RG801") == given
    written = "from fastapi import FastAPI, Response\n\napp = FastAPI()\n\n\n@app.get('/x')\ndef x(id: int) -> Response:\n"
    written += (
        "    if id:\n        return Response('Invalid id', status_code=200)\n    return Response('ok')\n"
    )
    assert after_fixes(tmp_path, written, "main.py", "RG801") == written


def test_a_script_says_what_the_status_means(tmp_path: Path) -> None:
    given = LOGGED.replace("`Loading failed: ${String(error)}`", "String(error)").replace("500", "401")
    assert 'return new Response("Not authenticated", { status: 401 })' in after_fixes(tmp_path, given)


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
    assert after_fixes(tmp_path, handler, code="RG0,RG201,RG501") == handler.replace(comment, left)


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
    text = after_fixes(tmp_path, SIGNED, code="RG202")
    assert "  const raw = await request.text()\n  const { kind, ...event } = JSON.parse(raw)\n" in text
    assert "constructEvent(raw, request.headers" in text


def test_a_body_that_is_parsed_in_a_block_of_its_own_is_left(tmp_path: Path) -> None:
    """Its raw text would not be known where it is verified."""
    given = SIGNED.replace(
        "  const { kind, ...event } = await request.json()\n",
        "  let event\n  try {\n    event = await request.json()\n  } catch {\n    return new Response('', { status: 400 })\n  }\n",
    ).replace("{ kind }", "{ kind: event.kind }")
    assert after_fixes(tmp_path, given, code="RG202") == given


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
    assert after_fixes(tmp_path, AWAITED, code="RG902") == AWAITED


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
    text = after_fixes(tmp_path, FORGED, code="RG801,RG206")
    assert 'error: "It failed" }, { status: 400 })' in text
    again = FORGED.replace("It failed", "Not verified, do not retry")
    assert after_fixes(tmp_path, again, code="RG801") == again


@pytest.mark.parametrize("body", ["console.error(e)", "console.error(e);", "if (e) { note(e) }"])
def test_a_catch_on_one_line_gets_its_answer_there(tmp_path: Path, body: str) -> None:
    given = f"export async function GET() {{\n  try {{ return Response.json(await load()) }} catch (e) {{ {body} }}\n}}\n"
    text = after_fixes(tmp_path, given, code="RG806")
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
    assert after_fixes(tmp_path, text, "app/users/[id]/route.ts", "RG601") == left


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
    assert after_fixes(tmp_path, CAUGHT.replace("BODY", body), code="RG803") == CAUGHT.replace("BODY", left)


def test_a_text_that_is_written_again_only_to_be_verified_is_read_once(tmp_path: Path) -> None:
    given = SIGNED.replace(
        "  const { kind, ...event } = await request.json()\n",
        "  const event = await request.json()\n  const body = JSON.stringify(event)\n",
    )
    given = given.replace("JSON.stringify(event), request", "body, request").replace("{ kind }", "{}")
    text = after_fixes(tmp_path, given, code="RG202")
    assert "  const body = await request.text()\n  try {\n" in text and "event = " not in text


@pytest.mark.parametrize(
    ("name", "said"), [("result", "Not found"), ("userProfile", "User profile not found")]
)
def test_a_missing_row_is_called_by_its_name(tmp_path: Path, name: str, said: str) -> None:
    head = "import { prisma } from '@/db'\nexport async function GET(request: Request, { params }) {\n"
    row = f"  const {name} = await prisma.user.findUnique({{ where: {{ id: params.id }} }})\n"
    text = after_fixes(
        tmp_path, f"{head}{row}  return Response.json({name})\n}}\n", "app/x/[id]/route.ts", "RG603"
    )
    refusal = f"    return Response.json({{ error: '{said}' }}, {{ status: 404 }})\n"
    assert f"{row}  if (!{name}) {{\n{refusal}  }}\n" in text


def test_an_error_that_nothing_looked_at_is_logged(tmp_path: Path) -> None:
    given = CAUGHT.replace(
        '    console.error("Load:", error)\n    return Response.json(BODY, { status: 500 })\n', ""
    )
    text = after_fixes(tmp_path, given, code="RG806")
    assert "  } catch (error) {\n    console.error(error)\n    return Response.json({ error: " in text


TOKENS = """\
import jwt from 'jsonwebtoken';

export const KEY = process.env.JWT_SECRET || 'b7c1f9a04e22';

export async function POST() {
  return Response.json({ token: jwt.sign({}, KEY) });
}
"""


def test_a_secret_is_read_from_the_environment_or_nothing_starts(tmp_path: Path) -> None:
    text = after_fixes(tmp_path, TOKENS, code="RG204")
    assert (
        "export const KEY = process.env.JWT_SECRET!;\n"
        "if (!KEY) {\n  throw new Error('JWT_SECRET is not set');\n}\n\nexport async" in text
    )


def test_a_secret_inside_a_function_is_left_to_its_author(tmp_path: Path) -> None:
    inner = TOKENS.replace("KEY) ", "process.env.JWT_SECRET || 'b7c1f9a04e22') ").replace(
        "export const KEY", "// "
    )
    assert after_fixes(tmp_path, inner, code="RG204") == inner
    assert "RG204" in [code for _, code, _ in findings(tmp_path)]
