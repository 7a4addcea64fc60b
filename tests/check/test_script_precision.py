"""What projects of Next.js do for good reasons, and what was once reported all the same: nothing is said about it."""

from pathlib import Path

import pytest

from tests.check.test_next import found, lay

HEAD = """import { Server } from "socket.io"
import { prisma } from "@/lib/prisma"
import { limit, withAuth, withValidation } from "@/lib/wrap"
import { Post } from "@/models/Post"

"""


def codes(root: Path, text: str, *, path: str = "app/api/posts/route.ts") -> list[str]:
    lay(root, {path: HEAD + text})
    return [code for _, code in found(root)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "const user = await load()\n  if (user && !user.color) await prisma.user.update({ where: id, data: { color } })",
            False,
        ),
        (
            "const user = await load()\n  if (user && user.color) await prisma.user.update({ where: id, data: { color } })",
            True,
        ),
        (
            "const io = new Server()\n  io.on('message', async (data) => { await prisma.message.create({ data }) })",
            False,
        ),
        ("rows.forEach(async (data) => { await prisma.message.create({ data }) })", True),
        ("const post = await Post.findOne({ id })\n  post.viewsCount = 1\n  await post.save()", False),
        ("const post = await Post.findOne({ id })\n  post.title = 'a'\n  await post.save()", True),
        ("await prisma.board.upsert({ where: { id }, create: { id }, update: {} })", False),
        ("await prisma.board.upsert({ where: { id }, create: { id }, update: { title } })", True),
        (
            "const found = await links.list()\n  if (found.length > 0) return Response.json(found)\n"
            "  await prisma.board.create({ data })",
            False,
        ),
        (
            "const found = await links.list()\n  if (found.length > 0) return Response.json({}, { status: 409 })\n"
            "  await prisma.board.create({ data })",
            True,
        ),
        (
            "const id = query.get('id')\n  if (id) return Response.json({})\n  await prisma.board.create({ data })",
            True,
        ),
        ("await prisma.message.updateMany({ where, data: { readAt } })", False),
        ("await markMessagesAsRead(id)", False),
        (
            "let changed = false\n  for (const row of rows) {\n    if (!row.id) {\n      row.id = 1\n      changed = true\n    }\n  }\n"
            "  if (changed) await prisma.board.update({ where: { id }, data })",
            False,
        ),
        (
            "let changed = false\n  for (const row of rows) {\n    if (row.old) changed = true\n  }\n"
            "  if (changed) await prisma.board.update({ where: { id }, data })",
            True,
        ),
        ("// 3. Cache in DB\n  await prisma.board.update({ where: { id }, data })", False),
        ("// 3. Keep it\n  await prisma.board.update({ where: { id }, data })", True),
        ("if (request.method === 'PUT') await prisma.board.update({ where: { id }, data })", False),
        (
            "if (request.method === 'PUT' || request.method === 'PATCH') await prisma.board.update({ where: { id }, data })",
            False,
        ),
        ("if (request.method === 'GET') await prisma.board.update({ where: { id }, data })", True),
        (
            "if (request.method === 'GET') {\n    await load()\n  } else {\n    await prisma.board.update({ where: { id }, data })\n  }",
            False,
        ),
    ],
)
def test_what_a_get_may_change(tmp_path: Path, lines: str, expected: bool) -> None:
    helper = "async function markMessagesAsRead(id: string) {\n  await prisma.message.updateMany({ where: { id } })\n}\n"
    text = f"{helper}export async function GET() {{\n  {lines}\n  return Response.json({{}})\n}}\n"
    assert ("RG104" in codes(tmp_path, text)) is expected


TRACKED = """export async function POST(request: Request) {
  try {
    await track(await request.json())
    return Response.json({ success: true })
  } catch (error) {
    console.error(error)
    return Response.json({ success: false, error: "Not tracked" })COMMENT
  }
}
"""


def test_a_comment_behind_an_answer_says_why_it_is_200(tmp_path: Path) -> None:
    assert "RG801" in codes(tmp_path, TRACKED.replace("COMMENT", ""))
    assert "RG801" not in codes(tmp_path, TRACKED.replace("COMMENT", " // 200, or it is sent again"))
    assert "RG801" in codes(tmp_path, TRACKED.replace("COMMENT", "\n    // 200 is for others"))


VERIFIED = """export async function POST(request: Request) {
  const paid = await isPaid(await request.json())
  if (!paid) return Response.json({ success: false })
  return Response.json({ success: true })
}
"""


def test_what_a_verification_found_is_its_answer(tmp_path: Path) -> None:
    assert "RG801" not in codes(tmp_path, VERIFIED, path="app/api/verify-payment/route.ts")
    assert "RG801" in codes(tmp_path, VERIFIED, path="app/api/payment/route.ts")


@pytest.mark.parametrize(
    ("wrapped", "expected"),
    [
        (
            "withValidation(withAuth(load), (data) => { try { return parse(data) } catch (error) { return { error } } })",
            False,
        ),
        ("withValidation(withAuth(async () => Response.json({})), (data) => ({ error: data.error }))", False),
        (
            "withAuth(limit(options), async () => { try { return Response.json(await all()) } catch (error) { return Response.json({ error: 'It failed' }) } })",
            True,
        ),
    ],
)
def test_the_handler_is_what_the_inner_wrapper_wraps(tmp_path: Path, wrapped: str, expected: bool) -> None:
    text = f"const options = {{}}\nasync function load() {{\n  return Response.json({{}})\n}}\nexport const GET = {wrapped}\n"
    assert ("RG801" in codes(tmp_path, text)) is expected


@pytest.mark.parametrize(("kind", "expected"), [("base64", False), ("utf8", True)])
def test_a_file_in_a_text_is_an_upload(tmp_path: Path, kind: str, expected: bool) -> None:
    text = (
        "export async function POST(request: Request) {\n  const { image } = await request.json()\n"
        f"  await prisma.image.create({{ data: {{ bytes: Buffer.from(image, '{kind}') }} }})\n  return Response.json({{}})\n}}\n"
    )
    page = "export default function Page() {\n  return <a onClick={() => fetch('/api/posts', { method: 'POST' })} />\n}\n"
    lay(tmp_path, {"app/page.tsx": page})
    assert ("RG102" in codes(tmp_path, text)) is expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("if (bad) return Response.json({ ok: true, sent, errors: errors.slice(0, 20) })", False),
        ("if (bad) return Response.json({ ok: false, errors: errors.slice(0, 20) })", True),
        (
            "if (bad) return Response.json({ success: done.success, message: `${sent} sent, ${lost} failed` })",
            False,
        ),
        ("if (bad) return Response.json({ success: done.success, error: done.error })", True),
        ("if (bad) return new Response('console.error(\"missing project\")')", False),
        ("if (bad) return new Response('missing project')", True),
        ("const found = sign()\n  if (found instanceof Response) return found", False),
        ("const found = sign()\n  if (found) return found", True),
        (
            "// A 200, or the sender tries for ever\n  if (bad) {\n    return Response.json({ error: 'gone' })\n  }",
            False,
        ),
        (
            "try {\n    await load()\n  } catch {\n    try {\n      return Response.json({ rows: await kept(), error: 'old' })\n"
            "    } catch {\n      return new Response('No', { status: 502 })\n    }\n  }",
            False,
        ),
        (
            "try {\n    await load()\n  } catch {\n    return Response.json({ rows: [], error: 'none' })\n  }",
            True,
        ),
        ("// Sometimes it is gone\n  if (bad) {\n    return Response.json({ error: 'gone' })\n  }", True),
    ],
)
def test_what_is_an_error_with_200(tmp_path: Path, lines: str, expected: bool) -> None:
    sign = "function sign() {\n  return { error: 'Unauthorized' }\n}\n"
    text = f"{sign}export async function POST() {{\n  {lines}\n  return Response.json({{}})\n}}\n"
    assert ("RG801" in codes(tmp_path, text)) is expected


def test_rows_of_a_table_of_errors_are_what_was_asked_for(tmp_path: Path) -> None:
    text = """export async function GET(request: Request) {
  if (!request.headers.get("x-key")) return new Response("No", { status: 401 })
  const errors = ROWS
  return Response.json({ errors })
}
"""
    assert "RG801" not in codes(tmp_path, text.replace("ROWS", "await prisma.failure.findMany({ take: 20 })"))
    assert "RG801" in codes(tmp_path, text.replace("ROWS", "await attempt()"))


LEAK = """export async function POST(request: Request) {
  try {
    await run()
    return Response.json({})
  } catch (error) {
    return Response.json({ error: error.message }, { status: 500 })
  }
}
"""
PICKS = "import { validatePick } from 'picks'\n" + LEAK.replace(
    "    await run()\n    return Response.json({})\n", "    validatePick(1)\n"
)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("app/api/posts/route.ts", LEAK, True),
        ("app/api/health/route.ts", LEAK, True),
        ("app/api/cron/send/route.ts", LEAK, True),
        (
            "app/api/cron/send/route.ts",
            LEAK.replace("await run()", "await run(process.env.CRON_SECRET)"),
            False,
        ),
        ("app/api/mail/test-connection/route.ts", LEAK, False),
        ("app/api/test-db/route.ts", LEAK, True),
        ("app/api/posts/route.ts", PICKS.replace("picks", "@/lib/pick"), False),
        ("app/api/posts/route.ts", PICKS, True),
    ],
)
def test_who_reads_the_text_of_an_exception(tmp_path: Path, path: str, text: str, expected: bool) -> None:
    validator = (
        "export function validatePick(id: number) {\n  if (id > 1) throw new Error(`no pick ${id}`)\n}\n"
    )
    lay(tmp_path, {"lib/pick.ts": validator})
    assert ("RG803" in codes(tmp_path, text, path=path)) is expected


WRITE = """export async function POST(request: Request) {
  const { visitorId, text } = await request.json()
  await prisma.message.create({ data: { visitorId, text } })
  return Response.json({})
}
"""


def test_a_visitor_is_not_signed_in(tmp_path: Path) -> None:
    assert "RG501" not in codes(tmp_path, WRITE)
    assert "RG501" in codes(tmp_path, WRITE.replace("visitorId", "postId"))


def test_who_is_counted_by_address_is_not_signed_in(tmp_path: Path) -> None:
    counted = WRITE.replace("visitorId", "postId").replace(
        "  const {",
        "  if (!rateLimitOk(request.headers.get('x-forwarded-for'))) return new Response()\n  const {",
    )
    assert "RG501" not in codes(tmp_path, counted)
    assert "RG501" in codes(tmp_path, counted.replace("POST", "PUT"))
    assert "RG501" in codes(tmp_path, counted.replace("x-forwarded-for", "x-name"))


@pytest.mark.parametrize(
    ("page", "expected"),
    [("public/widget.js", False), ("components/chat.js", True)],
)
def test_a_script_of_other_sites_calls_from_there(tmp_path: Path, page: str, expected: bool) -> None:
    lay(
        tmp_path,
        {page: "async function send() {\n  await fetch(`${base}/api/posts`, { method: 'POST' })\n}\n"},
    )
    assert ("RG102" in codes(tmp_path, WRITE)) is expected


def test_what_is_kept_of_who_calls_is_no_reason_for_an_action(tmp_path: Path) -> None:
    helper = "export async function ensureUser() {\n  return prisma.user.update({ where: { id }, data: { seen: true } })\n}\n"
    route = (
        "import { ensureUser } from '@/lib/who'\n\nexport async function POST() {\n"
        "  await ensureUser()\n  EXTRA\n  return Response.json(await search())\n}\n"
    )
    page = "await fetch('/api/posts', { method: 'POST' })\n"
    lay(tmp_path, {"lib/who.ts": "import { prisma } from './db'\n" + helper, "components/a.tsx": page})
    assert "RG102" not in codes(tmp_path, route.replace("EXTRA", ""))
    assert "RG102" not in codes(tmp_path, route.replace("EXTRA", "await prisma.costLog.create({ data })"))
    assert "RG102" not in codes(
        tmp_path, route.replace("EXTRA", "await prisma.user.update({ where, data: { usageCount } })")
    )
    assert "RG102" in codes(
        tmp_path, route.replace("EXTRA", "await prisma.user.update({ where, data: { name } })")
    )
    assert "RG102" in codes(tmp_path, route.replace("EXTRA", "await prisma.post.create({ data })"))
    assert "RG102" in codes(tmp_path, route.replace("EXTRA", "await prisma.auditLog.create({ data })"))


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("app/api/session/route.ts", "GET", False),
        ("app/api/session/route.ts", "POST", True),
        ("app/api/test-llm/route.ts", "GET", False),
        ("app/api/posts/route.ts", "GET", True),
    ],
)
def test_what_a_question_is_answered_with(tmp_path: Path, path: str, method: str, expected: bool) -> None:
    text = (
        f"export async function {method}(request: Request) {{\n"
        "  if (!request.headers.get('cookie')) return Response.json({ ok: false })\n"
        "  return Response.json({ ok: true })\n}\n"
    )
    assert ("RG801" in codes(tmp_path, text, path=path)) is expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [("console.warn('in the address')", False), ("return Response.json({ secret: true })", True)],
)
def test_a_comparison_that_only_a_line_in_the_log_depends_on(
    tmp_path: Path, then: str, expected: bool
) -> None:
    text = (
        "export async function GET(request: Request) {\n"
        "  const sent = request.headers.get('authorization')\n"
        f"  if (sent === process.env.CRON_SECRET) {{\n    {then}\n  }}\n  return Response.json({{}})\n}}\n"
    )
    assert ("RG203" in codes(tmp_path, text)) is expected


@pytest.mark.parametrize(
    ("path", "extra", "expected"),
    [
        ("app/api/cron/clean/route.ts", "", True),
        ("app/api/daily-cron/route.ts", "", True),
        ("app/api/clean/route.ts", "", False),
        ("app/api/acronyms/route.ts", "", False),
        (
            "app/api/cron/clean/route.ts",
            "  if (request.headers.get('authorization') !== `Bearer ${process.env.CRON_SECRET}`) {\n"
            "    return new Response('', { status: 401 })\n  }\n",
            False,
        ),
    ],
)
def test_a_job_that_anyone_may_start(tmp_path: Path, path: str, extra: str, expected: bool) -> None:
    text = f"export async function GET(request: Request) {{\n{extra}  await prisma.post.deleteMany({{}})\n  return Response.json({{}})\n}}\n"
    assert ("RG501" in codes(tmp_path, text, path=path)) is expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("const body = await request.json()\n  await Post.findByIdAndUpdate(id, { $set: body })", True),
        (
            "const { updates } = await request.json()\n  await Post.findOneAndUpdate({ id }, { $set: updates })",
            True,
        ),
        ("const body = await request.json()\n  await Post.findByIdAndUpdate(body.id, body.updates)", True),
        (
            "const body = await request.json()\n  await Post.findByIdAndUpdate(body.id, { title: body.title })",
            False,
        ),
        (
            "const body = await request.json()\n  await prisma.post.update({ where: { id }, data: body.post })",
            True,
        ),
        (
            "const body = await request.json()\n  await prisma.post.create({ data: { ...(body.a && { a: body.a }) } })",
            False,
        ),
        (
            "const body = await request.json()\n  await db.run('UPDATE posts SET text = ?', [JSON.stringify(body)])",
            False,
        ),
        (
            "const body = Body.parse(await request.json())\n  await Post.findByIdAndUpdate(id, { $set: body })",
            False,
        ),
    ],
)
def test_who_decides_the_columns(tmp_path: Path, lines: str, expected: bool) -> None:
    text = f"export async function POST(request: Request) {{\n  {lines}\n  return Response.json({{}})\n}}\n"
    assert ("RG507" in codes(tmp_path, text)) is expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("return Response.redirect(`${origin}${next}`)", True),
        ("return Response.redirect(origin + next)", True),
        (
            'const to = `${origin}${next}`\n  return new Response(`<meta http-equiv="refresh" content="0;url=${to}">`)',
            True,
        ),
        ('const to = `${origin}${next}`\n  return new Response(`<a href="${to}">on</a>`)', False),
        ("return Response.redirect(`${origin}/${next}`)", False),
        ("return Response.redirect(`${base}${next}`)", False),
        ("return Response.redirect(next.startsWith('/') ? `${origin}${next}` : origin)", False),
        (
            "if (!next.startsWith('/')) return new Response()\n  return Response.redirect(`${origin}${next}`)",
            False,
        ),
        ("const to = validated(next)\n  return Response.redirect(new URL(to ?? '/', origin))", False),
    ],
)
def test_what_stands_behind_an_origin_makes_another_host(tmp_path: Path, lines: str, expected: bool) -> None:
    text = (
        "export async function GET(request: Request) {\n"
        "  const { searchParams, origin } = new URL(request.url)\n  const next = searchParams.get('next') ?? '/'\n"
        f"  {lines}\n}}\n"
    )
    assert ("RG804" in codes(tmp_path, text)) is expected


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ("", True),
        ("import { authMiddleware } from '@clerk/nextjs'\nexport default authMiddleware({})\n", True),
        ("export function middleware() {\n  if (!hmac.matches(signature)) return new Response()\n}\n", False),
    ],
)
def test_a_middleware_that_asks_who_is_signed_in_verifies_no_webhook(
    tmp_path: Path, middleware: str, expected: bool
) -> None:
    text = (
        "import { revalidatePath } from 'next/cache'\n"
        "export async function POST(request: Request) {\n  const body = await request.json()\n"
        "  revalidatePath(`/items/${body.id}`)\n  return Response.json({})\n}\n"
    )
    lay(tmp_path, {"middleware.ts": middleware} if middleware else {})
    assert ("RG201" in codes(tmp_path, text, path="app/api/webhooks/shop/route.ts")) is expected
