"""What `add upload` writes, beyond what its own tests in the project look at."""

import subprocess
import sys
from pathlib import Path

import pytest

from routegen.scaffold.new import create
from tests.command import Routegen

QUOTA = """
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lib.auth import auth
from main import app


@pytest.mark.parametrize("way", ["form", "body", "pieces"])
def test_a_user_keeps_a_hundred_files_of_the_largest_size(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("UPLOADS_URL", tmp_path.as_uri())
    app.dependency_overrides[auth] = lambda: "ada"

    def send() -> int:
        content = b"x" * 1000
        if way == "form":
            return client.post("/api/upload", files={"file": ("a.txt", content)}).status_code
        if way == "body":
            return client.put("/api/upload", params={"filename": "a.txt"}, content=content).status_code
        facts = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000", "Upload-Metadata": "filename YS50eHQ="}
        kind = {"Content-Type": "application/offset+octet-stream"}
        return client.post("/api/upload/resumable", content=content, headers=facts | kind).status_code

    assert [send() for _ in range(101)] == [201] * 100 + [413]
    app.dependency_overrides[auth] = lambda: "grace"
    assert send() == 201
    app.dependency_overrides.clear()
"""


def test_one_user_cannot_fill_the_disk(
    tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    root = create("shop").root
    monkeypatch.chdir(root)
    assert routegen("add", "protected").code == 0
    added = routegen("add", "upload", "--max-size", "1000", "--types", ".txt", "--resumable")
    assert added.code == 0, added.err
    (root / "tests/test_quota.py").write_text(QUOTA)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_quota.py"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
