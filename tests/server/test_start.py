"""Starting up: production refuses a broken tree and names everything; modules are loaded from their own folders."""

import sys

import pytest
from starlette.testclient import TestClient

from routegen.errors import ProjectError
from tests.server.asgi import ask
from tests.server.conftest import Site

BROKEN = {
    "fine": "async def GET(): return 1",
    "syntax": "async def GET(:",
    "import": "import nothing_of_this_name\nasync def GET(): return 1",
    "value": "GET = 5",
    "signature": "from socket import socket\nasync def GET(x: socket): return 1",
    "exit": "raise SystemExit(1)",
    "[a]/x": "async def GET(a: str): return 1",
    "[b]/y": "async def GET(b: str): return 1",
    "partial[id]": "async def GET(): return 1",
}


def test_production_names_every_broken_route(site: Site) -> None:
    app = site(BROKEN)
    with pytest.raises(ProjectError) as caught:
        app.start()
    for part in (
        "syntax/route.py",
        "import/route.py",
        "value/route.py",
        "signature/route.py",
        "exit/route.py",
        "[a]",
        "[b]",
        "partial[id]",
    ):
        assert part in caught.value.message
    assert "fine" not in caught.value.message


def test_the_lifespan_fails(site: Site) -> None:
    with pytest.raises(ProjectError), TestClient(site(BROKEN)):
        pass


def test_in_dev_only_the_broken_ones_fail(site: Site) -> None:
    app = site(BROKEN)
    app.dev = True
    for target, status in [
        ("/fine", 200),
        ("/syntax", 500),
        ("/import", 500),
        ("/value", 500),
        ("/signature", 500),
        ("/exit", 500),
        ("/1/x", 500),
        ("/1/y", 500),
    ]:
        assert ask(app, "GET", target).status == status, target


def test_dev_loads_on_the_first_request(site: Site) -> None:
    app = site({"a": "async def GET(): return 1", "b": "async def GET(): return 1"})
    app.dev = True
    ask(app, "GET", "/a")
    assert [entry.loaded for entry in app.table] == [True, False]


def test_production_loads_all(site: Site) -> None:
    app = site({"a": "async def GET(): return 1", "b/[id]": "async def GET(id: int): return 1"})
    app.start()
    assert all(entry.loaded for entry in app.table)


def test_an_empty_tree(site: Site) -> None:
    app = site({})
    assert ask(app, "GET", "/").status == 404


MODULES = {
    "helpers": ("x", {"x": "from ._helpers import n\nasync def GET(): return n", "app/x/_helpers.py": "n = 5"}, 5),
    "helpers of a folder above": ("a/b", {"a/b": "from .._h import n\nasync def GET(): return n", "app/a/_h.py": "n = 6"}, 6),
    "a private folder": ("x", {"x": "from .._lib.deep import n\nasync def GET(): return n", "app/_lib/deep.py": "n = 7"}, 7),
    "beside brackets": ("u/1", {"u/[id]": "from ._h import n\nasync def GET(id): return n", "app/u/[id]/_h.py": "n = 8"}, 8),
    "beside a dot": ("v1.0", {"v1.0": "from ._h import n\nasync def GET(): return n", "app/v1.0/_h.py": "n = 9"}, 9),
    "an __init__.py": ("x", {"x": "from . import n\nasync def GET(): return n", "app/x/__init__.py": "n = 10"}, 10),
    "postponed annotations": (
        "x?q=3",
        {"x": "from __future__ import annotations\nfrom typing import Annotated\nfrom fastapi import Query\nasync def GET(q: Annotated[int, Query()]) -> int: return q"},
        3,
    ),
    "a postponed model": (
        "x",
        {"x": "from __future__ import annotations\nfrom pydantic import BaseModel\nclass A(BaseModel):\n    b: B | None = None\nclass B(BaseModel):\n    n: int\nasync def GET() -> A: return A(b=B(n=1))"},
        {"b": {"n": 1}},
    ),
    "a postponed dataclass": (
        "x",
        {"x": "from __future__ import annotations\nfrom dataclasses import dataclass, KW_ONLY\nfrom typing import ClassVar\n@dataclass\nclass P:\n    z: ClassVar[int] = 1\n    x: int = 2\nasync def GET() -> P: return P()"},
        {"x": 2},
    ),
    "a pickled class": ("x", {"x": "import pickle\nclass A:\n    n = 11\nasync def GET(): return pickle.loads(pickle.dumps(A())).n"}, 11),
    "its own source": ("x", {"x": "import inspect\nasync def GET(): return inspect.getsource(GET)[:9]"}, "async def"),
    "a latin-1 coding line": ("x", {"x": "# -*- coding: utf-8 -*-\nasync def GET(): return 'ä'"}, "ä"),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_modules(site: Site, name: str) -> None:
    target, tree, expected = MODULES[name]
    answer = ask(site(tree), "GET", f"/{target}")
    assert answer.json() == expected


def test_folders_never_share_a_module(site: Site) -> None:
    names = ["a-b", "a_b", "a.b", "a b", "(g)/c", "c-c/(g)", "v1.0", "v1/0"]
    app = site(dict.fromkeys(names, "state = []\nasync def GET(): return __name__"))
    app.start()
    modules = [
        m
        for m in sys.modules.values()
        if str(getattr(m, "__file__", "")).startswith(str(app.project.app_dir))
    ]
    assert len({m.__name__ for m in modules}) == len({id(m.__dict__["state"]) for m in modules}) == len(names)


def test_a_stale_bytecode_cache_is_not_used(site: Site) -> None:
    files = {"x": "async def GET(): return 1"}
    assert ask(site(files), "GET", "/x").json() == 1
    assert ask(site({"x": "async def GET(): return 2"}), "GET", "/x").json() == 2
