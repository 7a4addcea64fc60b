"""What the tables of libraries make of real spellings, one handler each: found where it is a fault, silent where it is none."""

from pathlib import Path

import pytest

from routegen.check.engine import check
from routegen.check.files import find_targets
from routegen.check.registry import rules
from routegen.check.settings import Selection
from tests.check.test_next import HEAD as script_head
from tests.check.test_next import codes as script_codes
from tests.check.test_next import found as script_found
from tests.check.test_next import lay

HEAD = "from fastapi import FastAPI, HTTPException, Request\nfrom lib import save\napp = FastAPI()\n"
HOOK = "@app.post('/events')\nasync def events(request: Request):\n"

BLOCKING = {
    "stripe": "import stripe\n{head}    return stripe.PaymentLink.create(line_items=[])\n",
    "razorpay": "import razorpay\nclient = razorpay.Client(auth=('a', 'b'))\n{head}    return client.order.create({{}})\n",
    "supabase": "from supabase import create_client\ndb = create_client('a', 'b')\n"
    "{head}    return db.table('a').select('*').eq('id', 1).execute()\n",
    "engine": "from sqlalchemy import create_engine, text\nengine = create_engine('sqlite://')\n"
    "{head}    with engine.connect() as db:\n        return db.execute(text('SELECT 1'))\n",
    "psycopg": "import psycopg\n{head}    with psycopg.connect('a') as db:\n        return db.execute('SELECT 1')\n",
    "ollama": "import ollama\n{head}    return ollama.chat(model='a', messages=[])\n",
}
VERIFIED = {
    "razorpay": "import razorpay\nclient = razorpay.Client(auth=('a', 'b'))\n{head}    body = await request.body()\n"
    "    client.utility.verify_webhook_signature(body, request.headers['x-razorpay-signature'], 'secret')\n    save(body)\n",
    "slack": "from slack_bolt.adapter.fastapi import SlackRequestHandler\nhandler = SlackRequestHandler(app)\n"
    "{head}    return await handler.handle(request)\n",
    "discord": "from discord_interactions import verify_key\n{head}    body = await request.body()\n"
    "    if not verify_key(body, request.headers['x-signature-ed25519'], request.headers['x-signature-timestamp'], KEY):\n"
    "        raise HTTPException(401)\n    save(body)\n",
}
HEADERS = (
    "x-razorpay-signature",
    "x-paystack-signature",
    "x-wc-webhook-signature",
    "x-zm-signature",
    "verif-hash",
)


def found(root: Path, text: str) -> set[str]:
    (root / "main.py").write_text(text)
    return {f.code for f in check(find_targets([root]), Selection(frozenset(rules()))).findings}


@pytest.mark.parametrize("text", BLOCKING.values(), ids=BLOCKING.keys())
def test_it_blocks(tmp_path: Path, text: str) -> None:
    assert "RG901" in found(tmp_path, HEAD + text.format(head="@app.get('/a')\nasync def read():\n"))


@pytest.mark.parametrize("text", BLOCKING.values(), ids=BLOCKING.keys())
def test_it_does_not_block_in_a_thread(tmp_path: Path, text: str) -> None:
    assert "RG901" not in found(tmp_path, HEAD + text.format(head="@app.get('/a')\ndef read():\n"))


@pytest.mark.parametrize("text", VERIFIED.values(), ids=VERIFIED.keys())
def test_it_verifies(tmp_path: Path, text: str) -> None:
    text = HEAD + text.format(head="@app.post('/webhook')\nasync def hook(request: Request):\n")
    assert "RG201" not in found(tmp_path, text)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_tells_that_it_is_a_webhook(tmp_path: Path, name: str) -> None:
    text = f"{HOOK}    event = await request.json()\n    save(event, request.headers.get('{name}'))\n    return {{}}\n"
    assert "RG201" not in found(tmp_path, HEAD + text)  # whoever gets the header may verify
    text = f"{HOOK}    event = await request.json()\n    print(request.headers.get('{name}'))\n    save(event)\n    return {{}}\n"
    assert "RG201" in found(tmp_path, HEAD + text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("await fetchMutation(api.posts.create, {})", True),
        ("await knex('posts').insert({ id: 1 })", True),
        ("await client.execute({ sql: 'INSERT INTO posts VALUES (?)', args: [1] })", True),
        ("await client.execute({ sql: 'SELECT * FROM posts WHERE id = ?', args: [1] })", False),
        ("await databases.createDocument('a', 'posts', 'id', {})", True),
        ("await pb.collection('posts').create({})", True),
    ],
)
def test_a_script_writes(tmp_path: Path, text: str, expected: bool) -> None:
    head = "import { fetchMutation } from 'convex/nextjs'\nimport { knex, client, databases, pb, api } from '@/lib/stores'\n"
    handler = f"export async function POST() {{\n  {text}\n  return NextResponse.json({{}})\n}}"
    assert ("RG501" in script_codes(tmp_path, head + handler)) is expected


@pytest.mark.parametrize(
    "verify", ["crypto.subtle.verify('HMAC', key, signed, sent)", "createVerify('SHA256').verify(key, sent)"]
)
def test_a_script_verifies(tmp_path: Path, verify: str) -> None:
    head = (
        "import { createVerify } from 'crypto'\nconst good = async (key, signed, sent) => VERIFY\n".replace(
            "VERIFY", verify
        )
    )
    handler = (
        "export async function POST(req: Request) {\n  const body = await req.text()\n  const { id, sig } = parts(body)\n"
        "  if (!(await good(KEY, id, sig))) return new Response('', { status: 400 })\n  await prisma.post.delete({ where: { id } })\n"
        "  return NextResponse.json({})\n}"
    )
    lay(tmp_path, {"app/api/webhook/route.ts": script_head + head + handler})
    assert "RG201" not in [code for _, code in script_found(tmp_path)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("createServerClient(URL, KEY, { cookies: { getAll: () => jar.getAll() } })", False),
        ("createRouteHandlerClient({ cookies })", False),
        ("createClient(URL, SERVICE_ROLE_KEY)", True),
    ],
)
def test_rows_that_are_written_in_the_callers_name(tmp_path: Path, made: str, expected: bool) -> None:
    """The policies of the rows refuse, where the database knows who calls; a service's own key passes them by."""
    head = (
        "import { createServerClient } from '@supabase/ssr'\nimport { createClient } from '@supabase/supabase-js'\n"
        "import { createRouteHandlerClient } from '@supabase/auth-helpers-nextjs'\n"
    )
    handler = (
        f"export async function POST() {{\n  const supabase = {made}\n"
        "  await supabase.from('posts').update({ pinned: true }).eq('id', 1)\n  return NextResponse.json({})\n}"
    )
    assert ("RG501" in script_codes(tmp_path, head + handler)) is expected


@pytest.mark.parametrize(("marker", "expected"), [("", True), (" = Body()", True), (" = Query()", False)])
def test_what_a_marker_says_is_asked_for_is_not_the_body(tmp_path: Path, marker: str, expected: bool) -> None:
    text = (
        "from fastapi import Body, Query\nfrom pymongo import MongoClient\nrows = MongoClient().shop.items\n"
        f"@app.post('/items')\ndef add(item: dict{marker}):\n    rows.insert_one(item)\n"
    )
    assert ("RG507" in found(tmp_path, HEAD + text)) is expected
