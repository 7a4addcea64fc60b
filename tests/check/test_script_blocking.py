"""RG904 in scripts: a call that ends in `Sync` holds up all requests, wherever a request leads to it."""

from pathlib import Path

import pytest

from tests.check.blocks import after_fixes
from tests.check.test_next import found, lay
from tests.check.test_server_actions import PAGE

HEAD = """import fs, { readFileSync } from "fs"
import { execSync } from "node:child_process"
import { scryptSync } from "crypto"
import bcrypt from "bcrypt"
import { compareSync } from "bcryptjs"
let kept: string
const all = new Map<string, string>()
"""
POST = 'export async function POST(request: Request) {\n  if (!request.headers.get("x-key")) return new Response("", { status: 401 })\n'


def blocks(root: Path, text: str, path: str = "app/api/a/route.ts") -> bool:
    lay(root, {path: HEAD + text, "app/page.tsx": PAGE})
    return (path, "RG904") in found(root)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("fs.writeFileSync('a', await request.text())", True),
        ("readFileSync('a')", True),
        ("await fs.readFileSync('a')", True),
        ("await fs.promises.readFile('a')", False),
        ("fs.existsSync('a')", False),
        ("execSync('make')", True),
        ("scryptSync(await request.text(), 'salt', 64)", True),
        ("bcrypt.hashSync(await request.text(), 10)", True),
        ("compareSync(await request.text(), 'hash')", True),
        ("await bcrypt.hash(await request.text(), 10)", False),
        ("read()", True),
        ("cached()", False),
        ("prepare()", False),
        ("if (!fs.existsSync('a')) fs.writeFileSync('a', '')", False),
        ("if (!kept) kept = readFileSync('a', 'utf8')", False),
        ("kept ??= readFileSync('a', 'utf8')", False),
        ("if (process.env.NODE_ENV === 'development') readFileSync('a')", False),
        ("after(() => readFileSync('a'))", False),
    ],
)
def test_a_handler(tmp_path: Path, body: str, expected: bool) -> None:
    helpers = """function read() { return readFileSync("a", "utf8") }
let key: string
function prepare() {
  if (key) return
  key = load("a")
}
function load(path: string) {
  return readFileSync(path, "utf8")
}
function cached() {
  if (all.has("a")) return all.get("a")
  const text = readFileSync("a", "utf8")
  all.set("a", text)
  return text
}
"""
    head = 'import { after } from "next/server"\n' if "after(" in body else ""
    text = f"{head}{helpers}{POST}  {body}\n  return new Response()\n}}\n"
    assert blocks(tmp_path, text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export async function GET() {\n  return new Response(readFileSync('a'))\n}", False),
        ("export async function GET(request: Request) {\n  return new Response(readFileSync('a'))\n}", True),
        ("export const GET = (request: Request) => new Response(readFileSync('a'))", True),
        (
            "export const dynamic = 'force-static'\nexport async function GET(request: Request) {\n"
            "  return new Response(readFileSync('a'))\n}",
            False,
        ),
        (
            "export const dynamic = 'force-dynamic'\nexport async function GET() {\n"
            "  return new Response(readFileSync('a'))\n}",
            True,
        ),
        (
            "export const revalidate = 0\nexport async function GET() {\n"
            "  return new Response(readFileSync('a'))\n}",
            True,
        ),
        (
            "export const revalidate = 3600\nexport async function GET(request: Request) {\n"
            "  return new Response(readFileSync('a'))\n}",
            False,
        ),
        (
            "const a = readFileSync('a')\nexport async function GET(request: Request) {\n  return new Response(a)\n}",
            False,
        ),
    ],
)
def test_a_get_that_may_run_when_next_js_builds(tmp_path: Path, text: str, expected: bool) -> None:
    assert blocks(tmp_path, text) is expected


def test_a_server_function_is_one_too_and_a_page_is_not(tmp_path: Path) -> None:
    save = "export async function save(text: string) {\n  fs.writeFileSync('a', text)\n}\n"
    lay(tmp_path, {"app/page.tsx": PAGE, "app/actions.ts": f'"use server"\n{HEAD}{save}'})
    lay(
        tmp_path,
        {"app/b/page.tsx": f"{HEAD}export default function Page() {{\n  return readFileSync('a')\n}}\n"},
    )
    assert [path for path, code in found(tmp_path) if code == "RG904"] == ["app/actions.ts"]


def test_what_does_the_same_without_sync_is_awaited(tmp_path: Path) -> None:
    text = f"{HEAD}{POST}  const size = fs.readFileSync('a', 'utf8').length\n  fs.writeFileSync('b', `${{size}}`)\n"
    text += "  const is = await bcrypt.compareSync('a', 'b')\n  return Response.json({ is })\n}\n"
    after = after_fixes(tmp_path, text, code="RG904")
    assert after == text.replace(
        "fs.readFileSync('a', 'utf8').length", "(await fs.promises.readFile('a', 'utf8')).length"
    ).replace("fs.writeFileSync(", "await fs.promises.writeFile(").replace("compareSync('a'", "compare('a'")


NAMED = """import { existsSync, readFileSync } from "node:fs"
import path from "path"

export async function POST() {
  if (!existsSync("a")) return new Response(null, { status: 404 })
  const one = JSON.parse(readFileSync(path.join("a", "b"), "utf8"))
  return Response.json({ one })
}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'import { existsSync, readFileSync } from "node:fs"\nimport path from "path"\n',
            'import { existsSync } from "node:fs"\nimport path from "path"\nimport { readFile } from "fs/promises"\n',
        ),
        (
            'import { readFileSync, existsSync } from "fs"\nimport path from "path"\n',
            'import { existsSync } from "fs"\nimport path from "path"\nimport { readFile } from "fs/promises"\n',
        ),
        (
            'import { existsSync } from "./disk"\nimport { readFileSync } from "fs"\nimport path from "path"\n',
            'import { existsSync } from "./disk"\nimport { readFile } from "fs/promises"\nimport path from "path"\n',
        ),
        (
            'import { readFileSync } from "fs"\nimport { stat } from "node:fs/promises"\nimport path from "path"\n',
            'import { stat, readFile } from "node:fs/promises"\nimport path from "path"\n',
        ),
        (
            'import path from "path"\nimport { readFileSync } from "fs"\n',
            'import path from "path"\nimport { readFile } from "fs/promises"\n',
        ),
    ],
)
def test_an_imported_name_is_that_of_its_twin(tmp_path: Path, before: str, after: str) -> None:
    head = NAMED[: NAMED.index("\nexport")]
    text, wanted = NAMED.replace(head, before), NAMED.replace(head, after)
    assert after_fixes(tmp_path, text, code="RG904") == wanted.replace(
        'readFileSync(path.join("a", "b"), "utf8")', 'await readFile(path.join("a", "b"), "utf8")'
    )


def test_an_import_that_is_still_used_stays(tmp_path: Path) -> None:
    text = (
        NAMED.replace("existsSync, ", "").replace("existsSync", "readFileSync")
        + "\nexport const other = readFileSync\n"
    )
    after = after_fixes(tmp_path, text, code="RG904")
    assert 'import { readFileSync } from "node:fs"' in after
    assert after.count("await readFile(") == 2
