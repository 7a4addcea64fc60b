"""`check` over the `"use server"` functions of Next.js: what the rules about actions say of them."""

from pathlib import Path

import pytest

from routegen.check import files
from routegen.cli.app import run
from tests.check.test_next import found, lay

HEAD = """"use server"
import { prisma } from "@/lib/prisma"
import { auth } from "@/auth"
"""
REMOVE = "export async function remove(id: string) {\n  await prisma.note.delete({ where: { id } })\n}\n"
PAGE = """import { redirect } from "next/navigation"
import { auth } from "@/auth"
export default async function Page() {
  const session = await auth()
  if (!session) redirect("/login")
  return <ul />
}
"""
CHECKED = REMOVE.replace(
    "{\n", '{\n  const session = await auth()\n  if (!session) throw new Error("Unauthorized")\n', 1
)


@pytest.mark.parametrize(
    ("actions", "page", "expected"),
    [
        (HEAD + REMOVE, PAGE, ["RG108"]),
        (
            HEAD
            + REMOVE.replace(
                "export async function remove(id: string)", "export const remove = async (id: string) =>"
            ),
            PAGE,
            ["RG108"],
        ),
        (HEAD + REMOVE.replace("export async", "async") + "export default remove\n", PAGE, ["RG108"]),
        (HEAD + CHECKED, PAGE, []),
        (
            HEAD
            + REMOVE.replace("id: string", "id: string, { token, role }: { token: string; role: UserRole }"),
            PAGE,
            ["RG108"],
        ),
        (HEAD + REMOVE, "export default function Page() {\n  return <ul />\n}\n", []),
        (HEAD + REMOVE.replace("remove", "signUp"), PAGE, []),
        (HEAD + REMOVE.replace("export ", ""), PAGE, []),
        (HEAD.replace('"use server"\n', "") + REMOVE, PAGE, []),
        (
            HEAD + 'import { headers } from "next/headers"\nexport async function paid() {\n'
            '  const list = await headers()\n  console.log(list.get("stripe-signature"))\n}\n',
            PAGE,
            ["RG107"],
        ),
        (HEAD + CHECKED.replace("remove", "deleteWebhook"), PAGE, []),
        (
            HEAD
            + "export async function save() {\n  try { await load() } catch (e) { return { error: (e as Error).message } }\n}\n",
            PAGE,
            ["RG803"],
        ),
    ],
    ids=[
        "beside a page that checks",
        "an arrow",
        "a default export",
        "checks for itself",
        "with parameters that are called like checks",
        "beside an open page",
        "for strangers",
        "not exported",
        "no directive",
        "for a provider",
        "settings of webhooks",
        "the text of an exception",
    ],
)
def test_server_functions_are_judged_as_actions(
    tmp_path: Path, actions: str, page: str, expected: list[str]
) -> None:
    lay(tmp_path, {"app/notes/page.tsx": page, "app/notes/actions.ts": actions})
    assert [code for _, code in found(tmp_path)] == expected


def test_a_function_inside_a_page_that_checks_is_an_action_of_its_own(tmp_path: Path) -> None:
    inner = '  async function remove(id: string) {\n    "use server"\n    await prisma.note.delete({ where: { id } })\n  }\n'
    page = 'import { prisma } from "@/lib/prisma"\n' + PAGE.replace("  return", inner + "  return")
    lay(tmp_path, {"app/notes/page.tsx": page})
    assert found(tmp_path) == [("app/notes/page.tsx", "RG108")]


def test_a_middleware_that_may_check_guards_actions_too(tmp_path: Path) -> None:
    guard = "export default function middleware(request) {\n  return authorize(request)\n}\n"
    lay(tmp_path, {"app/notes/page.tsx": PAGE, "app/notes/actions.ts": HEAD + REMOVE, "middleware.ts": guard})
    assert found(tmp_path) == []


def test_only_projects_of_next_have_server_functions(tmp_path: Path) -> None:
    lay(tmp_path, {"lib/notes/page.tsx": PAGE, "lib/notes/actions.ts": HEAD + REMOVE})
    assert found(tmp_path) == []


CLIENT = """import { createSafeActionClient } from "next-safe-action"
import { createServerAction, createServerActionProcedure } from "zsa"
import { auth } from "@/auth"
export const open = createSafeActionClient({ handleServerError: () => "It failed" })
export const timed = open.use(async ({ next, metadata }) => {
  const start = Date.now()
  const result = await next({ ctx: {} })
  console.log(metadata, Date.now() - start)
  return result
})
export const signed = timed.use(async ({ next }) => {
  const session = await auth()
  if (!session) throw new Error("Unauthorized")
  return next({ ctx: { user: session.user } })
})
async function member({ next }) {
  const session = await auth()
  if (!session) throw new Error("Unauthorized")
  return next()
}
export const members = open.use(member)
export const hidden = open.use(theirs)
export const old = createSafeActionClient({ middleware: async () => { if (!(await auth())) throw new Error("No") } })
export const anyone = createServerActionProcedure().handler(async () => ({ at: Date.now() }))
export const people = createServerActionProcedure(anyone).handler(async () => {
  if (!(await auth())) throw new Error("Unauthorized")
})
export const ours = people.createServerAction()
export const admins = createServerActionProcedure(people).handler(async ({ ctx }) => ctx).createServerAction()
export const make = (name) => open.metadata({ name })
export const makeSigned = (name) => signed.metadata({ name })
export const withMember = (run) => async (data) => {
  if (!(await auth())) throw new Error("Unauthorized")
  return run(data)
}
export const logged = (run) => async (data) => {
  console.log("called")
  return run(data)
}
"""
SAFE = f"""{HEAD}import {{ z }} from "zod"
import {{ createServerAction }} from "zsa"
import {{ createSafeActionClient }} from "next-safe-action"
import {{ theirClient, withTheirs }} from "@company/actions"
import * as lib from "@/lib/client"
import {{ open, timed, signed, members, hidden, old, anyone, ours, people, admins, make, makeSigned }} from "@/lib/client"
import {{ withMember, logged }} from "@/lib/client"
const schema = z.object({{ id: z.string() }})
"""
DELETES = "async ({ parsedInput }) => {\n  await prisma.note.delete({ where: { id: parsedInput.id } })\n}"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (f"open.schema(schema).action({DELETES})", ["RG108"]),
        (f"open.inputSchema(schema).metadata({{ name: 'a' }}).action({DELETES})", ["RG108"]),
        (f"open.schema(schema).stateAction({DELETES})", ["RG108"]),
        (
            f"open.bindArgsSchemas([z.string()]).action({DELETES}, {{ onSuccess: async () => {{}} }})",
            ["RG108"],
        ),
        (f"createSafeActionClient().schema(schema).action({DELETES})", ["RG108"]),
        (f"lib.open.schema(schema).action({DELETES})", ["RG108"]),
        ("open.schema(schema).action(erase)", ["RG108"]),
        (f"open(schema, {DELETES})", ["RG108"]),
        (f"timed.schema(schema).action({DELETES})", ["RG108"]),
        (f"make('erase').schema(schema).action({DELETES})", ["RG108"]),
        (f"signed.schema(schema).action({DELETES})", []),
        (f"lib.signed.schema(schema).action({DELETES})", []),
        ("signed.schema(schema).action(erase)", []),
        (f"members.schema(schema).action({DELETES})", []),
        (f"hidden.schema(schema).action({DELETES})", []),
        (f"old(schema, {DELETES})", []),
        (f"makeSigned('erase').schema(schema).action({DELETES})", []),
        (f"theirClient.schema(schema).action({DELETES})", []),
        (f"open.theirs(schema).action({DELETES})", []),
        (
            f"open.use(async ({{ next }}) => {{ if (!(await auth())) throw new Error('No'); return next() }}).action({DELETES})",
            [],
        ),
        (
            "open.schema(schema).action(async ({ parsedInput }) => {\n"
            "  if (!(await auth())) throw new Error('Unauthorized')\n  await prisma.note.delete(parsedInput)\n})",
            [],
        ),
        (f"createServerAction().input(schema).handler({DELETES})", ["RG108"]),
        (f"createServerAction().input(schema).onError(async () => {{}}).handler({DELETES})", ["RG108"]),
        (f"anyone.createServerAction().input(schema).handler({DELETES})", ["RG108"]),
        (f"people.createServerAction().input(schema).handler({DELETES})", []),
        (f"ours.input(schema).handler({DELETES})", []),
        (f"admins.input(schema).handler({DELETES})", []),
        (f"logged({DELETES})", ["RG108"]),
        ("logged(erase)", ["RG108"]),
        (f"withMember({DELETES})", []),
        (f"withTheirs({DELETES})", []),
        (
            "theirClient.schema(schema).action(async () => {\n"
            "  try { await load() } catch (e) { return { error: (e as Error).message } }\n})",
            ["RG803"],
        ),
    ],
)
def test_actions_that_a_client_makes_are_judged_with_what_it_runs_before(
    tmp_path: Path, made: str, expected: list[str]
) -> None:
    own = f"const erase = {DELETES}\n" if "erase)" in made else ""
    actions = f"{SAFE}{own}export const remove = {made}\n"
    lay(
        tmp_path,
        {"app/notes/page.tsx": PAGE, "app/notes/actions.ts": actions, "lib/client.ts": CLIENT},
    )
    assert [code for _, code in found(tmp_path)] == expected
    actions = f"{SAFE}{own}const made = {made}\nexport {{ made as remove }}\n"
    (tmp_path / "app/notes/actions.ts").write_text(actions)
    assert [code for _, code in found(tmp_path)] == expected


def erases(what: str = "data.get('id')") -> str:
    """An action without a name that deletes a row."""
    return f'async (data: FormData) => {{\n  "use server"\n  await prisma.note.delete({{ where: {{ id: {what} }} }})\n}}'


@pytest.mark.parametrize(
    ("before", "shown", "expected"),
    [
        ("", f"<form action={{{erases()}}} />", ["RG108"]),
        (
            "",
            f"<ul><li>{{rows.map((row) => <form key={{row}} action={{{erases()}}} />)}}</li></ul>",
            ["RG108"],
        ),
        ("", f"<form><button formAction={{{erases()}}} /></form>", ["RG108"]),
        (f"const erase = {erases()}\n", "<form action={erase} />", ["RG108"]),
        (f"const actions = {{ erase: {erases()} }}\n", "<form action={actions.erase} />", ["RG108"]),
        (f"const erase = logged({erases()})\n", "<form action={erase} />", []),
        (
            f"function row() {{\n  const erase = {erases()}\n  return <form action={{erase}} />\n}}\n",
            "<ul>{row()}</ul>",
            ["RG108"],
        ),
        (f"const erase = {erases()}\n".replace('"use server"', ""), "<form action={erase} />", []),
        ("", f"<form action={{{erases('session.note')}}} />", []),
        ("", f"<form action={{{erases('params.id')}}} />", []),
        (f"const {{ id }} = await params\nconst erase = {erases('id')}\n", "<ul />", []),
        (f"const id = 1\nconst erase = {erases('rows[0]')}\n", "<ul />", ["RG108"]),
    ],
    ids=[
        "of a form",
        "of each row",
        "of a button",
        "a name",
        "in an object",
        "wrapped by what is not known",
        "two functions deep",
        "without the directive",
        "with what only those who see the page were given",
        "with a parameter of the page",
        "with a variable of the page",
        "with a value of the file",
    ],
)
def test_functions_inside_a_component_are_actions_of_their_own(
    tmp_path: Path, before: str, shown: str, expected: list[str]
) -> None:
    page = 'import { prisma } from "@/lib/prisma"\nconst rows = [1]\n' + PAGE.replace(
        "Page()", "Page({ params })"
    )
    page = page.replace("  return <ul />", f"  {before}  return {shown}")
    lay(tmp_path, {"app/notes/page.tsx": page})
    assert [code for _, code in found(tmp_path)] == expected


def test_a_component_may_be_an_arrow_and_lie_beside_the_page(tmp_path: Path) -> None:
    form = (
        f'import {{ prisma }} from "@/lib/prisma"\nexport const Form = () => <form action={{{erases()}}} />\n'
    )
    lay(tmp_path, {"app/notes/page.tsx": PAGE, "app/notes/form.tsx": form})
    assert found(tmp_path) == [("app/notes/form.tsx", "RG108")]


def test_scripts_are_searched_for_actions_only_when_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    handler = "def GET() -> int:\n    return 1\n"
    lay(tmp_path, {"app/x/route.py": handler, "web/app/page.tsx": PAGE, "web/app/actions.ts": REMOVE})
    monkeypatch.chdir(tmp_path)
    searched: list[bytes] = []
    original = files.may_hold_actions

    def spy(text: bytes) -> bool:
        searched.append(text)
        return original(text)

    monkeypatch.setattr(files, "may_hold_actions", spy)
    command = ["check", "--preview", "--select", "RG108"]
    assert run(command) == 0
    assert len(searched) == 2
    assert run(command) == 0
    assert len(searched) == 2
    (tmp_path / "web/app/actions.ts").write_text(HEAD + REMOVE)
    assert run(command) == 1
    assert "RG108" in capsys.readouterr().out


def test_clients_that_branch_and_functions_that_nest_end(tmp_path: Path) -> None:
    made = ["const c0 = createSafeActionClient()"]
    made += [f"const c{n} = t ? c{n - 1}.use(f) : c{n - 1}.use(g)" for n in range(1, 60)]
    made.append("const c60 = c61.use(f)\nconst c61 = c60.use(g)")
    actions = [f"export const a{n} = c{n}.action({DELETES})" for n in (8, 30, 59, 60)]
    nested = f"export const deep = {'() => ' * 900}{erases()}\nexport const calls = {'a(' * 900}{erases()}{')' * 900}\n"
    lay(
        tmp_path,
        {
            "app/notes/page.tsx": PAGE,
            "app/notes/actions.ts": SAFE + "\n".join([*made, *actions]),
            "app/notes/nested.tsx": 'import { prisma } from "@/lib/prisma"\n' + nested,
            "lib/client.ts": CLIENT,
        },
    )
    assert found(tmp_path) == []


MAKES = """import { createSafeActionClient, DEFAULT_SERVER_ERROR_MESSAGE } from "next-safe-action"
import { AppError } from "./errors"
"""


@pytest.mark.parametrize(
    ("client", "is_told"),
    [
        ("handleServerError(e) { return e.message }", True),
        ("handleServerError: (e) => e.message", True),
        ("handleServerError: async (error) => ({ message: `It failed: ${error}` })", True),
        ("handleReturnedServerError: (e) => e.message", True),
        ("handleServerError: tell", True),
        ("handleServerError(e) {\n  if (e instanceof Error) return e.message\n  return 'It failed'\n}", True),
        (
            "handleServerError(e) {\n  if (e instanceof AppError) return e.message\n  return 'It failed'\n}",
            False,
        ),
        ("handleServerError: (e) => (isKnown(e) ? e.message : DEFAULT_SERVER_ERROR_MESSAGE)", False),
        ("handleServerError(e) { console.error(e.message); return DEFAULT_SERVER_ERROR_MESSAGE }", False),
        ("onError: (e) => e.message", False),
        ("", False),
    ],
)
@pytest.mark.parametrize(
    "made", ["export const client = CLIENT", "export function make() {\n  return CLIENT\n}"]
)
def test_what_a_client_answers_when_an_action_raises(
    tmp_path: Path, client: str, is_told: bool, made: str
) -> None:
    text = made.replace("CLIENT", f"createSafeActionClient({{ {client} }}).use(signedIn)")
    files = {
        "app/page.tsx": PAGE,
        "lib/client.ts": f"{MAKES}{text}\nfunction tell(e: Error) {{\n  return e.message\n}}\n",
    }
    assert found(lay(tmp_path, files)) == ([("lib/client.ts", "RG803")] if is_told else [])


def test_what_a_client_answers_is_no_action(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = "export const client = createSafeActionClient({ handleServerError: (e) => e.message })\n"
    lay(tmp_path, {"app/page.tsx": PAGE, "lib/client.ts": MAKES + client})
    run(["explain", str(tmp_path / "lib/client.ts")])
    assert "handleServerError" not in capsys.readouterr().out
    run(["check", "--select", "RG803", "--unsafe-fixes", str(tmp_path)])
    assert (tmp_path / "lib/client.ts").read_text() == MAKES + client  # an arrow has no room for the log
