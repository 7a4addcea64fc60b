"""Every rule that says it reads scripts finds its fault in one: in the example of its manual, or in one of these."""

import os
import re
from pathlib import Path

import pytest

from routegen.check.registry import rules
from tests.check.test_next import found, lay

OK = "export async function GET() {\n  return Response.json({})\n}\n"
DB = "import { prisma } from '@/lib/prisma'\n"
POST = DB + "export async function POST(request: Request) {\n  LINES\n  return Response.json({})\n}\n"
PAGE = "export default function Page() {\n  return BODY\n}\n"
READ = "const body = await request.json()\n  "
WRITE = "await prisma.post.create({ data: { title: body.title } })"
FILE = "const file = (await request.formData()).get('file') as File\n  "
SIGNED = """import crypto from "crypto"
import { prisma } from "@/lib/prisma"
export async function POST(request: Request) {
  const text = await request.text()
  if (process.env.SECRET) {
    const digest = crypto.createHmac("sha256", process.env.SECRET).update(text).digest()
    const given = Buffer.from(request.headers.get("x-signature") ?? "", "hex")
    if (!crypto.timingSafeEqual(digest, given)) return new Response(null, { status: 401 })
  }
  await prisma.event.create({ data: JSON.parse(text) })
  return new Response(null)
}
"""


def post(lines: str, head: str = "") -> str:
    return head + POST.replace("LINES", lines)


FAULTS: dict[str, dict[str, str]] = {
    "RG001": {"route.ts": f"// routegen: ignore[RG999] why\n{OK}"},
    "RG002": {"route.ts": f"// routegen: ignore[RG801] why\n{OK}"},
    "RG003": {"route.ts": f"// routegen: ignore[RG801]\n{OK}"},
    "RG101": {
        "route.ts": "import { redirect } from 'next/navigation'\n"
        + DB
        + "export async function POST(request: Request) {\n  const form = await request.formData()\n"
        "  await prisma.post.create({ data: { title: form.get('title') } })\n  redirect('/posts')\n}\n",
        "../../page.tsx": PAGE.replace(
            "BODY", "<form action='/api/x' method='post'><input name='title' /></form>"
        ),
    },
    "RG102": {
        "route.ts": post(READ + WRITE),
        "../../page.tsx": "'use client'\n"
        + PAGE.replace("BODY", "<a onClick={() => fetch('/api/x', { method: 'POST' })} />"),
    },
    "RG104": {"route.ts": post("await prisma.post.deleteMany()").replace("POST", "GET")},
    "RG107": {
        "route.ts": OK,
        "../../actions.ts": "'use server'\n"
        + DB
        + "import Stripe from 'stripe'\nexport async function hook(request: Request) {\n"
        "  const event = new Stripe('').webhooks.constructEvent(await request.text(), request.headers.get('stripe-signature'), '')\n"
        "  await prisma.event.create({ data: { id: event.id } })\n}\n",
    },
    "RG108": {
        "route.ts": OK,
        "../../page.tsx": "import { auth } from '@/auth'\nimport { redirect } from 'next/navigation'\nimport { remove } from './actions'\n"
        "export default async function Page() {\n  const session = await auth()\n  if (!session) redirect('/login')\n"
        "  return <form action={remove} />\n}\n",
        "../../actions.ts": "'use server'\n" + DB + "export async function remove(id: string) {\n"
        "  await prisma.post.delete({ where: { id } })\n}\n",
    },
    "RG201": {
        "../webhooks/stripe/route.ts": post(READ + "await prisma.event.create({ data: { id: body.id } })")
    },
    "RG204": {
        "route.ts": post("jwt.sign({ id: 1 }, 'a1b2c3d4e5f6a7b8')", "import jwt from 'jsonwebtoken'\n")
    },
    "RG205": {"../webhooks/x/route.ts": SIGNED},
    "RG302": {
        "route.ts": post(
            FILE + "await writeFile('a', Buffer.from(await file.arrayBuffer()))",
            "import { writeFile } from 'fs/promises'\n",
        )
    },
    "RG303": {
        "route.ts": post(
            FILE + "await writeFile('a', Buffer.from(await file.arrayBuffer()))",
            "import { writeFile } from 'fs/promises'\n",
        )
    },
    "RG306": {
        "route.ts": post(
            READ + "await readFile(`files/${body.name}`)", "import { readFile } from 'fs/promises'\n"
        )
    },
    "RG501": {"route.ts": post(READ + WRITE)},
    "RG503": {
        "route.ts": post(
            READ
            + WRITE
            + "\n  const session = await auth()\n  if (!session) return new Response(null, { status: 401 })",
            "import { auth } from '@/auth'\n",
        )
    },
    "RG507": {"route.ts": post(READ + "await prisma.post.create({ data: body })")},
    "RG604": {"[id]/route.ts": OK, "[[...rest]]/route.ts": OK, "route.ts": OK},
    "RG701": {"(a)/y/route.ts": OK, "(b)/y/route.ts": OK},
    "RG704": {"[id]/a/route.ts": OK, "[slug]/b/route.ts": OK},
    "RG707": {"[slug].json/route.ts": OK},
    "RG708": {"Route.ts": OK, "y/route.ts": OK},
    "RG709": {"route.ts": OK, "../../../../middleware.ts": "export function middleware() {}\n"},
    "RG710": {"[id]/y/[id]/route.ts": OK},
    "RG711": {"[...rest]/y/route.ts": OK},
    "RG712": {"route.ts": "export const dynamic = 'force-dynamic'\n"},
    "RG713": {"route.ts": "export const GET = 'text'\n"},
    "RG804": {
        "route.ts": post(
            "redirect(new URL(request.url).searchParams.get('next') ?? '/')",
            "import { redirect } from 'next/navigation'\n",
        )
    },
    "RG807": {
        "route.ts": "import { redirect } from 'next/navigation'\nexport async function GET() {\n  try {\n    await load()\n"
        "    redirect('/a')\n  } catch (error) {\n    return new Response(null, { status: 500 })\n  }\n}\n"
    },
    "RG808": {
        "route.ts": post(
            READ + "if (!body.title) return Response.json({ error: 'title is required' }, { status: 500 })"
        )
    },
    "RG903": {"route.ts": post(READ + "await fetch(body.url)")},
}
JWT = "import jwt from 'jsonwebtoken'\n"
AUTH = "import { auth } from '@/auth'\n"
REFUSED = "if (!session) return new Response(null, { status: 401 })"
FINE = [
    ("RG204", post("jwt.sign({ id: 1 }, process.env.JWT_SECRET ?? 'change-me-please')", JWT)),
    ("RG204", post("jwt.sign({ id: 1 }, process.env.JWT_SECRET ?? fallback)", JWT)),
    ("RG204", post("jwt.sign({ id: 1 }, process.env.JWT_SECRET || 'secret_not_set')", JWT)),
    ("RG204", post("const mode = process.env.NODE_ENV ?? 'production-mode'")),
    ("RG503", post(f"const session = await auth()\n  {READ}{WRITE}\n  {REFUSED}", AUTH)),
    ("RG503", post(f"const session = await auth()\n  {REFUSED}\n  {READ}{WRITE}", AUTH)),
    (
        "RG808",
        post("return Response.json({ error: 'Missing STRIPE_KEY in the environment' }, { status: 500 })"),
    ),
    ("RG808", post("return Response.json({ error: 'title is required' }, { status: 400 })")),
    ("RG808", post("return Response.json({ error: 'It could not be loaded' }, { status: 500 })")),
]
SECRETS = [
    post("jwt.sign({ id: 1 }, process.env.JWT_SECRET || 'a-key-of-the-shop')", JWT),
    post("jwt.verify(token, key)", JWT + "const key = process.env.JWT_SECRET ?? 'a-key-of-the-shop'\n"),
]
SCRIPTS = [code for code, rule in rules().items() if "typescript" in rule.languages]
EXAMPLE = re.compile(r"^```(typescript|tsx) bad", re.MULTILINE)


@pytest.mark.parametrize("code", FAULTS)
def test_the_fault_is_found(tmp_path: Path, code: str) -> None:
    folder = "src/app/api/x" if code == "RG709" else "app/api/x"
    lay(tmp_path, {os.path.normpath(f"{folder}/{path}"): text for path, text in FAULTS[code].items()})
    assert code in [each for _, each in found(tmp_path)]


@pytest.mark.parametrize(("code", "text"), FINE)
def test_what_is_none_is_left_alone(tmp_path: Path, code: str, text: str) -> None:
    lay(tmp_path, {"app/api/x/route.ts": text})
    assert code not in [each for _, each in found(tmp_path)]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_behind_a_variable_is_told_once(tmp_path: Path, text: str) -> None:
    lay(tmp_path, {"app/api/x/route.ts": text})
    assert [each for _, each in found(tmp_path)].count("RG204") == 1


def test_no_rule_that_reads_scripts_is_left_out() -> None:
    shown = {code for code in SCRIPTS if EXAMPLE.search(rules()[code].documentation)}
    assert set(SCRIPTS) - shown <= set(FAULTS) <= set(SCRIPTS)
