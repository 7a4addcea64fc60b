"""What the reader makes of a `route.ts`: its exports, its functions behind wrappers and files, what calls mean."""

from pathlib import Path

import pytest

from routegen.handlers.handler import Handler
from routegen.handlers.kinds import Kind
from routegen.handlers.route_module import RouteModule
from routegen.handlers.typescript.middleware import matcher_of
from routegen.handlers.typescript.scripts import Scripts
from routegen.routes import scan_next


def read(root: Path, files: dict[str, str], path: str = "app/api/x/route.ts") -> RouteModule:
    """The route module at `path` of a project that holds these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    scripts = Scripts(root, [root / name for name in files])
    source = scripts.read(root / path)
    tree = next(parent for parent in (root / path).parents if parent.name == "app")
    route = next((r for r in scan_next(tree).routes if r.file == root / path), None)
    return scripts.route_module(source, scripts.files.add(source), route, tree)


def one(root: Path, text: str, **files: str) -> Handler:
    return read(root, {"app/api/x/route.ts": text, **files}).handlers[0]


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("export async function POST() {}", ["POST"]),
        ("export function GET(req: Request) {}\nexport async function PUT() {}", ["GET", "PUT"]),
        ("export const POST = async (req: NextRequest) => {}", ["POST"]),
        ("export const POST = wrap(async () => {})", ["POST"]),
        ("const handler = () => {}\nexport { handler as GET, handler as POST }", ["GET", "POST"]),
        ("export { GET, POST } from '@/auth'", ["GET", "POST"]),
        ("export const { GET, POST } = handlers", ["GET", "POST"]),
        ("export const { get: GET } = handlers", ["GET"]),
        ("export let DELETE = function () {}", ["DELETE"]),
        ("import { GET } from './x'\nexport { GET }", ["GET"]),
        ("export type GET = string\nexport interface POST {}", []),
        ("export const GET = null", []),
        ("function GET() {}", []),
        ("export default function handler() {}", []),
        ("export const dynamic = 'force-dynamic'", []),
        ("", []),
        ("export async function GET( {", []),
    ],
)
def test_exports(tmp_path: Path, text: str, methods: list[str]) -> None:
    assert [h.method for h in read(tmp_path, {"app/api/x/route.ts": text}).handlers] == methods


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("export async function get() {}", ["GET"]),
        ("export const Post = async () => {}", ["POST"]),
        ("export function del() {}", ["DELETE"]),
        ("export const get = 3", []),
        ("function get() {}", []),
        ("export function getAll() {}", []),
    ],
)
def test_near_misses(tmp_path: Path, text: str, near: list[str]) -> None:
    found = read(tmp_path, {"app/api/x/route.ts": text})
    assert [miss.method for miss in found.near_misses] == near


def test_a_function_is_found_in_other_files(tmp_path: Path) -> None:
    files = {
        "tsconfig.json": '{ /* paths */ "compilerOptions": { "paths": { "@/*": ["./src/*"], } } }',
        "src/app/api/x/route.ts": "export { handle as POST } from '@/lib/all'",
        "src/lib/all.ts": "export * from './one'",
        "src/lib/one.ts": "import { db } from './db'\nexport const handle = async () => { await db.user.create({ data: {} }) }",
        "src/lib/db.ts": "export const db = new PrismaClient()",
    }
    (handler,) = read(tmp_path, files, "src/app/api/x/route.ts").handlers
    assert handler.path == tmp_path / "src/lib/one.ts"
    assert [site.name for site in handler.calls(Kind.DB_WRITE)] == ["create"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("const { title } = await req.json(); use(title)", Kind.READ_JSON),
        ("await req.text()", Kind.READ_RAW),
        ("const form = await req.formData()", Kind.READ_FORM),
        (
            "const form = await req.formData(); const f = form.get('f') as File; await f.arrayBuffer()",
            Kind.READ_FILE,
        ),
        ("for (const f of (await req.formData()).getAll('f')) await f.arrayBuffer()", Kind.READ_FILE),
        ("await prisma.post.update({ where: { id }, data })", Kind.DB_WRITE),
        ("await prisma.$transaction(async (tx) => { await tx.post.deleteMany() })", Kind.DB_WRITE),
        ("await db.insert(posts).values(row)", Kind.DB_WRITE),
        ("await db.delete(posts).where(eq(posts.id, id))", Kind.DB_WRITE),
        ("await supabase.from('posts').insert(row)", Kind.DB_WRITE),
        ("await Post.findByIdAndUpdate(id, row)", Kind.DB_WRITE),
        ("await Post.create(row)", Kind.DB_WRITE),
        ("const p = new Post(row); await p.save()", Kind.DB_WRITE),
        ("await pool.query('UPDATE posts SET a = $1', [a])", Kind.DB_WRITE),
        ("await sql`insert into posts values (${a})`", Kind.DB_WRITE),
        ("await kysely.insertInto('posts').values(row).execute()", Kind.DB_WRITE),
        ("await fs.writeFile(path.join(dir, name), data)", Kind.FS_WRITE),
        ("await put(name, data)", Kind.EXTERNAL_WRITE),
        ("const session = await auth()", Kind.AUTH_CHECK),
        ("const s = await getServerSession(options)", Kind.AUTH_CHECK),
        ("const { data: { user } } = await createServerClient(a, b).auth.getUser()", Kind.AUTH_CHECK),
        ("stripe.webhooks.constructEvent(body, sig, secret)", Kind.VERIFY),
        ("redirect('/login')", Kind.REDIRECT),
        ("return NextResponse.redirect(new URL('/', req.url))", Kind.REDIRECT),
        ("return Response.json({ ok: true })", Kind.RESPOND),
        ("(await cookies()).set('a', 'b')", Kind.COOKIE_WRITE),
        ("const jar = await cookies(); jar.delete('a')", Kind.COOKIE_DELETE),
        (
            "await Promise.all(items.map(async (item) => { await Post.deleteOne({ _id: item.id }) }))",
            Kind.DB_WRITE,
        ),
    ],
)
def test_kinds(tmp_path: Path, text: str, kind: Kind) -> None:
    imports = """
    import { put } from '@vercel/blob'
    import fs from 'node:fs/promises'
    import path from 'path'
    import { auth } from '@clerk/nextjs/server'
    import { getServerSession } from 'next-auth'
    import { createServerClient } from '@supabase/ssr'
    import { cookies } from 'next/headers'
    import { redirect } from 'next/navigation'
    import { NextResponse } from 'next/server'
    import Stripe from 'stripe'
    import Post from '@/models/post'
    const stripe = new Stripe(process.env.KEY!)
    """
    handler = one(tmp_path, f"{imports}\nexport async function POST(req: Request) {{ {text} }}")
    assert handler.calls(kind), [(site.name, site.target) for site in handler.sites]


@pytest.mark.parametrize(
    "text",
    [
        "new Map().set('a', 1)",
        "params.delete('a')",
        "await prisma.post.findMany({ where: { id } })",
        "await db.query('SELECT 1')",
        "const headers = new Headers(); headers.delete('a')",
        "Object.create(null)",
        "document.createElement('a')",
    ],
)
def test_no_write(tmp_path: Path, text: str) -> None:
    handler = one(tmp_path, f"export async function POST(req: Request) {{ {text} }}")
    assert not handler.calls(Kind.DB_WRITE, Kind.FS_WRITE, Kind.EXTERNAL_WRITE)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/account/:path*", "/account", True),
        ("/account/:path*", "/account/a/b", True),
        ("/account/:path*", "/api/x", False),
        ("/((?!api|_next).*)", "/api/x", False),
        ("/((?!api|_next).*)", "/account", True),
        ("/(api|trpc)(.*)", "/api/x", True),
        ("/api/:id", "/api/x", True),
        ("/", "/api", False),
    ],
)
def test_matchers(pattern: str, path: str, matches: bool) -> None:
    import re

    assert bool(re.match(matcher_of(pattern), path)) is matches


@pytest.mark.parametrize(
    ("middleware", "is_guarded"),
    [
        ("import { clerkMiddleware } from '@clerk/nextjs/server'\nexport default clerkMiddleware()", True),
        (
            "export { default } from 'next-auth/middleware'\nexport const config = { matcher: ['/admin/:path*'] }",
            False,
        ),
        (
            "export { default } from 'next-auth/middleware'\nexport const config = { matcher: '/api/:path*' }",
            True,
        ),
        ("export function middleware(req) { return NextResponse.next() }", False),
    ],
)
def test_middleware_guards_what_its_matcher_takes(tmp_path: Path, middleware: str, is_guarded: bool) -> None:
    files = {"app/api/x/route.ts": "export function POST() {}", "middleware.ts": middleware}
    assert read(tmp_path, files).handlers[0].is_guarded is is_guarded
