"""A finding stands in the file of the handler, whatever file its cause is in; its evidence says which that is."""

from pathlib import Path

from routegen.check.engine import check
from routegen.check.files import find_targets
from routegen.check.finding import Finding
from routegen.check.settings import Selection
from tests.check.test_next import lay


def only(root: Path, code: str) -> Finding:
    (finding,) = check(find_targets([], start=root), Selection(frozenset({code}))).findings
    return finding


def test_what_a_webhook_does_in_another_file(tmp_path: Path) -> None:
    """Its bytes once counted as those of the route file: the text shown was of a comment there."""
    helper = "import { prisma } from './db'\n\n\nexport async function record(body: unknown) {\n  await prisma.event.create({ data: body })\n}\n"
    route = """import { record } from "@/lib/record"

export async function POST(request: Request) {
  // The sender is known: this comment is long enough for the bytes of the other file to lie within it
  await record(await request.json())
  return Response.json({})
}
"""
    lay(tmp_path, {"lib/record.ts": helper, "app/api/webhooks/shop/route.ts": route})
    finding = only(tmp_path, "RG201")
    (acts,) = [reason for reason in finding.evidence if reason.text.startswith("acts on it")]
    assert acts.text == "acts on it: `prisma.event.create({ data: body })`"
    assert (acts.path, acts.line) == (tmp_path / "lib/record.ts", 5)


def test_a_parsed_body_that_a_helper_verifies(tmp_path: Path) -> None:
    helper = """import { Webhook } from "svix"


// Far down, so that its bytes are no bytes of the route
export async function verified(request: Request) {
  const body = await request.json()
  return new Webhook(process.env.SECRET!).verify(JSON.stringify(body), Object.fromEntries(request.headers))
}
"""
    route = "import { verified } from '@/lib/verify'\n\nexport async function POST(request: Request) {\n  await verified(request)\n  return Response.json({})\n}\n"
    lay(tmp_path, {"lib/verify.ts": helper, "app/api/webhooks/shop/route.ts": route})
    finding = only(tmp_path, "RG202")
    assert (finding.line, finding.column) == (4, 9)
    assert "`JSON.stringify(body)`" in finding.message
    assert [(r.path, r.line) for r in finding.evidence] == [(tmp_path / "lib/verify.ts", 6)]
