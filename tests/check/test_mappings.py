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
