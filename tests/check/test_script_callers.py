"""RG502 and RG504 in scripts: who calls is asked, and the answer counts for nothing."""

from pathlib import Path

import pytest

from tests.check.test_next import found, lay

ROUTE = """import { auth } from "@/auth"
import { signedIn, user } from "@/lib/user"
import { createClient } from "@/lib/supabase"
import { prisma } from "@/lib/prisma"
import { requireRole } from "@/lib/roles"

export async function METHOD(request: Request) {
  const supabase = await createClient()
  const { title } = await request.json()
  ASKED
  return Response.json(await prisma.post.create({ data: { title } }))
}
"""
AUTH = """import NextAuth from "next-auth"
export const { auth, handlers } = NextAuth({})
"""
USER = """import { auth } from "@/auth"
export async function signedIn() {
  const session = await auth()
  if (!session) throw new Error("Unauthorized")
  return session.user
}
export async function user() {
  const session = await auth()
  return session?.user
}
"""


def codes(root: Path, asked: str, method: str = "POST", **files: str) -> list[str]:
    route = ROUTE.replace("ASKED", asked).replace("METHOD", method)
    lay(root, {"app/api/posts/route.ts": route, "auth.ts": AUTH, "lib/user.ts": USER, **files})
    return [code for _, code in found(root) if code in ("RG501", "RG502")]


@pytest.mark.parametrize(
    "asked",
    [
        "const session = await auth()",
        "await auth()",
        "const { user: someone } = await auth()",
        "const { data: { user: someone } } = await supabase.auth.getUser()",
        "const { data } = await supabase.auth.getUser()",
    ],
)
def test_an_answer_that_nobody_looks_at_is_found(tmp_path: Path, asked: str) -> None:
    assert codes(tmp_path, asked) == ["RG502"]


@pytest.mark.parametrize(
    "asked",
    [
        "const session = await auth()\n  if (!session) return new Response(null, { status: 401 })",
        "const session = await auth()\n  if (!session) redirect('/login')",
        "const session = await auth()\n  console.log(session?.user)",
        "const { data, error } = await supabase.auth.getUser()\n  if (error) throw error",
        "await auth.protect()",
        "await auth()\n  await signedIn()",
        "await signedIn()",
        "if (!(await auth())) return new Response(null, { status: 404 })",
        "const session = await auth()\n  await requireRole('admin')",
    ],
)
def test_what_is_looked_at_or_checked_elsewhere_is_left_alone(tmp_path: Path, asked: str) -> None:
    assert codes(tmp_path, asked) == []


def test_handlers_that_only_read_and_guarded_ones_are_left_alone(tmp_path: Path) -> None:
    guard = """import { auth } from "@/auth"
export default auth((request) => {
  if (!request.auth) return new Response(null, { status: 401 })
})
"""
    assert codes(tmp_path, "await auth()", **{"middleware.ts": guard}) == []
    read = "export async function GET() {\n  await auth()\n  return Response.json(await prisma.post.findMany())\n}\n"
    lay(tmp_path, {"app/api/posts/route.ts": read, "middleware.ts": ""})
    assert not [code for _, code in found(tmp_path) if code == "RG502"]


CLAIMED = """import { auth } from "@/auth"
import { db } from "@/db"
import { notes } from "@/db/schema"
import { prisma } from "@/lib/prisma"

export async function POST(request: Request) {
  const session = await auth()
  if (!session?.user) return Response.json({}, { status: 401 })
  const body = await request.json()
  const { userId, text } = body
  LINES
  return Response.json({})
}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("await prisma.note.create({ data: { userId, text } })", True),
        ("await prisma.note.create({ data: { authorId: body.userId, text } })", True),
        ("await prisma.note.deleteMany({ where: { userId } })", True),
        ("await db.insert(notes).values({ user_id: userId, text })", True),
        ("const user = session.user\n  await prisma.note.create({ data: { userId, text } })", True),
        ("await prisma.note.create({ data: { userId: session.user.id, text } })", False),
        ("await prisma.note.create({ data: { noteId: userId, text } })", False),
        ("await prisma.note.create({ data: { userId: 'system', text } })", False),
        (
            "if (userId !== session.user.id) throw new Error()\n  await prisma.note.create({ data: { userId } })",
            False,
        ),
        ("await mayInvite(session.user.id)\n  await prisma.member.create({ data: { userId } })", False),
        (
            "const me = session.user\n  await mayInvite(me)\n  await prisma.member.create({ data: { userId } })",
            False,
        ),
        ("if (session.user.role === 'admin') await prisma.member.create({ data: { userId } })", False),
        ("await find({ userId })", False),
    ],
)
def test_an_owner_that_the_client_names(tmp_path: Path, lines: str, expected: bool) -> None:
    lay(tmp_path, {"app/api/notes/route.ts": CLAIMED.replace("LINES", lines), "auth.ts": AUTH})
    assert ("RG504" in [code for _, code in found(tmp_path)]) is expected
