"""The mistakes that route handlers are known for, as people write them: each is reported, at its place."""

from pathlib import Path

from routegen.check import check, read_selection
from routegen.check.files import find_targets

SAMPLES = {
    "app/api/webhooks/stripe/route.py": (
        "from fastapi import Request\nfrom lib.orders import fulfil\n\n\n"
        "async def POST(request: Request):\n    event = await request.json()\n"
        '    if event["type"] == "checkout.session.completed":\n        await fulfil(event["data"]["object"])\n'
        '    return {"received": True}\n'
    ),
    "app/api/upload/route.py": (
        "from fastapi import UploadFile\n\n\n"
        "async def POST(file: UploadFile):\n    data = await file.read()\n"
        '    with open(f"uploads/{file.filename}", "wb") as out:\n        out.write(data)\n'
        '    return {"name": file.filename}\n'
    ),
    "app/api/users/route.py": (
        "from fastapi import Request\nfrom pymongo import AsyncMongoClient\n\ndb = AsyncMongoClient().shop\n\n\n"
        "async def POST(request: Request):\n    await db.users.insert_one(await request.json())\n"
        '    return {"ok": True}\n'
    ),
    "app/api/posts/[id]/route.py": (
        "from lib.db import Post, session\n\n\n"
        "async def GET(id: str):\n    post = await session.get(Post, int(id))\n    return {'post': post}\n"
    ),
}
EXPECTED = {
    "app/api/webhooks/stripe/route.py": {"RG201"},
    "app/api/upload/route.py": {"RG301", "RG302", "RG303", "RG501", "RG901"},
    "app/api/users/route.py": {"RG501", "RG507"},
    "app/api/posts/[id]/route.py": {"RG602"},
}


def test_the_samples_are_reported(tmp_path: Path) -> None:
    for name, text in SAMPLES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "pyproject.toml").write_text("[tool.routegen]\n")
    checked = check(find_targets([tmp_path]), read_selection({}, preview=True))
    assert checked.errors == []
    found: dict[str, set[str]] = {}
    for finding in checked.findings:
        found.setdefault(finding.path.relative_to(tmp_path).as_posix(), set()).add(finding.code)
    assert found == EXPECTED
