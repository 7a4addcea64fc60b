"""What real projects do for good reasons, and what was once reported all the same: nothing is said about it."""

from pathlib import Path

import pytest

from routegen.cli.app import run as cli
from tests.check.test_fastapi import WRITE, codes, run
from tests.check.test_next import codes as script_codes
from tests.check.test_next import found, lay

HEAD = """import hashlib, hmac, io, logging, os, zipfile
import sqlite3
from fastapi import APIRouter, Depends, FastAPI, File, Form, HTTPException, Path, Request, UploadFile
from fastapi.responses import RedirectResponse
log = logging.getLogger()
app = FastAPI()
def guard(request: Request):
    raise HTTPException(401)
"""
SILENT = {
    "a token from a mail is verified, and an empty result refused with 400": f"""
def verify_password_reset_token(token: str) -> str | None:
    return hashlib.sha256(token.encode()).hexdigest() if token else None
@app.post('/reset-password')
def reset_password(token: str):
    email = verify_password_reset_token(token=token)
    if not email:
        raise HTTPException(400, 'Invalid token')
{WRITE}""",
    "a router for local use is included by a test": f"""
router = APIRouter()
@router.post('/users')
def create():
{WRITE}
if os.environ.get('ENVIRONMENT') == 'local':
    app.include_router(router)
""",
    "a suffix without a dot leads to no other folder": """
@app.put('/image', dependencies=[Depends(guard)])
def image(extension: str = Form()):
    extension = extension.replace('.', '')
    with open(f'images/original.{extension}') as file:
        return file.name
""",
    "an exception is raised again": """
@app.get('/a')
def read():
    try:
        return os.environ['A']
    except Exception as error:
        raise error
""",
    "a dependency asks for a parameter that only some of its routes have": """
def tenant(request: Request):
    return request.path_params.get('tenant')
@app.get('/login')
def login(tenant=Depends(tenant)):
    return {'tenant': tenant}
""",
    "an archive in memory": """
@app.get('/archive')
async def archive():
    with zipfile.ZipFile(io.BytesIO(), 'w') as file:
        return {'names': file.namelist()}
""",
    "what is read is made when it is not there yet": f"""
def get_or_create(id: int):
{WRITE}
@app.get('/rooms/{{id}}')
def room(id: int):
    get_or_create(id)
    return {{'id': id}}
""",
    "a file that the kernel makes up": """
@app.get('/memory')
async def memory():
    with open('/proc/self/status') as file:
        return {'status': file.read()}
""",
    "a helper's branch that this call leaves out": """
def store(id: int, is_first: bool = False, file=None):
    if is_first:
        with sqlite3.connect('a.db') as db:
            db.execute('SELECT 1')
    if file is not None:
        open(file)
    elif not is_first:
        return id
def keep(id: int, is_first: bool = False):
    return store(id, is_first, None)
@app.get('/a')
async def read(id: int):
    return keep(id)
""",
    "a parameter with text around it": """
@app.get('/images/{name}/snapshot.{format}')
def snapshot(name: str, format: str = Path()):
    return {'name': name, 'format': format}
""",
    "a file of a failed request is taken away": """
@app.post('/numbers')
def numbers(name: str):
    try:
        return {'number': int(name)}
    except ValueError:
        os.unlink('/srv/numbers.txt')
        raise HTTPException(400, 'No number') from None
""",
    "a signature that is only written down": """
@app.post('/hook-test')
async def hook_test(request: Request):
    digest = hmac.new(b'key', await request.body(), 'sha256').hexdigest()
    log.info('received', extra={'ok': digest == request.headers['x-signature']})
    return {'digest': digest}
""",
    "a dependency measures the file": """
def measured(file: UploadFile) -> UploadFile:
    file.file.seek(0, 2)
    size = file.file.tell()
    file.file.seek(0)
    if size > 1_000_000:
        raise HTTPException(413, 'Too large')
    return file
@app.post('/pictures')
async def pictures(file: UploadFile = Depends(measured)):
    return {'length': len(await file.read())}
""",
    "what only tries another system tells how that went": """
@app.get('/camera/detect')
def detect(address: str):
    try:
        return {'success': True, 'port': int(address)}
    except ValueError:
        return {'success': False, 'message': 'It does not answer'}
""",
    "the error of a job is what was asked for": """
JOBS = {}
@app.get('/jobs/{id}')
def job(id: str):
    if id not in JOBS:
        raise HTTPException(404)
    found = JOBS[id]
    if found['error']:
        return {'status': 'failed', 'error': found['error']}
    return {'status': 'done'}
""",
    "whether something is there at all": """
@app.get('/models')
def models():
    try:
        import tracking
    except ImportError:
        return {'models': [], 'tracking_enabled': False, 'error': 'tracking is not installed'}
    return {'models': tracking.models(), 'tracking_enabled': True}
""",
    "a comment says why a webhook is answered with 200": """
@app.post('/events')
async def events(request: Request):
    try:
        return {'id': (await request.json())['id']}
    except ValueError:
        # The sender would deliver it again for ever: 200
        return {'error': 'invalid event'}
""",
    "a form that Google's button posts": """
@app.post('/google')
async def google(request: Request):
    form = await request.form()
    if form['g_csrf_token'] != request.cookies['g_csrf_token']:
        raise HTTPException(400)
    return RedirectResponse('/', 303)
""",
    "a file that lives until the answer is sent": """
CACHE_DIR = '/srv/cache'
@app.get('/clips/{id}')
def clip(id: int):
    path = os.path.join(CACHE_DIR, f'{id}.txt')
    with open(path, 'w') as file:
        file.write('clip')
    return {'id': id}
""",
    "a default is made when there is none yet": """
@app.get('/teams')
def teams(user: str):
    db = sqlite3.connect('a.db')
    found = db.execute('SELECT * FROM teams').fetchall()
    if not found or len(found) == 0:
        db.execute('INSERT INTO teams VALUES (1)')
    return {'teams': found}
""",
    "what no longer holds is taken away before the refusal": """
@app.get('/domains')
def domains(user: str):
    db = sqlite3.connect('a.db')
    if os.environ['STATE'] == 'refused':
        db.execute('DELETE FROM keys')
        raise HTTPException(400, 'The key does not hold any more')
    return {'domains': []}
""",
    "a stale mark is repaired": """
def reconcile_marks(repair: bool):
    sqlite3.connect('a.db').execute('DELETE FROM marks')
@app.get('/chats')
def chats(user: str):
    reconcile_marks(True)
    return {'user': user}
""",
    "a file that is written once": """
from pathlib import Path as File
ID = File.home() / '.id'
def own_id():
    if not ID.is_file():
        ID.write_text('1')
    return 1
@app.get('/id')
async def read():
    return own_id()
""",
    "the state of a record is what was asked for": """
@app.get('/payments/{hash}')
def payment(hash: str):
    found = JOBS.get(hash)
    if found is None:
        raise HTTPException(404)
    if found.failed:
        return {'paid': False, 'status': 'failed', 'details': found}
    return {'paid': True}
JOBS = {}
""",
    "a size is asked for from both sides": """
@app.post('/a', dependencies=[Depends(guard)])
async def add(file: UploadFile):
    if file.size < 10 or file.size > 1000:
        raise HTTPException(413)
    return {'length': len(await file.read())}
@app.post('/b', dependencies=[Depends(guard)])
async def add_small(file: UploadFile):
    if file.size <= 1000:
        return {'length': len(await file.read())}
    raise HTTPException(413)
""",
    "what is asked is whether something holds": """
@app.post('/tickets/validate')
def validate(code: str):
    if code not in os.environ:
        return {'result': 'INVALID', 'message': 'Invalid ticket'}
    return {'result': 'VALID'}
""",
    "whether one is signed in": """
@app.get('/auth/check-auth')
def check_auth(request: Request):
    if 'id' not in request.cookies:
        return {'status': 'unauthorised'}
    return {'status': 'authorised'}
""",
    "a helper that verifies in a way of its own": """
from lib import digest_of, key_of
def verify_signature(body: bytes, sent: str) -> bool:
    public = key_of('provider')
    public.verify(digest_of(sent))
    return True
@app.post('/webhook')
async def hook(request: Request):
    if not verify_signature(await request.body(), request.headers['x-own-signature']):
        raise HTTPException(400)
    print(await request.json())
    return {}
""",
    "a checker of the project that raises": """
def sanitize_name(name: str) -> str:
    name = name.replace('\\\\', '/')
    if '..' in name or name.startswith('/'):
        raise HTTPException(400)
    return name
@app.post('/files', dependencies=[Depends(guard)])
def keep(file: UploadFile, size: int = Form()):
    if size > 1000:
        raise HTTPException(413)
    sanitize_name(file.filename)
    with open('files/' + file.filename, 'wb') as out:
        while chunk := file.file.read(1000):
            out.write(chunk)
""",
    "a comparison whose result is looked at": """
def matches(event: dict) -> bool:
    return event.get('secret') == os.environ['SECRET']
@app.post('/webhook')
async def hook(request: Request):
    event = await request.json()
    if not matches(event):
        raise HTTPException(401)
    print(event['text'])
    return {}
""",
    "a forgotten password is reset by a token": f"""
@app.post('/auth/reset-password')
def renew(token: str, password: str):
{WRITE}""",
    "a decorator that binds may check who calls": f"""
def protected(bind, path):
    def wrap(function):
        return bind(path, dependencies=[Depends(guard)])(function)
    return wrap
@protected(app.post, '/users')
def create():
{WRITE}
""",
    "what has run out is taken away when it is met": """
def lookup(key: str):
    db = sqlite3.connect('a.db')
    found = db.execute('SELECT * FROM keys').fetchone()
    if found is None:
        found = None
    elif found.expires < os.environ['NOW']:
        db.execute('DELETE FROM keys')
        found = None
    return found
def valid(key: str):
    found = lookup(key)
    if found is None:
        raise HTTPException(401)
    return found
@app.get('/key')
def key(key: str):
    return {'key': valid(key).name}
""",
    "a key that is looked up may be forgotten": f"""
def lookup_valid_key(key: str):
{WRITE}
@app.get('/key')
def key(key: str):
    return {{'key': lookup_valid_key(key)}}
""",
    "strangers put themselves on a list": f"""
@app.post('/waitlist')
def wait(email: str):
{WRITE}""",
    "a scratch file is taken away": """
@app.post('/archives')
def archive(name: str):
    temporary = os.path.join('/tmp', 'archive')
    os.unlink(temporary)
    return {'name': name}
""",
    "the result of a test of a connection": """
@app.post('/connectors/{id}/test')
def connector(id: str):
    try:
        return {'status': 'ok', 'tools': os.environ[id]}
    except Exception:
        return {'status': 'error', 'message': 'Failed to test the connection'}
""",
    "an exception to a rule": """
@app.post('/fares')
def add_fare(name: str):
    found = JOBS.get(name)
    if found is None:
        raise HTTPException(404)
    return {'exception': found.exception}
JOBS = {}
""",
    "a name with text before it leads to no other folder": """
@app.get('/wiki')
def wiki(kind: str):
    with open(os.path.join('wiki', f'cache_{kind}.json')) as file:
        return file.name
""",
    "an answer is kept in a file for the next who asks": """
def write_cache(topic: str, text: str):
    with open('/srv/answers.json', 'w') as file:
        file.write(text)
@app.post('/search')
def search(topic: str):
    write_cache(topic, 'found')
    return {'topic': topic}
""",
    "a name is looked at without its ending": """
@app.get('/statistics')
def statistics(path: str):
    folder = path.replace('.log', '')
    if folder.find('.') != -1 or not folder.startswith('/srv/data'):
        raise HTTPException(400)
    with open(path) as file:
        return file.name
""",
    "a dependency raises an error of the project's own": f"""
class ShopAuthError(Exception): ...
def available(user: str = Form()):
    if not os.environ.get(user):
        raise ShopAuthError('not available')
    return user
@app.post('/items')
def add(user: str = Depends(available)):
{WRITE}""",
    "one function shows the form and takes it": f"""
@app.api_route('/items/create', methods=['GET', 'POST'], dependencies=[Depends(guard)])
def create(request: Request):
    if request.method == 'POST':
    {WRITE}
    return {{}}
""",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_nothing_is_said_about(tmp_path: Path, text: str) -> None:
    assert codes(run(tmp_path, {"main.py": HEAD + text})) == []


LOUD = (
    {
        "RG501": f"@app.post('/users')\ndef create():\n{WRITE}",
        "RG306": "@app.get('/a')\ndef read(path: str):\n    with open(f'images/{path}') as file:\n        return file.name\n",
        "RG803": (
            "@app.get('/a')\ndef read():\n    try:\n        return os.environ['A']\n    except Exception as error:\n"
            "        raise HTTPException(500, str(error))\n"
        ),
        "RG601": "@app.get('/a')\ndef read(request: Request):\n    return {'a': request.path_params['tenant']}\n",
        "RG901": "@app.get('/a')\nasync def read():\n    with zipfile.ZipFile('a.zip') as file:\n        return file.namelist()\n",
        "RG104": f"def erase(id: int):\n{WRITE}\n@app.get('/a')\ndef read(id: int):\n    erase(id)\n    return {{'id': id}}\n",
    }
    | {
        "RG901 behind a decorator that binds": (
            "def protected(bind, path, scopes=()):\n    def wrap(function):\n"
            "        return bind(path, dependencies=[Depends(guard)])(function)\n    return wrap\n"
            "router = APIRouter()\n@protected(router.get, '/a', ['read'])\n"
            "async def read():\n    with open('a.txt') as file:\n        return file.name\n"
        ),
        "RG901 in a branch that this call takes": (
            "def store(is_first: bool = False):\n    if is_first:\n        open('a.txt')\n"
            "@app.get('/a')\nasync def read():\n    return store(True)\n"
        ),
        "RG901 in a branch that the client decides on": (
            "def store(is_first: bool = False):\n    if is_first:\n        open('a.txt')\n"
            "@app.get('/a')\nasync def read(is_first: bool = False):\n    return store(is_first)\n"
        ),
        "RG203": (
            "@app.post('/hook-test')\nasync def hook_test(request: Request):\n"
            "    digest = hmac.new(b'key', await request.body(), 'sha256').hexdigest()\n"
            "    return {'ok': digest == request.headers['x-signature']}\n"
        ),
        "RG303": "@app.post('/a')\nasync def add(file: UploadFile):\n    return {'length': len(await file.read())}\n",
        "RG801": (
            "@app.get('/models')\ndef models(name: str):\n    try:\n        return {'models': int(name)}\n"
            "    except ValueError:\n        return {'models': [], 'error': 'no such models'}\n"
        ),
        "RG101": (
            "@app.post('/a')\nasync def add(request: Request):\n    form = await request.form()\n"
            "    log.info(form['name'])\n    return RedirectResponse('/', 303)\n"
        ),
    }
    | {
        "RG104 that takes rows away when there are some": (
            "@app.get('/a')\ndef read(id: int):\n    db = sqlite3.connect('a')\n    found = db.execute('SELECT 1').fetchall()\n"
            "    if found:\n        db.execute('DELETE FROM a')\n    return {'id': id}\n"
        ),
        "RG901 of a file that is written each time": (
            "from pathlib import Path as File\nID = File.home() / '.id'\n@app.get('/a')\nasync def read():\n"
            "    if ID.is_file():\n        ID.write_text('1')\n    return {'a': 1}\n"
        ),
        "RG302 where only the least size is asked for": (
            "@app.post('/a', dependencies=[Depends(guard)])\nasync def add(file: UploadFile):\n    if file.size < 10:\n"
            "        raise HTTPException(400)\n    return {'length': len(await file.read())}\n"
        ),
        "RG303 where only the least size is asked for": (
            "@app.post('/a', dependencies=[Depends(guard)])\nasync def add(file: UploadFile):\n    if file.size == 0:\n"
            "        raise HTTPException(400)\n    return {'length': len(await file.read())}\n"
        ),
        "RG801 where asking itself fails": (
            "@app.post('/tickets/validate')\ndef validate(code: str):\n    try:\n        return {'result': os.environ[code]}\n"
            "    except Exception:\n        return {'error': 'Validation failed'}\n"
        ),
        "RG801 for what is not there": (
            "@app.get('/a/{id}')\ndef read(id: str):\n    if id not in os.environ:\n"
            "        return {'status': 'failed', 'error': 'not found'}\n    return {'id': id}\n"
        ),
        "RG201 where the result of a comparison is dropped": (
            "def matches(event: dict) -> bool:\n    if event.get('phone') != os.environ['PHONE']:\n        log.info('another')\n"
            "        return False\n    return True\n"
            "@app.post('/webhook')\nasync def hook(request: Request):\n    event = await request.json()\n    matches(event)\n"
            "    print(event['text'])\n    return {}\n"
        ),
        "RG201 where a helper checks only what the event says": (
            "from lib import save, validate_date\ndef keep(event: dict):\n    validate_date(event['at'])\n    save(event)\n"
            "@app.post('/webhook')\nasync def hook(request: Request):\n    event = await request.json()\n    keep(event)\n"
            "    return {}\n"
        ),
        "RG301 where a checker only looks": (
            "def check_name(name: str):\n    log.info(name)\n@app.post('/files', dependencies=[Depends(guard)])\n"
            "def keep(file: UploadFile):\n    check_name(file.filename)\n    with open('files/' + file.filename, 'wb') as out:\n"
            "        out.write(file.file.read(1000))\n"
        ),
        "RG501 of a helper that writes for good": (
            "def write(text: str):\n    with open('/srv/answers.json', 'w') as file:\n        file.write(text)\n"
            "@app.post('/search')\ndef search(topic: str):\n    write(topic)\n    return {'topic': topic}\n"
        ),
        "RG301 of a name that only lost its ending": (
            "@app.post('/files', dependencies=[Depends(guard)])\ndef keep(file: UploadFile):\n"
            "    with open('files/' + file.filename.replace('.pdf', '.txt'), 'wb') as out:\n        out.write(file.file.read(1000))\n"
        ),
        "RG501 where a dependency raises another error": (
            f"def available(user: str = Form()):\n    if not user:\n        raise ValueError('no name')\n    return user\n"
            f"@app.post('/items')\ndef add(user: str = Depends(available)):\n{WRITE}"
        ),
        "RG104 of a helper that takes away whatever it is given": (
            "def take(key: str):\n    sqlite3.connect('a').execute('DELETE FROM keys')\n    return key\n"
            "@app.get('/key')\ndef key(key: str):\n    return {'key': take(key)}\n"
        ),
        "RG303 where the size is only told": (
            "@app.post('/a', dependencies=[Depends(guard)])\nasync def add(file: UploadFile):\n    log.info(file.size)\n"
            "    return {'length': len(await file.read())}\n"
        ),
        "RG501 where a file of the project is taken away": (
            "@app.post('/archives')\ndef archive(name: str):\n    os.unlink('/srv/archive.zip')\n    return {'name': name}\n"
        ),
        "RG501 of a reset by an administrator": f"@app.post('/reset')\ndef reset():\n{WRITE}",
    }
)


@pytest.mark.parametrize("code", LOUD)
def test_the_same_without_the_reason_is_reported(tmp_path: Path, code: str) -> None:
    assert code.split()[0] in codes(run(tmp_path, {"main.py": HEAD + LOUD[code]}))


SIGNED = (
    "import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'\n"
    "import { getSignedUrl } from '@aws-sdk/s3-request-presigner'\nconst s3 = new S3Client({})\n"
    "export async function POST() {\n  const command = new PutObjectCommand({ Bucket: 'a', Key: 'b' })\n"
)
CACHED = (
    "import { Redis } from '@upstash/redis'\nconst redis = Redis.fromEnv()\n"
    "export async function POST(req: Request) {\n  const { name } = await req.json()\n"
)
DONE = "\n  return NextResponse.json({})\n}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SIGNED + "  const url = await getSignedUrl(s3, command, { expiresIn: 60 })" + DONE, []),
        (SIGNED + "  await s3.send(command)" + DONE, ["RG501"]),
        (CACHED + "  await redis.set(`cache:${name}`, await wrapped(name), { ex: 300 })" + DONE, []),
        (CACHED + "  await redis.set(`name:${name}`, await wrapped(name))" + DONE, ["RG501"]),
        (
            "import { rm } from 'node:fs/promises'\nexport async function POST() {\n"
            "  const tempDir = await made()\n  await rm(tempDir, { recursive: true })" + DONE,
            [],
        ),
        (
            "import { rm } from 'node:fs/promises'\nexport async function POST() {\n"
            "  await rm('/srv/files', { recursive: true })" + DONE,
            ["RG501"],
        ),
    ],
)
def test_what_nobody_would_miss_is_no_change(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert script_codes(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("x/router.ts", []), ("routes.ts", []), ("x/routes.ts", ["RG708"])]
)
def test_a_router_is_no_misspelt_route(tmp_path: Path, name: str, expected: list[str]) -> None:
    ok = "export async function GET() { return new Response() }"
    lay(tmp_path, {f"app/{name}": "export const routes = {}", "app/page.tsx": "", "app/api/route.ts": ok})
    assert [code for _, code in found(tmp_path)] == expected


def test_a_finding_of_a_dependency_stands_at_the_handler(tmp_path: Path) -> None:
    """Its call lies in another file, whose lines say nothing about this one."""
    dependencies = (
        "from fastapi import Depends, UploadFile\nfrom typing import Annotated\n"
        + "\n" * 40
        + "def loaded(file: UploadFile):\n"
        "    return file.file.read()\nLoaded = Annotated[bytes, Depends(loaded)]\n"
    )
    main = (
        "from fastapi import FastAPI\nfrom dependencies import Loaded\napp = FastAPI()\n"
        "@app.post('/a')\ndef add(data: Loaded):\n    return {'length': len(data)}\n"
    )
    checked = run(tmp_path, {"main.py": main, "dependencies.py": dependencies})
    assert {f.line for f in checked.findings if f.code in ("RG302", "RG303")} == {5}


def test_a_file_is_read_where_nobody_knows_how_long_it_is(tmp_path: Path) -> None:
    text = (
        "@app.post('/a', dependencies=[Depends(guard)])\nasync def add(file: UploadFile):\n    if file.size is not None:\n"
        "        length = file.size\n    else:\n        length = len(await file.read())\n    return {'length': length}\n"
    )
    assert "RG303" not in codes(run(tmp_path, {"main.py": HEAD + text}))
    after = text.replace("    return {'length'", "    await file.read()\n    return {'length'")
    assert "RG303" in codes(run(tmp_path, {"main.py": HEAD + after}))


BUTTON = "'use client'\nexport const Button = () => <b onClick={() => fetch('/api/PATH', { method: 'POST', body })} />"
REMOVES = "await store.storage.from('a').remove([name])"
POSTS = "import { store, prisma } from '@/lib/store'\nexport async function POST(req: Request) {\n  await auth()\n"
OWN = "await prisma.post.create({ data: { id: 1 } })"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("posts", OWN, True),
        ("posts", "const { name } = await req.json()\n  " + REMOVES, True),
        (
            "posts",
            "const { name } = await req.json()\n  await store.storage.from('a').download(name)\n  " + REMOVES,
            False,
        ),
        ("posts", "const audio = (await req.formData()).get('audio')\n  " + OWN, False),
        ("posts", "const text = (await req.formData()).get('text')\n  " + OWN, True),
        ("auth/token-exchange", OWN, False),
        ("auth/oauth/callback/x", OWN, False),
        ("auth/theme", OWN, True),
        ("images", "await prisma.userApiLimit.update({ where: { id: 1 }, data: { count: 2 } })", False),
        ("images", "await prisma.userImage.update({ where: { id: 1 }, data: { count: 2 } })", True),
        ("auth/guest", OWN + "\n  return NextResponse.json({ token: await issued() })", False),
        ("login", "await fetch(UPSTREAM, { method: 'POST', body: JSON.stringify(await req.json()) })", False),
        ("login", "await fetch(UPSTREAM, { method: 'POST', body: 'a' })", True),
        (
            "posts",
            OWN + "\n  return new Response(row, { headers: { 'Content-Disposition': 'attachment' } })",
            False,
        ),
        (
            "posts",
            OWN + "\n  return new Response('', { status: 429, headers: { 'Retry-After': '3' } })",
            True,
        ),
        ("posts", OWN + "\n  return new Response('', { headers: { ETag: '3' } })", False),
        ("posts", OWN + "\n  return new Response('', { status: 409 })", True),
    ],
)
def test_what_a_page_of_a_script_may_do_itself(tmp_path: Path, path: str, body: str, expected: bool) -> None:
    files = {
        f"app/api/{path}/route.ts": POSTS + f"  {body}{DONE}",
        "components/button.tsx": BUTTON.replace("PATH", path),
    }
    lay(tmp_path, files)
    assert ("RG102" in [code for _, code in found(tmp_path)]) is expected


def test_a_program_that_calls_too_needs_the_address(tmp_path: Path) -> None:
    lay(tmp_path, {"app/api/posts/route.ts": POSTS + f"  {OWN}{DONE}"})
    for name, expected in (("components/button.tsx", True), ("mobile/src/send.ts", False)):
        lay(tmp_path, {name: BUTTON.replace("PATH", "posts")})
        assert ("RG102" in [code for _, code in found(tmp_path)]) is expected


TODO = """import sqlite3
from typing import Annotated

from fastapi import Depends, Request, Response

from lib.auth import signed_in

EXTRA

def POST(request: Request, user: Annotated[str, Depends(signed_in)]) -> Response:
    with sqlite3.connect("shop.db") as db:
        db.execute("DELETE FROM items")
    BODY
"""


@pytest.mark.parametrize(
    ("body", "page", "expected"),
    [
        ("return Response(headers={'HX-Refresh': 'true'})", "<button hx-post='/api/todos'>", True),
        ("return Response('done')", "<button hx-post='/api/todos'>", False),
        ("return Response('done')", "<form method='post' action='/api/todos'>", False),
        (
            "request.session.clear(); return Response('done')",
            "<form method='post' action='/api/todos'>",
            True,
        ),
        (
            "answer = Response('done'); answer.delete_cookie('a'); return answer",
            "<form method='post' action='/api/todos'>",
            True,
        ),
        (
            "return Response(headers={'HX-Refresh': 'true', 'Access-Control-Allow-Origin': '*'})",
            "<button hx-post='/api/todos'>",
            False,
        ),
        (
            "return Response(headers={'HX-Refresh': 'true', 'ETag': '1'})",
            "<button hx-post='/api/todos'>",
            False,
        ),
    ],
)
def test_the_evidence_for_an_action_is_weighed(tmp_path: Path, body: str, page: str, expected: bool) -> None:
    route = TODO.replace("EXTRA\n", "").replace("BODY", body.replace("; ", "\n    "))
    lay(tmp_path, {"app/api/todos/route.py": route, "app/page.html": page})
    (tmp_path / "package.json").unlink()
    assert ("RG102" in [code for _, code in found(tmp_path)]) is expected


PAGE = "<h1>Contact</h1>\n{{ form(send) }}<button>Send</button></form>BESIDE\n"


@pytest.mark.parametrize(
    ("before", "beside", "expected"),
    [
        ("", "", ["RG109"]),
        ("<!-- routegen: ignore[RG109] the action is made at start-up -->\n", "", []),
        ("{# routegen: ignore[RG109] the action is made at start-up #}\n", "", []),
        ("{#\n  routegen: ignore[RG109] the action is made at start-up\n#}\n\n", "", []),
        ("", "{# routegen: ignore[RG109] the action is made at start-up #}", []),
        ("<p>{# routegen: ignore[RG109] the action is made at start-up #}</p>\n", "", ["RG002", "RG109"]),
        ("<!-- routegen: ignore[RG109] -->\n", "", ["RG003"]),
        ("<!-- routegen: ignore[RG199] the action is made at start-up -->\n", "", ["RG001", "RG109"]),
        ("# routegen: ignore[RG109] the action is made at start-up\n", "", ["RG109"]),
    ],
)
def test_a_comment_of_a_template_speaks_for_it(
    tmp_path: Path, before: str, beside: str, expected: list[str]
) -> None:
    page = PAGE.replace("{{", before + "{{", 1).replace("BESIDE", beside)
    lay(tmp_path, {"app/contact/page.html": page, "app/api/ok/route.py": "def GET() -> None: ...\n"})
    assert [code for _, code in found(tmp_path)] == expected


def test_a_comment_of_a_template_that_silences_nothing(tmp_path: Path) -> None:
    page = "{# routegen: ignore[RG109] the action is made at start-up #}\n<h1>Contact</h1>\n"
    lay(tmp_path, {"app/contact/page.html": page, "app/api/ok/route.py": "def GET() -> None: ...\n"})
    assert found(tmp_path) == [("app/contact/page.html", "RG002")]


def test_findings_of_a_template_get_comments_of_its_kind(tmp_path: Path) -> None:
    page = PAGE.replace("BESIDE", "")
    lay(tmp_path, {"app/contact/page.html": page, "app/api/ok/route.py": "def GET() -> None: ...\n"})
    assert cli(["check", str(tmp_path), "--preview", "--add-ignores", "made at start-up"]) == 0
    told = "{# routegen: ignore[RG109] made at start-up #}\n{{ form(send) }}"
    assert told in (tmp_path / "app/contact/page.html").read_text()
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("'http://localhost:3000/api/users'", True),
        ("`http://localhost:3000/api/users/${id}`", True),
        ("`${req.nextUrl.origin}/api/users/${id}`", True),
        ("`${process.env.NEXT_PUBLIC_APP_URL}/api/users`", True),
        ("new URL('/api/users', req.url)", True),
        ("'http://localhost:11434/api/generate'", False),
        ("`${process.env.NEXT_PUBLIC_APP_URL}/api/other`", False),
        ("`${process.env.UPSTREAM}/api/users`", False),
        ("'https://users.example/api/users'", False),
        ("new URL('/api/users', 'https://users.example')", False),
    ],
)
def test_the_server_calls_itself_where_the_path_is_a_route(
    tmp_path: Path, address: str, expected: bool
) -> None:
    users = "export async function GET() { return new Response() }"
    text = f"export async function GET(req: Request) {{\n  const id = 1\n  return Response.json(await fetch({address}))\n}}"
    files = {"app/api/users/route.ts": users, "app/api/users/[id]/route.ts": users}
    assert ("RG103" in script_codes(tmp_path, text, **files)) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("f'{request.base_url}api/users'", True),
        ("str(request.url_for('users'))", True),
        ("'http://localhost:8000/api/users'", True),
        ("f'{request.base_url}files/a.txt'", False),
        ("'http://localhost:9200/api/search'", False),
    ],
)
def test_a_handler_calls_a_route_of_its_tree(tmp_path: Path, address: str, expected: bool) -> None:
    text = (
        "import httpx\nfrom fastapi import Request\n\n\nasync def GET(request: Request) -> object:\n"
        f"    async with httpx.AsyncClient() as client:\n        answer = await client.get({address})\n    return answer.json()\n"
    )
    users = "def GET() -> list[str]:\n    return []\n"
    lay(tmp_path, {"app/api/all/route.py": text, "app/api/users/route.py": users})
    assert ("RG103" in [code for _, code in found(tmp_path)]) is expected


def test_an_address_that_the_body_names_is_not_the_own_one(tmp_path: Path) -> None:
    text = """
import pydantic, requests
class Import(pydantic.BaseModel):
    url: str
@app.post('/import', dependencies=[Depends(guard)])
def load(request: Import):
    if not request.url.startswith('https://files.example/'):
        raise HTTPException(400)
    return {'length': len(requests.get(request.url).content)}
"""
    lay(tmp_path, {"main.py": HEAD + text})
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("inscription", False),
        ("mot-de-passe-oublie", False),
        ("renvoyer-verification", False),
        ("reinitialiser-mdp", False),
        ("registro", False),
        ("iniciar-sesion", False),
        ("cadastro", False),
        ("anmelden", False),
        ("giris", False),
        ("dang-nhap", False),
        ("profil", True),
        ("registry", True),
    ],
)
def test_strangers_sign_up_in_any_language(tmp_path: Path, name: str, expected: bool) -> None:
    text = (
        "import { prisma } from '@/lib/prisma'\nexport async function POST(request: Request) {\n"
        "  const { email } = await request.json()\n"
        "  return Response.json(await prisma.user.create({ data: { email } }))\n}\n"
    )
    lay(tmp_path, {f"app/api/{name}/route.ts": text})
    assert ("RG501" in [code for _, code in found(tmp_path)]) is expected


@pytest.mark.parametrize(("given", "expected"), [("viewsCount: 1", False), ("title: 'a'", True)])
def test_a_counter_is_told_by_what_follows_the_call(tmp_path: Path, given: str, expected: bool) -> None:
    text = (
        "import { db } from '@/lib/db'\nimport { jobs } from '@/lib/schema'\nexport async function GET() {\n"
        f"  await db.update(jobs).set({{ {given} }}).where(one)\n  return Response.json({{}})\n}}\n"
    )
    lay(tmp_path, {"app/api/jobs/route.ts": text})
    assert ("RG104" in [code for _, code in found(tmp_path)]) is expected


@pytest.mark.parametrize(("path", "expected"), [("auth/profile", False), ("profile", True)])
def test_who_hashes_a_password_below_auth_signs_somebody_up(
    tmp_path: Path, path: str, expected: bool
) -> None:
    text = (
        "import bcrypt from 'bcryptjs'\nimport { prisma } from '@/lib/prisma'\nexport async function PUT(request: Request) {\n"
        "  const { email, password } = await request.json()\n  const hashed = await bcrypt.hash(password, 10)\n"
        "  await prisma.user.create({ data: { email, password: hashed } })\n  return Response.json({})\n}\n"
    )
    lay(tmp_path, {f"app/api/{path}/route.ts": text})
    assert ("RG501" in [code for _, code in found(tmp_path)]) is expected
