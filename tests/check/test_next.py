"""`check` over Next.js projects: no settings, both languages in one run, the same rules."""

import time
from pathlib import Path

import pytest

from routegen.check.engine import check
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.check.settings import Selection
from routegen.cli.app import run
from routegen.handlers.callers import callers_in, read_callers

HEAD = """import { NextResponse } from "next/server"
import { prisma } from "@/lib/prisma"
import { auth } from "@/auth"
import { writeFile } from "node:fs/promises"
import { join } from "path"
import { createHmac } from "crypto"
"""
WRITES = "  await prisma.post.delete({ where: { id: 1 } })\n"


def lay(root: Path, files: dict[str, str]) -> Path:
    (root / "package.json").write_text("{}")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def found(root: Path, path: str = "") -> list[tuple[str, str]]:
    """Path and code of every finding, except those about the other methods of the example."""
    checked = check(find_targets([root / path]), Selection(frozenset(rules())))
    assert not checked.errors
    return sorted({(f.path.relative_to(root).as_posix(), f.code) for f in checked.findings})


def codes(root: Path, text: str, **more: str) -> list[str]:
    """The codes for one `route.ts`; other files by their paths."""
    lay(root, {"app/api/posts/route.ts": HEAD + text, **more})
    return sorted({code for _, code in found(root)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export async function POST() {\n" + WRITES + "  return NextResponse.json({})\n}", ["RG501"]),
        (
            "export async function POST() {\n  const session = await auth()\n  if (!session) return new Response('', { status: 401 })\n"
            + WRITES
            + "  return NextResponse.json({})\n}",
            [],
        ),
        (
            "export const DELETE = withRole('admin', async () => {\n"
            + WRITES
            + "  return new Response()\n})",
            [],
        ),
        ("export async function GET() {\n" + WRITES + "  return NextResponse.json({})\n}", ["RG104"]),
        (
            "export async function GET() {\n  try { return Response.json(await load()) }\n"
            "  catch (e) { return Response.json({ error: (e as Error).message }, { status: 500 }) }\n}",
            ["RG803"],
        ),
        (
            "export async function GET() {\n  try { return Response.json(await load()) }\n"
            "  catch (e) { console.error(e); return Response.json({ error: 'Failed' }, { status: 500 }) }\n}",
            [],
        ),
        (
            "export async function GET() {\n  try { return Response.json(await load()) }\n"
            "  catch (e) { if (e instanceof ZodError) return Response.json({ error: e.message }, { status: 400 }); throw e }\n}",
            [],
        ),
        ("export async function get() { return new Response() }", ["RG702"]),
        (
            "import { redirect } from 'next/navigation'\nexport async function GET() {\n"
            "  try { await load(); redirect('/done') } catch (e) { return Response.json({}, { status: 500 }) }\n}",
            ["RG807"],
        ),
        (
            "import { redirect } from 'next/navigation'\nexport async function GET() {\n"
            "  try { await load() } catch (e) { return Response.json({}, { status: 500 }) }\n  redirect('/done')\n}",
            [],
        ),
        (
            "import { redirect } from 'next/navigation'\nexport async function GET() {\n"
            "  try { redirect('/done') } catch (e) { if (isRedirectError(e)) throw e; return new Response() }\n}",
            [],
        ),
        (
            "export async function GET(req: Request) {\n  ['a'].forEach((name) => {\n"
            "    if (!name) { NextResponse.json({ error: 'No name' }, { status: 400 }) }\n  })\n  return NextResponse.json({})\n}",
            ["RG805"],
        ),
        (
            "export async function GET() {\n  try { return Response.json(await load()) } catch (e) { console.error(e) }\n}",
            ["RG806"],
        ),
        (
            "export async function GET() {\n  switch (await load()) { case 1: return new Response(); default: throw new Error() }\n}",
            [],
        ),
        ("export async function GET() {\n  if (await load()) { return new Response() }\n}", ["RG806"]),
        (
            "export async function GET() {\n  try { return new Response() } catch (e) { throw e } finally { await close() }\n}",
            [],
        ),
        (
            "export async function GET() {\n  throw new Error('no')\n  if (await load()) return new Response()\n}",
            [],
        ),
        (
            "export async function GET() {\n  switch (kind) {\n    case 'a':\n    case 'b': { return new Response() }\n"
            "    case 'c': return new Response()\n  }\n}",
            [],
        ),
        (
            "export async function GET() {\n  switch (kind) { case 'a': await load(); break; default: return new Response() }\n}",
            ["RG806"],
        ),
        (
            "export async function POST(req: Request) {\n  const form = await req.formData()\n  const file = form.get('f') as File\n"
            "  if (!(await auth())) return new Response('', { status: 401 })\n"
            "  await writeFile(join('public', file.name), Buffer.from(await file.arrayBuffer()))\n  return NextResponse.json({})\n}",
            ["RG301", "RG302", "RG303"],
        ),
        (
            "export async function POST(req: Request) {\n  const sig = createHmac('sha256', process.env.SECRET!).update(await req.text()).digest('hex')\n"
            "  if (sig !== req.headers.get('x-signature')) return new Response('', { status: 401 })\n  return new Response()\n}",
            ["RG203"],
        ),
        (
            "export async function POST(req: Request) {\n  const form = await req.formData()\n"
            "  if (!(await auth())) return new Response('', { status: 401 })\n"
            "  const blob = new Blob([await stored(form.get('id') as string)])\n  return NextResponse.json(await blob.text())\n}",
            [],
        ),
        (
            "import { assertValidFile } from 'lib'\nexport async function POST(req: Request) {\n  const form = await req.formData()\n"
            "  const file = form.get('f') as File\n  if (!(await auth())) return new Response('', { status: 401 })\n"
            "  assertValidFile(file)\n  return NextResponse.json(await file.text())\n}",
            [],
        ),
        (
            "export async function POST() {\n"
            + WRITES
            + "  return NextResponse.json({})\n}\nexport function OPTIONS() { return new Response(null, { headers: { 'Access-Control-Allow-Origin': '*' } }) }",
            [],
        ),
        (
            "export async function POST(req: Request) {\n  const grant = schema.parse(await req.json())\n  try {\n"
            "    if (grant.type === 'code') {\n      return new Response('code')\n    } else if (grant.type === 'refresh') {\n"
            "      return new Response('refresh')\n    }\n  } catch (e) {\n    return new Response('', { status: 400 })\n  }\n}",
            [],
        ),
        (
            "export async function POST(req: Request) {\n  const grant = schema.parse(await req.json())\n"
            "  if (grant.type === 'code') {\n    return new Response('code')\n  } else if (grant.age === 3) {\n"
            "    return new Response('refresh')\n  }\n}",
            ["RG806"],
        ),
        (
            "export async function GET() {\n  const found = await prisma.post.findFirst()\n  if (!found) {\n"
            "    await prisma.post.create({ data: { name: 'first' } })\n  }\n  return NextResponse.json({ found })\n}",
            [],
        ),
        (
            "async function getOrCreatePost() {\n  return prisma.post.create({ data: { name: 'first' } })\n}\n"
            "export async function GET() {\n  return NextResponse.json({ found: await getOrCreatePost() })\n}",
            [],
        ),
    ],
)
def test_rules_read_a_route_file(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert [code for code in codes(tmp_path, text) if code != "RG703"] == expected


@pytest.mark.parametrize(
    ("test", "expected"), [("", ["RG603"]), ("if (!row) return new Response('', { status: 404 })", [])]
)
def test_a_row_that_may_be_missing(tmp_path: Path, test: str, expected: list[str]) -> None:
    text = f"""{HEAD}
export async function GET(req: Request, {{ params }}: {{ params: Promise<{{ id: string }}> }}) {{
  const row = await prisma.post.findUnique({{ where: {{ id: (await params).id }} }})
  {test}
  return NextResponse.json(row)
}}"""
    lay(tmp_path, {"app/api/posts/[id]/route.ts": text})
    assert [code for _, code in found(tmp_path)] == expected


def test_what_only_own_components_call_should_be_an_action(tmp_path: Path) -> None:
    page = "'use client'\nexport function Button() { return <b onClick={() => fetch('/api/posts', { method: 'POST' })} /> }"
    text = (
        "export async function POST() {\n  if (!(await auth())) return new Response('', { status: 401 })\n"
        + WRITES
    )
    files = {"components/button.tsx": page}
    assert codes(tmp_path, text + "  return Response.json({})\n}", **files) == ["RG102"]
    signed = text.replace("POST() {", "POST(req: Request) {\n  const key = req.headers.get('x-api-key')")
    assert codes(tmp_path, signed + "  return Response.json({})\n}", **files) == []


@pytest.mark.parametrize(
    ("folder", "url", "expected"),
    [
        ("(site)/[locale]/things", "/en/things", ["RG102"]),
        ("api/[kind]", "/api/${kind}", ["RG102"]),
        ("%5Fx", "/_x", ["RG102"]),
        ("[slug]", "/about", []),
    ],
)
def test_callers_are_found_for_every_route_of_a_project(
    tmp_path: Path, folder: str, url: str, expected: list[str]
) -> None:
    page = f"'use client'\nexport const save = (kind) => fetch(`{url}`, {{ method: 'POST' }})"
    text = "export async function POST() {\n  if (!(await auth())) return new Response('', { status: 401 })\n"
    handler = HEAD + text + WRITES + "  return Response.json({})\n}"
    lay(tmp_path, {f"app/{folder}/route.ts": handler, "lib/save.ts": page})
    assert [code for _, code in found(tmp_path) if code == "RG102"] == expected


def test_a_token_is_renewed_by_a_program(tmp_path: Path) -> None:
    text = "import { cookies } from 'next/headers'\nexport async function POST() {\n  (await cookies()).set('token', 'a')\n"
    page = "'use client'\nexport const renew = () => fetch('/api/auth/NAME', { method: 'POST' })"
    for name, expected in (("refresh", []), ("theme", ["RG102"])):
        root = tmp_path / name
        root.mkdir()
        handler = HEAD + text + "  return Response.json({})\n}"
        lay(
            root,
            {f"app/api/auth/{name}/route.ts": handler, "components/renew.tsx": page.replace("NAME", name)},
        )
        assert [code for _, code in found(root) if code == "RG102"] == expected


@pytest.mark.parametrize(
    "call",
    [
        "fetch('/api/posts', { method: 'POST' })",
        "fetch(`${base}/api/posts`, {\n method: 'POST' })",
        "axios\n  .post('/api/posts', data)",
        "axios.post('api/posts', data)",
        "ky.post('/api/posts')",
        "http.post<Post>(`/api/posts`)",
        "$.post('/api/posts', data)",
        "$fetch('/api/posts', { method: 'POST' })",
        "const url = edit ? `/api/posts/${id}` : '/api/posts'\nfetch(url, { method: edit ? 'PUT' : 'POST' })",
        "fetch(edit ? `/api/posts/${id}` : '/api/posts', { method: edit ? 'PUT' : 'POST' })",
        "fetch('/api/posts', { method, body })",
        "let other\nconst url: string = '/api/posts'\nconst made = await fetch(url, { method: 'POST' })",
    ],
)
def test_callers_are_found(call: str) -> None:
    found = [c for c in callers_in(call, Path("x.tsx")) if c.parts[-2:] == ("api", "posts")]
    assert any(caller.method in ("POST", "") for caller in found)


@pytest.mark.parametrize(
    "call",
    [
        "refetch('/api/posts', { method: 'POST' })",
        "mock.post('/api/posts')",
        "a$.post('/api/posts')",
        "myhttp.post('/api/posts')",
        "client.remove('/api/posts')",
        "permutate('/api/posts', { method: 'POST' })",
    ],
)
def test_what_only_looks_like_a_call_is_none(call: str) -> None:
    assert callers_in(call, Path("x.tsx")) == []


@pytest.mark.parametrize(
    "text",
    [
        ".get<",
        "axios.get<a",
        "fetch(a, ",
        "fetch('/a')\n",
        "const a1 = ",
        "let b\nfetch(b)",
        "const c: ",
        "let d = 1\nfetch(d)",
    ],
)
def test_callers_are_looked_for_in_one_go(text: str) -> None:
    """Text that begins a call thousands of times takes as long as its length says: what looked back took minutes."""
    whole = text * (300_000 // len(text))
    begun = time.process_time()
    read_callers([Path("x.ts")], {Path("x.ts"): whole.encode()})
    assert time.process_time() - begun < 3


def test_a_monorepo_with_both_languages_is_one_run(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {
            "web/src/app/api/posts/route.ts": HEAD
            + "export async function POST() {\n"
            + WRITES
            + "  return Response.json({})\n}",
            "api/main.py": "import sqlite3\nfrom fastapi import FastAPI\napp = FastAPI()\n\n\n@app.delete('/x')\n"
            "def x(id: int) -> None:\n    sqlite3.connect('a').execute('DELETE FROM a WHERE id = ?', [id])\n",
        },
    )
    assert found(tmp_path) == [("api/main.py", "RG501"), ("web/src/app/api/posts/route.ts", "RG501")]
    assert found(tmp_path, "web/src/app") == [("web/src/app/api/posts/route.ts", "RG501")]


def test_it_needs_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, {"app/api/posts/route.ts": HEAD + "export async function POST() {\n" + WRITES + "}"})
    monkeypatch.chdir(tmp_path)
    assert run(["check", "app"]) == 1
    assert "app/api/posts/route.ts:7:23 RG501" in capsys.readouterr().out


def test_a_finding_is_suppressed_with_a_reason(tmp_path: Path) -> None:
    text = "// routegen: ignore[RG501] the gateway lets nobody else in\nexport async function POST() {\n"
    assert codes(tmp_path, text + WRITES + "  return Response.json({})\n}") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ufeffexport function GET() {}",
        "export async function POST( {{{",
        "<<<",
        "`" * 999,
        "(" * 3000,
        "export " * 99,
        "export default class Service {}",
        "export default abstract class Service extends Base { async GET() {} }",
        "export default function () {}",
    ],
)
def test_no_text_ends_it(tmp_path: Path, text: str) -> None:
    lay(tmp_path, {"app/api/posts/route.ts": text})
    found(tmp_path)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["[id]/a/route.ts", "[slug]/b/route.ts"], "RG704"),
        (["[id]/page.tsx", "[slug]/edit/page.tsx"], "RG704"),
        (["[...a]/route.ts", "[[...b]]/route.ts"], "RG604"),
        (["route.ts", "[[...b]]/route.ts"], "RG604"),
        (["[slug].json/route.ts"], "RG707"),
        (["[[id]]/route.ts"], "RG707"),
        (["x/Route.ts"], "RG708"),
        (["x/routes.ts"], "RG708"),
        (["x/route.ts", "x/page.tsx"], "RG701"),
        (["(a)/x/route.ts", "(b)/x/route.ts"], "RG701"),
        (["x/route.ts", "x/route.js"], "RG701"),
        (["[id]/x/[id]/route.ts"], "RG710"),
        (["[...a]/x/route.ts"], "RG711"),
        (
            ["[id]/route.ts", "[id]/x/route.ts", "[...rest]/route.ts", "(g)/z/page.tsx", "@slot/z/page.tsx"],
            "",
        ),
        (["(.)photo/page.tsx", "photo/page.tsx", "_lib/[x].y/route.ts", "user-[id]/page.tsx"], "RG707"),
        (["[user-id]/route.ts", "rss.xml/route.ts", ".well-known/x/route.ts"], ""),
    ],
)
def test_the_tree(tmp_path: Path, paths: list[str], expected: str) -> None:
    text = "export async function GET() { return new Response() }\nexport default GET\n"
    lay(tmp_path, {"app/api/ok/route.ts": text, **{f"app/api/{path}": text for path in paths}})
    assert {code for _, code in found(tmp_path) if code[2] in "67"} == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["middleware.ts"], True),
        (["proxy.js"], True),
        (["middleware.ts", "src/middleware.ts"], False),
        (["middleware.ts", "src/proxy.ts"], False),
        (["src/middleware.ts"], False),
        (["middleware.ts", "pages/index.tsx"], False),
        (["lib/middleware.ts"], False),
    ],
)
def test_a_middleware_that_never_runs(tmp_path: Path, paths: list[str], expected: bool) -> None:
    guard = "export function middleware() {}\n"
    text = "export async function GET() { return new Response() }\n"
    lay(tmp_path, {"src/app/api/ok/route.ts": text, **dict.fromkeys(paths, guard)})
    files = [path for path, code in found(tmp_path) if code == "RG709"]
    assert files == (paths[:1] if expected else [])


@pytest.mark.parametrize(
    ("parameters", "body", "expected"),
    [
        ("{ params }: { params: { id: string } }", "params.id", []),
        ("{ params }: { params: { slug: string } }", "params.slug", ["RG601"]),
        ("{ params }", "(await params).slug", ["RG601"]),
        ("{ params: { slug } }", "slug", ["RG601"]),
        ("{ params: { id: slug } }", "slug", []),
        ("context", "context.params.slug", ["RG601"]),
        ("context", "context.params['slug']", ["RG601"]),
        ("context", "await context.params\n  const p = it\n  const { slug, id } = p", ["RG601"]),
        ("context", "(await context.params).id", []),
        ("{ params }", "params.slug ?? params.id", []),
        ("{ params }", "params.then((p) => p)", []),
        ("{ params }", "await params\n  let p = it\n  p = await load()\n  p.slug", []),
        ("context", "new URL(request.url).searchParams.slug", []),
        ("context", "load(context.params)", []),
    ],
)
def test_parameters_that_no_folder_names(
    tmp_path: Path, parameters: str, body: str, expected: list[str]
) -> None:
    head = f"export async function GET(request: Request, {parameters}) {{\n  const it = {body}\n"
    lay(tmp_path, {"app/api/posts/[id]/route.ts": HEAD + head + "  return Response.json({ it })\n}"})
    assert [code for _, code in found(tmp_path) if code == "RG601"] == expected


def test_a_wrapper_may_pass_params_of_its_own(tmp_path: Path) -> None:
    text = "export const GET = withParams(async (request, { params }) => Response.json(params.slug))"
    assert "RG601" not in codes(tmp_path, text)


def test_settings_say_why_handlers_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, {"app/api/posts/[id]/route.ts": HEAD + "export async function DELETE() {\n" + WRITES + "}"})
    monkeypatch.chdir(tmp_path)
    for glob, status in (("app/other/**", 1), ("app/api/posts/[id]/*", 0), ("app/**", 0)):
        settings = f"[tool.routegen.check]\nexpose = {{'{glob}' = 'public'}}\n"
        (tmp_path / "pyproject.toml").write_text(settings)
        assert run(["check", "app", "--select", "RG501"]) == status, glob
