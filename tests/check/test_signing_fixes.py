"""What the fix of RG203 makes is run: a forged signature is refused, whatever it is made of, and a right one passes."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from routegen.cli.app import run
from tests.check.blocks import after_fixes

HOOK = """\
import base64
import hashlib
import hmac
import os
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request

app = FastAPI()
KEY = os.getenv("HOOK_SECRET", "")


def sign(body: bytes) -> str:
    return hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()


@app.post("/hook")
async def hook(request: Request, x_sent: Annotated[str | None, Header()] = None) -> str:
    body = await request.body()
    mac = hmac.new(KEY.encode(), body, hashlib.sha256)
    if TEST:
        raise HTTPException(401, "No")
    return "yes"
"""
HEX = hmac.new(b"key", b"body", hashlib.sha256).hexdigest()
BASE64 = base64.b64encode(bytes.fromhex(HEX)).decode()
SENT = 'request.headers.get("x-sent", "")'


@pytest.mark.parametrize(
    ("test", "mended", "right"),
    [
        (
            'mac.hexdigest() != request.headers.get("x-sent")',
            f"not hmac.compare_digest(mac.hexdigest().encode(), {SENT}.encode())",
            HEX,
        ),
        (
            'f"sha256={mac.hexdigest()}" != request.headers["x-sent"]',
            'not hmac.compare_digest(f"sha256={mac.hexdigest()}".encode(), request.headers["x-sent"].encode())',
            f"sha256={HEX}",
        ),
        (
            '"v1=" + mac.hexdigest() != x_sent',
            'not hmac.compare_digest(("v1=" + mac.hexdigest()).encode(), (x_sent or "").encode())',
            f"v1={HEX}",
        ),
        (
            "x_sent != sign(body)",
            'not hmac.compare_digest((x_sent or "").encode(), sign(body).encode())',
            HEX,
        ),
        (
            f"base64.b64encode(mac.digest()).decode() != {SENT}",
            f"not hmac.compare_digest(base64.b64encode(mac.digest()), {SENT}.encode())",
            BASE64,
        ),
        (
            f"base64.b64encode(mac.digest()) != {SENT}",
            f"not hmac.compare_digest(base64.b64encode(mac.digest()), {SENT}.encode())",
            BASE64,
        ),
        (
            f"mac.hexdigest().encode() != {SENT}.encode()",
            f"not hmac.compare_digest(mac.hexdigest().encode(), {SENT}.encode())",
            HEX,
        ),
    ],
)
def test_a_signature_of_any_letters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: str, mended: str, right: str
) -> None:
    """`hmac.compare_digest` raises `TypeError` for a text beyond ASCII: anybody could make a 500 of it."""
    text = after_fixes(tmp_path, HOOK.replace("TEST", test), "main.py", "RG203")
    assert f"    if {mended}:\n" in text
    monkeypatch.setenv("HOOK_SECRET", "key")
    made: dict[str, FastAPI] = {}
    exec(compile(text, "main.py", "exec"), made)
    client = TestClient(made["app"])

    def status(sent: bytes) -> int:
        return client.post("/hook", content=b"body", headers=[(b"x-sent", sent)]).status_code

    assert [status(sent) for sent in (right.encode(), "é".encode("latin-1"), b"", b"no")] == [
        200,
        401,
        401,
        401,
    ]


def test_what_is_text_and_bytes_is_mended_only_when_asked(tmp_path: Path) -> None:
    """They are never equal as it is: what was always refused passes then."""
    text = HOOK.replace("TEST", f"base64.b64encode(mac.digest()) != {SENT}")
    (tmp_path / "main.py").write_text(text)
    assert run(["check", "--select", "RG203", "--fix", str(tmp_path)]) == 1
    assert (tmp_path / "main.py").read_text() == text
