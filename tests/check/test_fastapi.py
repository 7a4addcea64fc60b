"""Any FastAPI project: what binds a handler, what guards it from above, and what is found without configuration."""

from pathlib import Path

import pytest

from routegen.check import Checked, check, read_selection
from routegen.check.files import find_targets

HEAD = "import sqlite3\nfrom fastapi import APIRouter, Depends, FastAPI, HTTPException, Request\n"
WRITE = "    sqlite3.connect('a').execute('DELETE FROM a')\n"


def run(root: Path, files: dict[str, str]) -> Checked:
    """Check these files as a project without any settings."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return check(find_targets([root]), read_selection({}))


def codes(checked: Checked) -> list[str]:
    return [finding.code for finding in checked.findings]


BOUND = {
    "decorator": f"app = FastAPI()\n@app.delete('/a')\ndef f():\n{WRITE}",
    "router": f"router = APIRouter(prefix='/x')\n@router.post('')\ndef f():\n{WRITE}",
    "api_route": f"app = FastAPI()\n@app.api_route('/a', methods=['PUT'])\ndef f():\n{WRITE}",
    "add_api_route": f"app = FastAPI()\ndef f():\n{WRITE}\napp.add_api_route('/a', f, methods=['POST'])\n",
    "Route": f"from starlette.routing import Route\ndef f(request):\n{WRITE}\nr = [Route('/a', f, methods=['POST'])]\n",
    "factory": "def make():\n    app = FastAPI()\n    @app.post('/a')\n    def f():\n    "
    + WRITE
    + "    return app\n",
    "class": f"router = APIRouter()\nclass V:\n    @router.post('/a')\n    def f(self):\n    {WRITE}",
    "helper": f"app = FastAPI()\n@app.delete('/a')\ndef f():\n    g()\ndef g():\n{WRITE}",
}


@pytest.mark.parametrize("text", BOUND.values(), ids=BOUND.keys())
def test_a_handler_is_found_however_it_is_bound(tmp_path: Path, text: str) -> None:
    assert codes(run(tmp_path, {"main.py": HEAD + text})) == ["RG501"]


CHECK = "def signed_in(request: Request):\n    raise HTTPException(401)\n"
GUARDS = {
    "parameter": f"app = FastAPI()\n@app.delete('/a')\ndef f(user=Depends(signed_in)):\n{WRITE}",
    "operation": f"app = FastAPI()\n@app.delete('/a', dependencies=[Depends(signed_in)])\ndef f():\n{WRITE}",
    "router": f"r = APIRouter(dependencies=[Depends(signed_in)])\n@r.delete('/a')\ndef f():\n{WRITE}",
    "app": f"app = FastAPI(dependencies=[Depends(signed_in)])\n@app.delete('/a')\ndef f():\n{WRITE}",
    "include": (
        f"app, r = FastAPI(), APIRouter()\nr = APIRouter()\n@r.delete('/a')\ndef f():\n{WRITE}\n"
        "app.include_router(r, dependencies=[Depends(signed_in)])\n"
    ),
    "chain": f"app = FastAPI()\ndef x(u=Depends(signed_in)): ...\n@app.delete('/a')\ndef f(x=Depends(x)):\n{WRITE}",
    "middleware": (
        f"app = FastAPI()\n@app.middleware('http')\nasync def m(request, call_next):\n    if not request.headers.get("
        f"'authorization'):\n        return 401\n@app.delete('/a')\ndef f():\n{WRITE}"
    ),
    "decorator": f"from lib import guarded\napp = FastAPI()\n@app.delete('/a')\n@guarded\ndef f():\n{WRITE}",
    "unknown": f"from lib import CurrentUser\napp = FastAPI()\n@app.delete('/a')\ndef f(u: CurrentUser):\n{WRITE}",
}


@pytest.mark.parametrize("text", GUARDS.values(), ids=GUARDS.keys())
def test_whatever_may_guard_it_keeps_it_silent(tmp_path: Path, text: str) -> None:
    assert codes(run(tmp_path, {"main.py": HEAD + CHECK + text})) == []


def test_other_files_count(tmp_path: Path) -> None:
    files = {
        "app/main.py": "from fastapi import Depends, FastAPI\nfrom app.api import items\nfrom .auth import check\n"
        "app = FastAPI()\napp.include_router(items.router, dependencies=[Depends(check)])\n",
        "app/auth.py": "from fastapi import HTTPException\ndef check():\n    raise HTTPException(status_code=403)\n",
        "app/api/__init__.py": "",
        "app/api/items.py": "from fastapi import APIRouter\nfrom ..store import remove\nrouter = APIRouter()\n"
        "@router.delete('/{id}')\ndef f(id: int):\n    remove(id)\n",
        "app/store.py": "import sqlite3\ndef remove(id):\n" + WRITE,
    }
    assert codes(run(tmp_path, files)) == []
    open_main = files["app/main.py"].replace(", dependencies=[Depends(check)]", "")
    checked = run(tmp_path, files | {"app/main.py": open_main})
    assert codes(checked) == ["RG501"]
    (finding,) = checked.findings
    assert finding.path.name == "items.py"
    assert [reason.path and reason.path.name for reason in finding.evidence] == ["store.py"]


def test_handlers_of_tests_are_left_alone(tmp_path: Path) -> None:
    text = HEAD + BOUND["decorator"]
    assert codes(run(tmp_path, {"tests/test_a.py": text, "conftest.py": text})) == []
    assert codes(check(find_targets([tmp_path / "conftest.py"]), read_selection({}))) == ["RG501"]


def test_a_place_that_answers_several_paths_is_told_once(tmp_path: Path) -> None:
    text = f"app = FastAPI()\n@app.post('/a')\n@app.post('/b')\n@app.put('/b')\ndef f():\n{WRITE}\n@app.post('/c')\ndef g():\n{WRITE}"
    first, second = run(tmp_path, {"main.py": HEAD + text}).findings
    assert (first.handler, second.handler) == ("POST /a", "POST /c")
    told = {reason.text for reason in first.evidence}
    assert {"answers `POST /b` too", "answers `PUT /b` too"} <= told
