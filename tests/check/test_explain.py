"""`routegen explain`: the table, and the verdict for a route with its evidence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from routegen.check.decision import TABLE
from routegen.cli.app import run
from routegen.scaffold.catalog import Catalog

FILES = {
    "pyproject.toml": "[tool.routegen]\n",
    "app/api/users/[id]/route.py": "def GET(id: int) -> int:\n    return id\n",
    "app/api/letters/route.py": """from typing import Annotated

from fastapi import Form
from routegen import respond


def POST(email: Annotated[str, Form()]) -> object:
    print(email)
    return respond.redirect("/thanks", 303)
""",
    "app/letters/page.html": '<h1>é</h1>\n<form method="post" action="/api/letters"></form>\n',
    "app/api/webhooks/stripe/route.py": 'EXPOSE = "webhook"\n\n\ndef POST() -> None:\n    return None\n',
    "app/api/likes/route.py": "def POST() -> None:\n    return None\n",
    "app/likes/page.html": '<button hx-post="/api/likes">+1</button>\n',
    "app/contact/page.html": "{{ form(contact) }}</form>\n",
    "app/contact/actions.py": """from routegen.actions import action


@action
def contact(name: str) -> None:
    print(name)


@action
def webhook() -> None:
    print("called")
""",
    "app/about/page.html": "<h1>About</h1>\n",
    "plain/main.py": """from fastapi import FastAPI, Header

app = FastAPI()


@app.post("/orders")
def order(authorization: str = Header()) -> None:
    print(authorization)
""",
}

Explain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def done(*arguments: str) -> tuple[int, str, str]:
        code = run(["explain", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return done


VERDICTS = {
    "/api/users/[id]": ["GET /api/users/[id]: a route handler", "route.py:1  it answers reads"],
    "/api/users/7": ["GET /api/users/[id]: a route handler"],
    "/api/users/{id}": ["GET /api/users/[id]: a route handler"],
    "POST /api/letters": [
        "POST /api/letters: should be a server action",
        "app/api/letters/route.py:7  reads the form field `email`",
        'route.py:9  answers with `respond.redirect("/thanks", 303)`',
        'app/letters/page.html:2  called by `<form method="post" action="/api/letters">',
    ],
    "/api/webhooks/stripe": ["a route handler", 'says `EXPOSE = "webhook"`'],
    "/api/likes": [
        "POST /api/likes: a route handler, and it cannot be told whether it should be",
        "app/likes/page.html:1  called by",
    ],
    "/contact": [
        "contact: a server action",
        "app/contact/page.html:1  called by `form(contact)",
        "webhook: should be a route handler",
    ],
    "/contact?/contact": ["contact: a server action"],
    "app/contact/actions.py": ["contact: a server action"],
    "plain/main.py": ["POST /orders: a route handler", "main.py:7  reads the header `authorization`"],
    "RG101": ["# RG101 form-only-post"],
}


@pytest.mark.parametrize("what", VERDICTS)
def test_a_verdict_quotes_its_evidence(explain: Explain, what: str) -> None:
    code, out, _ = explain(what)
    assert code == 0
    for part in VERDICTS[what]:
        assert part in out


def test_json_has_the_same(explain: Explain) -> None:
    code, out, err = explain("/api/letters", "--json")
    [verdict] = json.loads(out)["verdicts"]
    assert (code, err) == (0, "")
    assert (verdict["label"], verdict["is"], verdict["should_be"]) == (
        "POST /api/letters",
        "route handler",
        "server action",
    )
    assert {"text": "reads the form field `email`", "path": "app/api/letters/route.py", "line": 7} in verdict[
        "evidence"
    ]
    assert json.loads(explain("/api/likes", "--json")[1])["verdicts"][0]["should_be"] is None


@pytest.mark.parametrize(
    ("what", "message", "hint"),
    [
        (
            "/api/leters",
            "`/api/leters` is no route of this project, and no file",
            "did you mean `/api/letters`?",
        ),
        ("/zzz", "is no route", "see `routegen routes`"),
        ("/about", "has neither handler nor action", "give a route"),
        ("DELETE /api/letters", "has neither handler nor action", "give a route"),
        ("RG999", "`RG999` is no rule", "hint: "),
    ],
)
def test_what_is_not_there_exits_2(explain: Explain, what: str, message: str, hint: str) -> None:
    code, out, err = explain(what)
    assert (code, out) == (2, "") and message in err and hint in err


def test_the_table_needs_no_project_and_its_commands_are_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["explain"]) == 0
    out = capsys.readouterr().out
    assert "a form of your own page" in out and len(out.splitlines()) == len(TABLE) + 1
    assert all(len(line) <= 140 for line in out.splitlines())
    patterns = Catalog.of(None).pattern_names()
    assert all(row.command.split()[1] in patterns for row in TABLE if row.command)
    assert run(["explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["decisions"]) == len(TABLE)


def test_a_file_that_cannot_be_read_is_said(explain: Explain) -> None:
    Path("app/api/likes/route.py").write_text("def POST(:\n")
    code, _, err = explain("/api/likes")
    assert code == 2 and "cannot be read" in err and "Traceback" not in err


NEXT = {
    "package.json": "{}",
    "src/app/api/likes/[id]/route.ts": """import { prisma } from "@/lib/prisma"
export async function GET() {
  return Response.json(await prisma.like.count())
}
export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  await prisma.like.create({ data: { id } })
  return Response.json({})
}
""",
    "src/app/api/webhooks/stripe/route.ts": """import Stripe from "stripe"
const stripe = new Stripe(process.env.KEY!)
export async function POST(request: Request) {
  const body = await request.text()
  stripe.webhooks.constructEvent(body, request.headers.get("stripe-signature")!, process.env.SECRET!)
  return new Response()
}
""",
    "src/app/notes/page.tsx": """"use client"
export default function Page({ id }) {
  return <button onClick={() => fetch(`/api/likes/${id}`, { method: "POST" })}>+1</button>
}
""",
    "src/app/notes/actions.ts": """"use server"
import { headers } from "next/headers"
import { prisma } from "@/lib/prisma"
export async function remove(id: string) {
  await prisma.note.delete({ where: { id } })
}
export async function paid() {
  return (await headers()).get("stripe-signature")
}
""",
}
NEXT_VERDICTS = {
    "GET /api/likes/[id]": ["GET /api/likes/[id]: a route handler", "route.ts:2  it answers reads"],
    "POST /api/likes/7": [
        "POST /api/likes/[id]: should be a server action",
        "src/app/api/likes/[id]/route.ts:5  only your own pages call it, and it changes data",
        "src/app/notes/page.tsx:3  called by",
        "route.ts:7  changes: `prisma.like.create",
        'that begins with `"use server"`',
    ],
    "src/app/api/webhooks/stripe/route.ts": [
        "POST /api/webhooks/stripe: a route handler",
        "others than your pages call it",
    ],
    "/notes": ["remove: a server action", "actions.ts:5  changes:", "paid: should be a route handler"],
    "src/app/notes/actions.ts": ["remove: a server action", "paid: should be a route handler"],
}


@pytest.fixture
def next_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in NEXT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("next_app")
@pytest.mark.parametrize(("what", "expected"), NEXT_VERDICTS.items(), ids=list(NEXT_VERDICTS))
def test_a_project_of_next_is_explained_without_settings(
    capsys: pytest.CaptureFixture[str], what: str, expected: list[str]
) -> None:
    code = run(["explain", what])
    out, err = capsys.readouterr()
    assert code == 0
    assert [text for text in expected if text not in out + err] == []


@pytest.mark.usefixtures("next_app")
def test_a_route_that_no_folder_of_next_stands_for_offers_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["explain", "/nots"]) == 2
    assert "did you mean `/notes`?" in capsys.readouterr().err
