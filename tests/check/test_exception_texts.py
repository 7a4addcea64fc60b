"""RG803: the text of an exception may be shown where it is known which one it is, and to those who develop."""

from pathlib import Path

import pytest

from tests.check.test_fastapi import codes as codes_of
from tests.check.test_fastapi import run
from tests.check.test_next import codes

PYTHON = """import os
from fastapi import FastAPI, HTTPException
app = FastAPI()
@app.get('/sizes')
def sizes():
    try:
        return {'size': len(read())}
    except Exception as e:
        CAUGHT
        raise HTTPException(500, 'It could not be measured')
"""
SCRIPT = """export async function GET() {
  try {
    return NextResponse.json({ size: (await read()).length })
  } catch (e) {
    CAUGHT
    return new Response("It could not be measured", { status: 500 })
  }
}
"""
REFUSED = "return NextResponse.json({ error: e.message }, { status: 400 })"


@pytest.mark.parametrize(
    ("caught", "is_told"),
    [
        ("raise HTTPException(500, str(e))", True),
        ("raise HTTPException(500, str(e) or 'x')", True),
        ("raise HTTPException(500, str(e) if settings.debug else 'x')", False),
        ("raise HTTPException(500, {'error': 'x', 'detail': str(e) if DEBUG else None})", False),
        ("if settings.DEBUG: raise HTTPException(500, str(e))", False),
        ("if not settings.DEBUG: raise HTTPException(500, str(e))", True),
        ("if os.getenv('APP_ENV') != 'production': raise HTTPException(500, str(e))", False),
        ("if os.getenv('APP_ENV') == 'production': raise HTTPException(500, str(e))", True),
        ("if isinstance(e, AppError): raise HTTPException(400, str(e))", False),
        ("if isinstance(e, Exception): raise HTTPException(400, str(e))", True),
        ("if not isinstance(e, AppError): raise HTTPException(400, str(e))", True),
    ],
)
def test_python(tmp_path: Path, caught: str, is_told: bool) -> None:
    found = codes_of(run(tmp_path, {"main.py": PYTHON.replace("CAUGHT", caught)}))
    assert found == (["RG803"] if is_told else [])


@pytest.mark.parametrize(
    ("caught", "is_told"),
    [
        (REFUSED, True),
        (f"if (e instanceof Error) {REFUSED}", True),
        (f"if (e instanceof AppError) {REFUSED}", False),
        (f"if (!(e instanceof AppError)) {REFUSED}", True),
        (f"if (e instanceof AppError) await tell(e)\n    else {REFUSED}", True),
        (f"if (!(e instanceof AppError)) return new Response('', {{ status: 500 }})\n    {REFUSED}", False),
        (f"if (e instanceof TypeError) return new Response('', {{ status: 500 }})\n    {REFUSED}", True),
        (f"const isKnown = e instanceof AppError\n    if (isKnown) {REFUSED}", False),
        (f"if (e.code === 'P2002') {REFUSED}", False),
        (f"if (e.name !== 'AbortError') {REFUSED}", True),
        (f"if (e.isOperational) {REFUSED}", False),
        (f"if (process.env.NODE_ENV !== 'production') {REFUSED}", False),
        (f"if (process.env.NODE_ENV === 'production') {REFUSED}", True),
        (f"if (isDev) {REFUSED}", False),
        (REFUSED.replace("e.message", "e instanceof AppError ? e.message : 'x'"), False),
        (REFUSED.replace("e.message", "e instanceof AppError ? 'x' : e.message"), True),
        (REFUSED.replace("e.message", "e instanceof Error ? e.message : 'x'"), True),
        (REFUSED.replace("e.message", "process.env.NODE_ENV === 'production' ? 'x' : e.message"), False),
        (REFUSED.replace("e.message", "'x', ...(isDevelopment && { stack: e.stack })"), False),
    ],
)
def test_scripts(tmp_path: Path, caught: str, is_told: bool) -> None:
    assert codes(tmp_path, SCRIPT.replace("CAUGHT", caught)) == (["RG803"] if is_told else [])
