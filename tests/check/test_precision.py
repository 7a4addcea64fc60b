"""What real projects do for good reasons, and what was once reported all the same: nothing is said about it."""

from pathlib import Path

import pytest

from tests.check.test_fastapi import WRITE, codes, run

HEAD = """import hashlib, io, os, zipfile
import sqlite3
from fastapi import APIRouter, Depends, FastAPI, File, Form, HTTPException, Request
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


LOUD = {
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


@pytest.mark.parametrize("code", LOUD)
def test_the_same_without_the_reason_is_reported(tmp_path: Path, code: str) -> None:
    assert code in codes(run(tmp_path, {"main.py": HEAD + LOUD[code]}))
