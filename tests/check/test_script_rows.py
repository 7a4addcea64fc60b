"""RG505 in scripts: rows of Prisma, Drizzle and Mongoose that are answered with the secrets in them."""

from pathlib import Path

import pytest

from routegen.check import Selection, check
from routegen.check.cache import open_cache
from routegen.check.files import find_targets
from tests.check.test_next import codes as script_codes
from tests.check.test_next import found, lay

SCHEMA = (
    'model User {\n  id Int @id\n  name String?\n  password String\n  posts Post[]\n  @@map("users")\n}\n'
    "model Post {\n  id Int @id\n  author User @relation(fields: [authorId], references: [id])\n  authorId Int\n}\n"
)
CLIENT = "import { PrismaClient } from '@prisma/client'\nexport const prisma = new PrismaClient()\n"


def secrets(root: Path, body: str, **files: str) -> list[str]:
    text = (
        "import { prisma } from '@/lib/prisma'\nexport async function GET(req: Request) {\n  "
        + body
        + "\n}\n"
    )
    lay(
        root,
        {"app/api/users/route.ts": text, "prisma/schema.prisma": SCHEMA, "lib/prisma.ts": CLIENT, **files},
    )
    return [code for _, code in found(root) if code == "RG505"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Response.json(await prisma.user.findMany())", True),
        (
            "const users = await prisma.user.findMany({ where: { id: 1 } })\n  return Response.json({ data: { users } })",
            True,
        ),
        (
            "const user = await prisma?.user?.create({ data: { id: 1 } })\n  return new Response(JSON.stringify(user))",
            True,
        ),
        ("return Response.json(await prisma.post.findMany({ include: { author: true } }))", True),
        (
            "return Response.json(await prisma.post.findMany({ include: { author: { include: { posts: true } } } }))",
            True,
        ),
        ("return Response.json(await prisma.post.findMany())", False),
        (
            "return Response.json(await prisma.post.findMany({ include: { author: { select: { name: true } } } }))",
            False,
        ),
        ("return Response.json(await prisma.user.findMany({ select: { name: true } }))", False),
        ("return Response.json(await prisma.user.findMany({ omit: { password: true } }))", False),
        ("return Response.json(await prisma.user.findMany(options))", False),
        ("return Response.json(await prisma.user.findMany({ ...options }))", False),
        ("return Response.json(await prisma.user.count())", False),
        ("const user = await prisma.user.findFirst()\n  return Response.json({ name: user.name })", False),
        (
            "const user = await prisma.user.findFirst()\n  delete user.password\n  return Response.json(user)",
            False,
        ),
        (
            "const user = await prisma.user.findFirst()\n  user.password = ''\n  return Response.json(user)",
            False,
        ),
        ("const { password, ...user } = await prisma.user.findFirst()\n  return Response.json(user)", False),
        (
            "const users = await prisma.user.findMany()\n  return Response.json(users.map((u) => u.name))",
            False,
        ),
    ],
)
def test_rows_of_prisma_take_their_secrets_along(tmp_path: Path, body: str, expected: bool) -> None:
    assert bool(secrets(tmp_path, body)) is expected


ALL = "return Response.json(await prisma.user.findMany())"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, True),
        ({"prisma/schema.prisma": SCHEMA.replace("  password String\n", "")}, False),
        ({"prisma/schema.prisma": SCHEMA.replace("password String", "password String @ignore")}, False),
        ({"prisma/schema.prisma": SCHEMA.replace("password String", "// password String")}, False),
        ({"other/schema.prisma": SCHEMA}, True),
        ({"other/schema.prisma": SCHEMA.replace("  password String\n", "")}, False),
        (
            {
                "lib/prisma.ts": CLIENT.replace(
                    "PrismaClient()", "PrismaClient({ omit: { user: { password: true } } })"
                )
            },
            False,
        ),
        ({"lib/prisma.ts": "export { prisma } from 'some-package'\n"}, False),
    ],
)
def test_what_the_schema_and_the_client_say_counts(
    tmp_path: Path, files: dict[str, str], expected: bool
) -> None:
    assert bool(secrets(tmp_path, ALL, **files)) is expected


def test_rows_that_the_file_holds_take_their_secrets_along(tmp_path: Path) -> None:
    held = "const users = [{ name: 'a', password: 'b' }]\n"
    handler = "export async function POST(req: Request) {\n  const { name } = await req.json()\n"
    asked = "  const user = users.find((u) => u.name === name)\n  return NextResponse.json({ user })\n}"
    assert "RG505" in script_codes(tmp_path, held + handler + asked)
    assert "RG505" not in script_codes(tmp_path, held.replace("password", "text") + handler + asked)


def test_a_changed_schema_is_noticed_by_the_cache(tmp_path: Path) -> None:
    assert secrets(tmp_path, ALL)
    selection, seen = Selection(frozenset({"RG505"})), list[int]()
    for schema in (SCHEMA, SCHEMA.replace("password", "colour"), SCHEMA):
        (tmp_path / "prisma/schema.prisma").write_text(schema)
        targets = find_targets([tmp_path])
        seen.append(len(check(targets, selection, open_cache(tmp_path, ["RG505"])).findings))
    assert seen == [1, 0, 1]


TABLES = """import { pgTable, serial, text } from "drizzle-orm/pg-core"

export const users = pgTable("users", { id: serial("id"), name: text("name"), passwordHash: text("password_hash") })
export const posts = pgTable("posts", { id: serial("id"), author: serial("author") })
"""
DRIZZLE = """import { drizzle } from "drizzle-orm/node-postgres"
import * as schema from "./schema"

export const db = drizzle(process.env.DATABASE_URL!, { schema })
"""
ROUTE = """import { eq } from "drizzle-orm"
import { db } from "@/db"
import { first } from "@/db/queries"
import * as schema from "@/db/schema"
import { posts, users } from "@/db/schema"

export async function GET(request: Request) {
  const where = eq(users.id, 1)
  BODY
}
"""


def of_drizzle(root: Path, body: str, **files: str) -> list[str]:
    written = {
        "app/api/users/route.ts": ROUTE.replace("BODY", body),
        "db/index.ts": DRIZZLE,
        "db/schema.ts": TABLES,
        "db/queries.ts": """import { db } from "."
import { users } from "./schema"

export async function first() {
  const found = await db.select().from(users).limit(1)
  if (found.length === 0) return null
  return found[0]
}
""",
    }
    lay(root, written | files)
    return [code for _, code in found(root) if code == "RG505"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Response.json(await db.select().from(users))", True),
        (
            "const rows = await db.select().from(schema.users).where(where)\n  return Response.json({ rows })",
            True,
        ),
        ("const [user] = await db.select().from(users).where(where)\n  return Response.json(user)", True),
        ("const rows = await db.select().from(users)\n  return Response.json(rows[0] ?? null)", True),
        ("return Response.json((await db.select().from(users))[0])", True),
        ("return Response.json(await db.select().from(posts).leftJoin(users, where))", True),
        ("return Response.json(await db.insert(users).values({ name: 'a' }).returning())", True),
        ("return Response.json(await db.update(users).set({ name: 'a' }).where(where).returning())", True),
        ("return Response.json(await db.query.users.findMany())", True),
        ("return Response.json(await db.query.users.findFirst({ where }))", True),
        ("return Response.json(await first())", True),
        ("return Response.json(await db.select().from(posts))", False),
        ("return Response.json(await db.select({ name: users.name }).from(users))", False),
        (
            "return Response.json(await db.insert(users).values({ name: 'a' }).returning({ id: users.id }))",
            False,
        ),
        ("return Response.json(await db.insert(users).values({ name: 'a' }))", False),
        ("return Response.json(await db.query.users.findMany({ columns: { name: true } }))", False),
        ("return Response.json(await db.query.posts.findMany())", False),
        ("const rows = await db.select().from(users)\n  return Response.json(rows.length)", False),
        (
            "const rows = await db.select().from(users)\n  return Response.json(rows.map((row) => row.name))",
            False,
        ),
        (
            "const [{ passwordHash, ...user }] = await db.select().from(users)\n  return Response.json(user)",
            False,
        ),
        ("return Response.json(await request.query.users.findMany())", False),
    ],
)
def test_rows_of_drizzle_take_their_secrets_along(tmp_path: Path, body: str, expected: bool) -> None:
    assert bool(of_drizzle(tmp_path, body)) is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"db/schema.ts": TABLES.replace("passwordHash", "colour")}, False),
        ({"db/schema.ts": "export * from './users'\n", "db/users.ts": TABLES}, True),
        (
            {
                "db/index.ts": DRIZZLE.replace("* as schema", "{ users }").replace(
                    "schema })", "schema: { users } })"
                )
            },
            True,
        ),
        ({"db/index.ts": DRIZZLE.replace(", { schema }", "")}, False),
    ],
)
def test_the_columns_are_those_that_the_schema_of_the_client_has(
    tmp_path: Path, files: dict[str, str], expected: bool
) -> None:
    body = "return Response.json(await db.query.users.findMany())"
    assert bool(of_drizzle(tmp_path, body, **files)) is expected


MODEL = """import mongoose, { Schema } from "mongoose"

const UserSchema = new Schema<IUser>({ name: String, password: { type: String, required: true } }, { timestamps: true })

export default mongoose.models.User || mongoose.model<IUser>("User", UserSchema)
"""


def of_mongoose(root: Path, body: str, model: str = MODEL) -> list[str]:
    route = "import User from '@/models/User'\n\nexport async function GET(request: Request) {\n  BODY\n}\n"
    lay(root, {"app/api/users/route.ts": route.replace("BODY", body), "models/User.ts": model})
    return [code for _, code in found(root) if code == "RG505"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Response.json(await User.find({}))", True),
        ("const user = await User.findById(1).lean()\n  return Response.json({ user })", True),
        (
            "const users = await User.find().sort({ name: 1 }).limit(10).exec()\n  return Response.json(users)",
            True,
        ),
        ("const user = await User.create({ name: 'a' })\n  return Response.json({ data: user })", True),
        ("const user = new User({ name: 'a' })\n  await user.save()\n  return Response.json(user)", True),
        ("return Response.json(await User.findByIdAndUpdate(1, { name: 'a' }, { new: true }))", True),
        ("return Response.json(await User.findById(1).select('-password'))", False),
        ("return Response.json(await User.find({}, 'name'))", False),
        ("return Response.json(await User.find({}, { password: 0 }))", False),
        ("return Response.json(await User.findByIdAndUpdate(1, {}, { new: true, select: 'name' }))", False),
        ("return Response.json(await User.countDocuments())", False),
        ("const user = await User.findById(1)\n  return Response.json({ name: user.name })", False),
        ("const { password, ...user } = await User.findById(1).lean()\n  return Response.json(user)", False),
    ],
)
def test_documents_of_mongoose_take_their_secrets_along(tmp_path: Path, body: str, expected: bool) -> None:
    assert bool(of_mongoose(tmp_path, body)) is expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("required: true }", "select: false }", False),
        ("password: {", "nickname: {", False),
        ("export default", 'UserSchema.set("toJSON", { transform: hide })\n\nexport default', False),
        ("required: true }", "required: [true, 'say one'] }", True),
        ("mongoose.models.User || ", "", True),
    ],
)
def test_what_the_schema_of_a_model_hides_is_not_told(
    tmp_path: Path, old: str, new: str, expected: bool
) -> None:
    assert old in MODEL
    body = "return Response.json(await User.find({}))"
    assert bool(of_mongoose(tmp_path, body, MODEL.replace(old, new))) is expected


def test_what_a_server_function_returns_goes_to_any_client(tmp_path: Path) -> None:
    text = """"use server"
import { prisma } from "@/lib/prisma"

export async function byEmail(email: string) {
  return prisma.user.findUnique({ where: { email } })
}

export async function nameOf(email: string) {
  const user = await prisma.user.findUnique({ where: { email } })
  return user?.name
}
"""
    page = "export default function Page() {\n  return null\n}\n"
    files = {"app/page.tsx": page, "prisma/schema.prisma": SCHEMA, "lib/prisma.ts": CLIENT}
    lay(tmp_path, {**files, "lib/users.ts": text})
    assert ("lib/users.ts", "RG505") in found(tmp_path)
    lay(tmp_path, {**files, "lib/users.ts": text.replace('"use server"\n', "")})
    assert ("lib/users.ts", "RG505") not in found(tmp_path)


def test_what_a_page_of_python_is_made_of_stays_on_the_server(tmp_path: Path) -> None:
    table = """from sqlmodel import Field, Session, SQLModel

class User(SQLModel, table=True):
    id: int = Field(primary_key=True)
    password_hash: str

"""
    load = "async def load(session: Session):\n    return session.get(User, 1)\n"
    answer = "def GET(session: Session):\n    return session.get(User, 1)\n"
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    lay(
        tmp_path,
        {"app/page.html": "{{ user.id }}", "app/page.py": table + load, "app/api/route.py": table + answer},
    )
    assert [(path, code) for path, code in found(tmp_path) if code == "RG505"] == [
        ("app/api/route.py", "RG505")
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("{ url, secret }", False), ("{ url }", True)],
)
def test_a_secret_that_was_just_made_is_shown_to_whom_it_was_made_for(
    tmp_path: Path, given: str, expected: bool
) -> None:
    model = "import { Schema, model } from 'mongoose'\nexport const Hook = model('Hook', new Schema({ url: String, secret: String }))\n"
    route = (
        "import { Hook } from '@/models/Hook'\nexport async function POST() {\n"
        f"  const hook = await Hook.create({given})\n  return Response.json({{ hook }})\n}}\n"
    )
    lay(tmp_path, {"models/Hook.ts": model, "app/api/hooks/route.ts": route})
    assert ("RG505" in [code for _, code in found(tmp_path)]) is expected
