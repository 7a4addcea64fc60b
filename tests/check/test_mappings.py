"""What an answer says in a mapping that another is spread into: each value belongs to the name before it."""

from pathlib import Path

import pytest

from tests.check.blocks import after_fixes
from tests.check.test_fastapi import codes as codes_of
from tests.check.test_fastapi import run
from tests.check.test_next import codes

PYTHON = """from fastapi import FastAPI
app = FastAPI()
BASE = {'version': 1}
@app.get('/sizes')
def sizes():
    try:
        return {'size': len(read())}
    except Exception as error:
        raised = error
"""
SCRIPT = """export async function GET() {
  try {
    return NextResponse.json({ size: (await read()).length })
  } catch (error) {
    console.error(error)
    return NextResponse.json(BODY)
  }
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{**BASE, 'error': 'Not measured'}", ["RG801"]),
        ("{'error': 'Not measured', **BASE}", ["RG801"]),
        ("{**BASE, 'size': 'error'}", []),
        ("{**BASE, 'size': 'success', 'ok': None}", []),
        ("{**BASE, 'why': str(error)}", ["RG803"]),
        ("{**{'why': str(error)}}", ["RG803"]),
        ("{str(error): BASE}", ["RG803"]),
        ("{**BASE, 'why': type(error).__name__}", []),
    ],
)
def test_python_answers(tmp_path: Path, body: str, expected: list[str]) -> None:
    checked = run(tmp_path, {"main.py": f"{PYTHON}        return {body}\n"})
    assert codes_of(checked) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{ ...BASE, error: 'Not measured' }", ["RG801"]),
        ("{ error: 'Not measured', ...BASE }", ["RG801"]),
        ("{ ...BASE, size: 'error' }", []),
        ("{ ...BASE, why: error.message }", ["RG803"]),
        ("{ ...{ why: error.message } }", ["RG803"]),
        ("{ [error.message]: BASE }", ["RG803"]),
        ("{ ...error }", []),
    ],
)
def test_answers_of_scripts(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert codes(tmp_path, SCRIPT.replace("BODY", body)) == expected


PARTS = """export async function POST(request: Request) {
  if (!(await allowed(request))) return Response.json({}, { status: 401 })
  let sent = 0
  const errors: string[] = []
  for (const user of await users()) {
    try {
      await send(user)
      sent++
    } catch (error) {
      errors.push(user.id)
    }
  }
  RETURN
}
"""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("return Response.json({ sent, errors: errors.length > 0 ? errors : undefined })", False),
        ("return Response.json({ sent, errors })", False),
        ("return Response.json({ sent, error: errors[0] || null })", False),
        ("if (errors.length > 0) return Response.json({ errors })\n  return Response.json({ sent })", True),
        ("return Response.json({ error: 'Not sent' })", True),
    ],
)
def test_a_report_of_parts_that_failed_is_no_error(tmp_path: Path, answer: str, expected: bool) -> None:
    assert ("RG801" in codes(tmp_path, PARTS.replace("RETURN", answer))) is expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("(await cookies()).set('session', await token(), { path: '/' })", True),
        ("(await cookies()).set('session', '', { path: '/', maxAge: 0 })", False),
        ("(await cookies()).set('session', 'deleted', { maxAge: 0 })", False),
        ("(await cookies()).set({ name: 'session', value: '' })", False),
    ],
)
def test_a_cookie_that_is_taken_away_holds_no_secret(tmp_path: Path, lines: str, expected: bool) -> None:
    text = "import { cookies } from 'next/headers'\nexport async function POST() {\n  LINES\n  return Response.json({})\n}\n"
    assert ("RG506" in codes(tmp_path, text.replace("LINES", lines))) is expected


def test_an_answer_says_the_name_that_a_fix_made(tmp_path: Path) -> None:
    text = """import { writeFile } from "node:fs/promises"
export async function POST(request: Request) {
  const file = (await request.formData()).get("file") as File
  await writeFile(`uploads/${file.name}`, file.stream())
  return Response.json({ ...LINKS, name: file.name })
}
"""
    after = after_fixes(tmp_path, text, code="RG301")
    assert "writeFile(`uploads/${storedName}`, file.stream())" in after
    assert "{ ...LINKS, name: storedName }" in after
