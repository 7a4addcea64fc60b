"""The safety of generated code, piece by piece, each with the rule that must report its absence."""

from dataclasses import dataclass

from routegen.scaffold.catalog import Catalog

PROVIDERS = Catalog.of().provider_names("webhook")
USERS, USER = "app/api/users/route.py", "app/api/users/[id]/route.py"
NOTES, NOTE = "app/api/notes/route.py", "app/api/notes/[id]/route.py"
POST, PERSON = "app/api/posts/[slug]/route.py", "app/api/people/[id]/route.py"
PHOTOS, PHOTO = "app/api/photos/route.py", "app/api/photos/[name]/route.py"
FILES, FILE = "app/api/files/route.py", "app/api/files/[name]/route.py"
PIECES, PIECE = "app/api/photos/resumable/route.py", "app/api/photos/resumable/[upload_id]/route.py"
STREAM, ROWS, CHAT, NEWS = (f"app/api/{name}/route.py" for name in ("stream", "rows", "chat", "news"))
AUTH = "app/api/auth"
ACTION, FORM, PAGE = "app/settings/actions.py", "app/settings/page.html", "app/about/page.py"

Edits = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cut:
    """A safety taken out of a generated file, and the rule that reports it. `imports` go below the code."""

    code: str
    file: str
    edits: Edits
    imports: str = ""


CALLER = "\n    caller: SignedIn,"
RECEIVE = "    file = await FILES.receive(request, owner=caller)\n"
SAVED = '    response.headers["Location"] = f"{request.url.path}/{file.name}"\n    return file'


CUTS: dict[str, Cut] = {}


def cut(name: str, code: str, file: str, *edits: tuple[str, str], imports: str = "") -> None:
    assert name not in CUTS
    CUTS[name] = Cut(code, file, edits, imports)


# crud: who calls, which columns, which row.
for file in (USERS, USER, PERSON, POST):
    cut(f"{file}: the caller", "RG501", file, (CALLER, ""))
for file in (PHOTOS, PHOTO, PIECES, PIECE):
    cut(f"{file}: the caller", "RG501", file, (CALLER, ""), ("owner=caller", "owner=None"))
for file, why in {NOTES: "public", NOTE: "public", FILES: "upload", FILE: "public"}.items():
    cut(f"{file}: that it is open", "RG501", file, (f'EXPOSE = "{why}"\n', ""))
cut(
    "crud: the model of a body that makes a row",
    "RG507",
    USERS,
    ("data: UserCreate", "data: dict[str, Any]"),
    ("**data.model_dump()", "**data"),
    imports="from typing import Any\n",
)
cut(
    "crud: the model of a body that replaces a row",
    "RG507",
    USER,
    ("data: UserReplace", "data: dict[str, Any]"),
    ("change(session, id, data.model_dump())", "change(session, id, data)"),
)
cut(
    "crud: the model of a body that changes a row",
    "RG507",
    USER,
    ("data: UserUpdate", "data: dict[str, Any]"),
    ("data.model_dump(exclude_unset=True)", "data"),
)
cut(
    "crud: the type of the id",
    "RG602",
    USER,
    ("    id: db.RowId,\n    session: Session,", "    id: str,\n    session: Session,"),
    ("session.get(User, id)", "session.get(User, int(id))"),
)
cut(
    "crud: the answer to an id of no row",
    "RG603",
    USER,
    (
        '-> UserPublic | Response:\n    """One by its id."""\n    row = await session.get(User, id)\n'
        "    if row is None:\n        return not_found()\n    return UserPublic.model_validate(row)",
        "-> User:\n    row = await session.get(User, id)\n    return row",
    ),
)
cut(
    "crud: the method that may write",
    "RG104",
    USER,
    ("async def DELETE(", "async def GET("),
    (
        "async def GET(\n    id: db.RowId,\n    session: Session,\n",
        "async def POST(\n    id: db.RowId,\n    session: Session,\n",
    ),
)
cut(
    "crud: the name of the folder's parameter",
    "RG601",
    USER,
    ("    id: db.RowId,\n    session: Session,", "    number: int,\n    session: Session,"),
    ("session.get(User, id)", "session.get(User, number)"),
)

# dynamic: the row that is not there, who calls.
cut(
    "dynamic: the answer to a key of no row",
    "RG603",
    PERSON,
    (
        '-> UserPublic | Response:\n    """Read it."""\n    row = await find(session, id)\n'
        '    if row is None:\n        return respond.error("User not found", 404)\n'
        "    return UserPublic.model_validate(row, from_attributes=True)",
        "-> User:\n    row = (await session.exec(select(User).where(User.id == id))).first()\n    return row",
    ),
)
cut("dynamic: the name of the folder's parameter", "RG601", POST, ("slug", "key"))

# upload: limit, type, name, owner, how it is given back.
HAND_WRITTEN = "    form = await request.form()\n    upload = form['file']\n"
LIMIT = "    if upload.size is None or upload.size > 10_000_000:\n        raise HTTPException(413)\n"
cut(
    "upload: the limit",
    "RG302",
    PHOTOS,
    ("max_body_size=FILES.max_body, ", ""),
    (
        RECEIVE,
        HAND_WRITTEN
        + "    with open(HERE / uuid4().hex, 'wb') as out:\n        shutil.copyfileobj(upload.file, out)\n",
    ),
    (SAVED, "    return None"),
    imports="import shutil\nfrom uuid import uuid4\nfrom lib.uploads import HERE\n",
)
cut(
    "upload: the pieces",
    "RG303",
    PHOTOS,
    (RECEIVE, HAND_WRITTEN + "    (HERE / uuid4().hex).write_bytes(await upload.read())\n"),
    (SAVED, "    return None"),
    imports="from uuid import uuid4\nfrom lib.uploads import HERE\n",
)
cut(
    "upload: the name of our own",
    "RG301",
    PHOTOS,
    (RECEIVE, HAND_WRITTEN + LIMIT + "    (HERE / upload.filename).write_bytes(await upload.read())\n"),
    (SAVED, "    return None"),
    imports="from fastapi import HTTPException\nfrom lib.uploads import HERE\n",
)
cut(
    "upload: the name of our own, of a raw body",
    "RG301",
    PHOTOS,
    (
        "    file = await FILES.receive_raw(request, filename, owner=caller)\n",
        "    with open(HERE / request.headers['x-file-name'], 'wb') as out:\n"
        "        out.write(await request.body())\n",
    ),
    imports="from lib.uploads import HERE\n",
)
cut(
    "upload: the check of the name that is read",
    "RG306",
    PHOTO,
    ("    name: StoredName,\n) -> Response:", "    name: StoredName, path: str,\n) -> Response:"),
    ("await FILES.answer(name)", "FileResponse(HERE / path)"),
    imports="from fastapi.responses import FileResponse\nfrom lib.uploads import HERE\n",
)
# stream: the loop goes on, the answer says what it is, an event ends.
SLEEP = "await asyncio.sleep("
for file in (STREAM, ROWS, CHAT):
    cut(f"{file}: the loop that goes on", "RG401", file, (SLEEP, "time.sleep("), imports="import time\n")
    cut(f"{file}: the wait", "RG902", file, (SLEEP, "asyncio.sleep("))
YIELD = 'respond.Event({"number": number}, id=str(number))'
DATA = "f\"data: {json.dumps({'number': number})}\\n\\n\""
cut(
    "stream: the headers of events",
    "RG402",
    STREAM,
    ("respond.events(", "StreamingResponse("),
    (YIELD, DATA),
    imports="import json\nfrom fastapi.responses import StreamingResponse\n",
)
cut(
    "stream: the end of an event",
    "RG407",
    STREAM,
    (
        "respond.events(count(last_event_id, interval))",
        'StreamingResponse(count(last_event_id, interval), media_type="text/event-stream")',
    ),
    (YIELD, DATA.replace("\\n\\n", "\\n")),
    imports="import json\nfrom fastapi.responses import StreamingResponse\n",
)
cut(
    "stream: the pieces",
    "RG406",
    ROWS,
    ("respond.lines(rows(interval))", 'StreamingResponse(iter(["1", "2"]))'),
    imports="from fastapi.responses import StreamingResponse\n",
)
# protected: who calls is asked, first, and what it says counts.
cut(
    "protected: the order",
    "RG503",
    f"{AUTH}/keys/[id]/route.py",
    ("id: str, person: Person", "id: str, request: Request"),
    (
        "    if not await keys.revoke(person.id, id):\n",
        "    await keys.revoke(1, id)\n    if await authenticator.find(request) is None:\n"
        "        raise HTTPException(401)\n    if not id:\n",
    ),
    imports="from fastapi import HTTPException, Request\nfrom lib.auth import authenticator\n",
)
cut(
    "protected: whose key it is",
    "RG504",
    f"{AUTH}/keys/route.py",
    ("data: ApiKeyCreate, person", "data: ApiKeyCreate, user_id: int, person"),
    ("keys.create(person.id,", "keys.create(user_id,"),
)
cut(
    "protected: whose key is revoked",
    "RG501",
    f"{AUTH}/keys/[id]/route.py",
    ("id: str, person: Person", "id: str, owner: int"),
    ("person.id", "owner"),
)
cut(
    "protected: whose sessions end",
    "RG501",
    f"{AUTH}/sessions/route.py",
    ("async def DELETE(person: Person,", "async def DELETE(owner: int,"),
    ("sessions.end_all(person.id)", "sessions.end_all(owner)"),
)
cut(
    "protected: the cookie that no script reads",
    "RG506",
    f"{AUTH}/login/route.py",
    ("await login.sign_in(request, response, data)", "response.set_cookie('session', data.email)"),
)
cut(
    "protected: what happened stays here",
    "RG803",
    f"{AUTH}/session/route.py",
    (
        "    return CallerPublic.of(user)",
        "    try:\n        return CallerPublic.of(user)\n    except Exception as error:\n        raise HTTPException(500, str(error))",
    ),
    imports="from fastapi import HTTPException\n",
)

# action: the mark, the check beside the page's, the form that is bound to it.
WRITES = (
    '    logger.info("settings: %d fields", len(form.model_fields_set))\n',
    '    Path("letters").write_text(form.name)\n',
)
cut("action: the mark", "RG109", ACTION, ("@action\n", ""))
cut("action: the form that is bound to it", "RG109", FORM, ("form(settings)", "form(setings)"))
cut(
    "action: that programs do not call it",
    "RG107",
    ACTION,
    ("form: SettingsForm, ", "form: SettingsForm, request: Request, "),
    WRITES,
    ('return redirect("?sent=1")', 'logger.info(request.headers["stripe-signature"])'),
    imports="from fastapi import Request\nfrom pathlib import Path\n",
)
cut(
    "action: the caller, whom the page asks for",
    "RG108",
    ACTION,
    (", caller: SignedIn", ""),
    WRITES,
    imports="from pathlib import Path\n",
)
cut(
    "action: the redirect, instead of a file",
    "RG106",
    ACTION,
    ('redirect("?sent=1")', 'await respond.file("a.pdf", root="files")'),
    imports="from routegen import respond\n",
)

DEFAULT = "        case other:\n"
REFUSED = f"{DEFAULT}            raise HTTPException(400)\n"
UNKNOWN = (
    (DEFAULT, REFUSED),
    (f"    {DEFAULT}", f"    {REFUSED}".replace("            r", "                r")),
)

# webhook: every provider verified, before anything else, with nothing that switches it off.
for provider in PROVIDERS:
    hook, inbox = f"app/api/webhooks/{provider}/route.py", f"app/api/inbox/{provider}/route.py"
    name = "SCHEME" if provider == "custom" else f'"{provider}"'
    received = f"await webhooks.receive(request, {name})"
    for file in (hook, inbox):
        cut(f"{file}: the signature", "RG201", file, (received, "await request.json()"))
    cut(
        f"{hook}: the answer to what is not known",
        "RG210",
        hook,
        UNKNOWN[provider in ("hubspot", "sendgrid")],
        imports="from fastapi import HTTPException\n",
    )

# What the rules of the second row see.
cut(
    "upload: the look at the bytes",
    "RG304",
    PHOTOS,
    (
        RECEIVE,
        HAND_WRITTEN + LIMIT + "    if upload.content_type not in ('image/png', 'image/jpeg'):\n"
        "        raise HTTPException(415)\n    (HERE / uuid4().hex).write_bytes(await upload.read())\n",
    ),
    (SAVED, "    return None"),
    imports="from fastapi import HTTPException\nfrom uuid import uuid4\nfrom lib.uploads import HERE\n",
)
cut(
    "upload: that it is a download",
    "RG305",
    PHOTO,
    ("await FILES.answer(name)", "FileResponse(HERE / name)"),
    imports="from fastapi.responses import FileResponse\nfrom lib.uploads import HERE\n",
)
cut(
    "stream: the end of a subscription",
    "RG403",
    NEWS,
    (
        "    return respond.events(CHANNEL.subscribe(last_event_id))",
        "    messages = redis.pubsub()\n    await messages.subscribe('news')\n    return respond.events(listen(messages))\n\n\n"
        "async def listen(messages):\n    async for message in messages.listen():\n        yield message",
    ),
    imports="from redis.asyncio import Redis\n\nredis = Redis()\n",
)

cut(
    "protected: the refusal",
    "RG502",
    "lib/auth.py",
    ("authenticator.require(connection)", "authenticator.find(connection)"),
)
cut(
    "protected: what is not shown of a user",
    "RG505",
    f"{AUTH}/session/route.py",
    ("user: User, response: Response) -> CallerPublic", "user: User, response: Response, db: Session)"),
    (
        "    return CallerPublic.of(user)",
        "    row = await db.get(AuthUser, user.id)\n    if row is None:\n        raise HTTPException(404)\n    return row",
    ),
    imports="from fastapi import HTTPException\nfrom lib.db import Session\nfrom lib.models.auth import AuthUser\n",
)
cut(
    "protected: the look at who was found",
    "RG502",
    f"{AUTH}/keys/[id]/route.py",
    ("id: str, person: Person", "id: str, request: Request"),
    (
        "    if not await keys.revoke(person.id, id)",
        "    await authenticator.find(request)\n    if not await keys.revoke(1, id)",
    ),
    imports="from fastapi import Request\nfrom lib.auth import authenticator\n",
)
cut(
    "webhook: the answer before the work",
    "RG207",
    "app/api/webhooks/github/route.py",
    (
        "    return webhooks.received(delivery)",
        "    await client.responses.create(input='x')\n    return webhooks.received(delivery)",
    ),
    imports="from openai import AsyncOpenAI\n\nclient = AsyncOpenAI()\n",
)
cut(
    "webhook: the id of the event",
    "RG208",
    "app/api/webhooks/github/route.py",
    (
        "    match delivery.type:\n",
        "    session.add(Note(text=str(delivery.payload)))\n    match delivery.type:\n",
    ),
    ("request: Request", "request: Request, session: WriteSession"),
    ("delivery.id", "0"),
    imports="from lib.db import WriteSession\nfrom lib.models.note import Note\n",
)
