"""A mistake in a function that many handlers call is one finding, which names the handlers; a baseline keeps each."""

import json
from pathlib import Path

import pytest

from routegen.cli.app import run
from tests.check.test_next import lay

AUTH = """export function isCron(request: Request) {
  const token = request.headers.get("authorization")
  return token === process.env.CRON_SECRET
}
"""
ROUTE = """import { isCron } from "@/lib/auth"

export async function GET(request: Request) {
  if (!isCron(request)) return new Response("No", { status: 401 })
  return Response.json({})
}
"""
VERIFY = """import hmac
import os

from fastapi import Request

SECRET = os.getenv("HOOK_SECRET", "b7c1f9a04e22")


async def is_signed(request: Request) -> bool:
    digest = hmac.new(SECRET.encode(), await request.body(), "sha256").hexdigest()
    return request.headers["x-signature"] == digest
"""
HOOK = """from fastapi import HTTPException, Request

from lib.verify import is_signed


async def POST(request: Request) -> None:
    if not await is_signed(request):
        raise HTTPException(400)
"""


def told(root: Path, capsys: pytest.CaptureFixture[str], *codes: str) -> list[dict[str, object]]:
    run(["check", "--select", ",".join(codes), "--format", "json", str(root)])
    return json.loads(capsys.readouterr().out)["findings"]


def test_a_comparison_that_five_routes_reach_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(tmp_path, {"lib/auth.ts": AUTH, **{f"app/api/{name}/route.ts": ROUTE for name in "abcde"}})
    (finding,) = told(tmp_path, capsys, "RG203")
    assert str(finding["path"]).endswith("app/api/a/route.ts") and finding["line"] == 4
    cause, others = finding["evidence"]  # type: ignore[misc]
    assert (cause["text"], cause["line"]) == ("compared here", 3)
    assert cause["path"].endswith("lib/auth.ts")
    assert others["text"] == "reached from `GET /api/b`, `GET /api/c`, `GET /api/d` and 1 more too"


def test_the_fix_of_one_mends_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(tmp_path, {"lib/auth.ts": AUTH, **{f"app/api/{name}/route.ts": ROUTE for name in "ab"}})
    assert run(["check", "--select", "RG203", "--fix", str(tmp_path)]) == 0
    assert (tmp_path / "lib/auth.ts").read_text().count("isSameSecret(token, process.env.CRON_SECRET)") == 1
    capsys.readouterr()
    assert told(tmp_path, capsys, "RG203") == []


def test_a_comparison_in_a_function_of_the_file_is_told_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ROUTE.split("\n", 2)[2].replace("GET", "POST") + ROUTE.split("\n", 2)[2] + AUTH
    lay(tmp_path, {"app/api/a/route.ts": both})
    (finding,) = told(tmp_path, capsys, "RG203")
    assert finding["line"] == both[: both.index("token ===")].count("\n") + 1
    assert [reason["text"] for reason in finding["evidence"]] == ["reached from `POST /api/a` too"]  # type: ignore[union-attr]


def test_a_baseline_keeps_each_handler(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, {"lib/auth.ts": AUTH, **{f"app/api/{name}/route.ts": ROUTE for name in "ab"}})
    chosen = ["check", "--select", "RG203", "--baseline", "known.json"]
    run([*chosen, "--write-baseline"])
    assert "knows 2 findings" in capsys.readouterr().err
    assert run(chosen) == 0
    lay(tmp_path, {"app/api/c/route.ts": ROUTE})
    assert run(chosen) == 1


def test_python_too_and_from_the_cache(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    lay(tmp_path, {"lib/verify.py": VERIFY, **{f"app/{name}/route.py": HOOK for name in "abc"}})
    first = told(tmp_path, capsys, "RG203", "RG204")
    assert [(f["code"], f["path"]) for f in first] == [
        ("RG203", "app/a/route.py"),
        ("RG204", "app/a/route.py"),
    ]
    assert [f["evidence"][0]["path"] for f in first] == ["lib/verify.py"] * 2  # type: ignore[index]
    assert told(tmp_path, capsys, "RG203", "RG204") == first


def test_what_is_only_logged_lets_nobody_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """export async function GET(request: Request) {
  const token = request.headers.get("authorization")
  console.warn("refused", { matches: token === process.env.CRON_SECRET })
  return new Response("No", { status: 401 })
}
"""
    lay(tmp_path, {"app/api/a/route.ts": text})
    assert told(tmp_path, capsys, "RG203") == []


def test_a_dependency_in_another_file_is_no_place_in_this_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its bytes once counted as those of the handler's file."""
    user = """import os

import jwt
from fastapi import Depends, Header

KEY = os.getenv("SECRET_KEY", "b7c1f9a04e22")


def payload(authorization: str = Header()) -> dict[str, str]:
    return jwt.decode(authorization, KEY, ["HS256"])


def signed_in(data: dict[str, str] = Depends(payload)) -> str:
    return data["sub"]
"""
    route = """from fastapi import Depends

from lib.user import signed_in


def GET(user: str = Depends(signed_in)) -> str:
    return user
"""
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    lay(tmp_path, {"lib/user.py": user, "app/me/route.py": route})
    (finding,) = told(tmp_path, capsys, "RG204")
    assert (finding["line"], finding["column"]) == (6, 5)
