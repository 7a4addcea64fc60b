"""`check` over the `"use server"` functions of Next.js: what the rules about actions say of them."""

from pathlib import Path

import pytest

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
