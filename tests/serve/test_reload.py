"""Edits are live with the next request, cost only their own route, and leave nothing behind."""

import gc
import shutil
import sys
import textwrap
import threading
import time
from typing import Any

import pytest

from routegen.server.modules import SETTLE

HELLO = "async def GET(): return {!r}\n"


def test_an_edit_is_live_with_the_next_request(live: Any) -> None:
    live.write("app/api/hello/route.py", HELLO.format("one"))
    live.start()
    assert live.get("/api/hello") == "one"
    live.write("app/api/hello/route.py", HELLO.format("two"))
    assert live.get("/api/hello") == "two"
    assert [route.id for route in live.reports[-1].changed] == ["/api/hello"]


def test_same_size_edits_within_one_second_are_all_seen(live: Any) -> None:
    live.write("app/api/hello/route.py", HELLO.format(10), settled=False)
    live.start()
    for number in range(10, 60):
        live.write("app/api/hello/route.py", HELLO.format(number), settled=False)
        assert live.get("/api/hello") == number


def test_only_what_was_edited_and_what_imports_it_is_made_anew(live: Any) -> None:
    counting = (
        "import lib.count\nlib.count.loaded.append({name!r})\nasync def GET(): return lib.count.loaded\n"
    )
    live.write("lib/count.py", "loaded = []\n")
    live.write("lib/price.py", "price = 1\n")
    live.write("app/a/route.py", counting.format(name="a") + "from lib.price import price\n")
    live.write("app/b/route.py", counting.format(name="b"))
    live.start()
    assert live.get("/a") == ["a"]
    assert live.get("/b") == ["a", "b"]
    live.write("lib/price.py", "price = 2\n")
    assert live.get("/b") == ["a", "b"]
    assert live.get("/a") == ["a", "b", "a"]


@pytest.mark.parametrize(
    ("helper", "importing"),
    [
        ("lib/deep.py", "from lib import deep\nvalue = deep.value"),
        ("lib/deep.py", "import lib.deep\nvalue = lib.deep.value"),
        ("lib/deep.py", "from lib.deep import value"),
        ("app/x/_helpers.py", "from ._helpers import value"),
        ("app/_shared.py", "from .._shared import value"),
        ("lib/inner/__init__.py", "from lib.inner import value"),
    ],
)
def test_helpers_are_followed_however_they_are_imported(live: Any, helper: str, importing: str) -> None:
    live.write(helper, "value = 'old'\n")
    live.write("app/x/route.py", f"{importing}\nasync def GET(): return value\n")
    live.start()
    assert live.get("/x") == "old"
    live.write(helper, "value = 'new'\n")
    assert live.get("/x") == "new"


def test_a_route_that_is_first_asked_for_after_an_edit_of_its_helper(live: Any) -> None:
    importing = "from lib.price import price\nasync def GET(): return price\n"
    live.write("lib/price.py", "price = 1\n")
    live.write("app/a/route.py", importing)
    live.write("app/b/route.py", importing)
    live.start()
    assert live.get("/a") == 1
    live.write("lib/price.py", "price = 2\n")
    assert live.get("/b") == 2


def test_helpers_of_helpers_are_followed(live: Any) -> None:
    live.write("lib/one.py", "value = 1\n")
    live.write("lib/two.py", "from lib.one import value\n")
    live.write("app/x/route.py", "from lib.two import value\nasync def GET(): return value\n")
    live.start()
    assert live.get("/x") == 1
    live.write("lib/one.py", "value = 2\n")
    assert live.get("/x") == 2


BROKEN = {
    "syntax": "def GET(:\n",
    "import": "import no_such_module\n",
    "name": "boom\n",
    "exit": "raise SystemExit(3)\n",
    "no function": "GET = 3\n",
    "null bytes": "GET = '\0'\n",
    "signature": "class Odd: ...\nasync def GET(x: Odd): return x\n",
}


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_a_broken_edit_breaks_only_its_route_and_the_next_good_save_heals_it(live: Any, source: str) -> None:
    live.write("app/a/route.py", HELLO.format("a"))
    live.write("app/b/route.py", HELLO.format("b"))
    live.start()
    assert live.get("/a") == "a"
    live.write("app/a/route.py", source)
    assert live.get("/a") == 500
    assert live.get("/b") == "b"
    live.write("app/a/route.py", HELLO.format("healed"))
    assert live.get("/a") == "healed"


def test_a_broken_helper_heals_too(live: Any) -> None:
    live.write("lib/price.py", "price = 1\n")
    live.write("app/a/route.py", "from lib.price import price\nasync def GET(): return price\n")
    live.start()
    assert live.get("/a") == 1
    live.write("lib/price.py", "price = \n")
    assert live.get("/a") == 500
    live.write("lib/price.py", "price = 3\n")
    assert live.get("/a") == 3


def test_a_helper_that_was_missing_heals_its_route(live: Any) -> None:
    live.write("app/a/route.py", "from lib.late import value\nasync def GET(): return value\n")
    live.start()
    assert live.get("/a") == 500
    file = live.write("lib/late.py", "value = 1\n")
    live.reloader.batch([("added", str(file))])
    assert live.get("/a") == 1


def test_a_file_in_the_middle_of_being_written_keeps_its_old_code(live: Any) -> None:
    live.write("app/a/route.py", HELLO.format("old"))
    live.start()
    assert live.get("/a") == "old"
    for half in ("", "async def GET("):
        live.write("app/a/route.py", half, settled=False)
        assert live.get("/a") == "old"
    time.sleep(SETTLE)
    assert live.get("/a") == 500


def test_new_renamed_and_deleted_routes(live: Any) -> None:
    live.write("app/a/route.py", HELLO.format("a"))
    live.start()
    assert live.get("/a") == "a"
    live.write("app/deep/new/[id]/route.py", "async def GET(id: int): return id\n")
    live.reloader.rescan()
    assert live.get("/deep/new/7") == 7
    (live.root / "app/a").rename(live.root / "app/b")
    live.reloader.rescan()
    assert (live.get("/a"), live.get("/b")) == (404, "a")
    assert ([r.id for r in live.reports[-1].added], [r.id for r in live.reports[-1].removed]) == (
        ["/b"],
        ["/a"],
    )


def test_an_unknown_path_is_looked_for_on_disk(live: Any) -> None:
    live.start()
    assert live.get("/late") == 404
    live.write("app/late/route.py", HELLO.format("here"))
    time.sleep(0.11)
    assert live.get("/late") == "here"


def test_a_route_that_an_editor_moved_away_to_save_it_is_there_again_at_once(live: Any) -> None:
    file = live.write("app/a/route.py", HELLO.format("old"))
    live.write("app/b/route.py", HELLO.format("b"))
    live.start()
    assert live.get("/a") == "old"
    file.rename(f"{file}~")
    live.reloader.batch([("deleted", str(file))])
    time.sleep(0.11)  # it may be looked for once more
    assert live.get("/a") == 404
    live.write("app/a/route.py", HELLO.format("new"))
    assert live.get("/a") == "new"


def test_a_conflict_costs_only_its_own_routes_and_heals(live: Any) -> None:
    live.write("app/[id]/route.py", "async def GET(id: str): return id\n")
    live.write("app/other/route.py", HELLO.format("other"))
    live.start()
    assert live.get("/x") == "x"
    file = live.write("app/[slug]/route.py", "async def GET(slug: str): return slug\n")
    live.reloader.rescan()
    assert (live.get("/x"), live.get("/other")) == (500, "other")
    file.unlink()
    live.reloader.rescan()
    assert live.get("/x") == "x"


def test_an_edited_guard_guards_at_once(live: Any) -> None:
    open_guard = "from fastapi import Depends\ndef pass_all(): ...\ndependencies = [Depends(pass_all)]\n"
    shut_guard = open_guard.replace("...", "raise HTTPException(401)").replace(
        "Depends\n", "Depends, HTTPException\n", 1
    )
    live.write("app/dependencies.py", open_guard)
    live.write("app/a/route.py", HELLO.format("a"))
    live.start()
    assert live.get("/a") == "a"
    live.write("app/dependencies.py", shut_guard)
    assert live.get("/a") == 401
    live.write("app/dependencies.py", "guards = []\n")
    assert live.get("/a") == 500
    live.write("app/dependencies.py", open_guard)
    assert live.get("/a") == "a"


def test_requests_that_run_end_on_the_old_code(live: Any) -> None:
    slow = "import time\ndef GET():\n    time.sleep(0.3)\n    return {}\n"
    live.write("app/a/route.py", slow.format("'old'"))
    live.start()
    answers: list[Any] = []
    running = threading.Thread(target=lambda: answers.append(live.get("/a")))
    running.start()
    time.sleep(0.1)
    live.write("app/a/route.py", slow.format("'new'"))
    assert live.get("/a") == "new"
    running.join()
    assert answers == ["old"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("main.py", "app = 2\n"),
        ("lib/settings.py", "value = 2\n"),
        (".env", "A=2\n"),
        ("pyproject.toml", "[tool.routegen]\napp = 'app'\n"),
    ],
)
def test_what_cannot_be_swapped_asks_for_a_new_process(live: Any, name: str, source: str) -> None:
    live.write("lib/settings.py", "value = 1\n")
    live.write("main.py", "import lib.settings\napp = print\n")
    live.write("app/a/route.py", "from lib.settings import value\nasync def GET(): return value\n")
    live.start()
    assert live.get("/a") == 1
    file = live.write(name, source)
    live.reloader.batch([("modified", str(file))])
    assert live.reports[-1].restart
    assert live.get("/a") == 1


def test_tables_ask_for_a_new_process(live: Any) -> None:
    table = """
        from sqlmodel import Field, SQLModel
        class Crate(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
            {}: int = 0
    """
    live.write("lib/crate.py", textwrap.dedent(table).format("apples"))
    live.write(
        "app/a/route.py", "from lib.crate import Crate\nasync def GET(): return list(Crate.model_fields)\n"
    )
    live.start()
    assert live.get("/a") == ["id", "apples"]
    live.write("lib/crate.py", textwrap.dedent(table).format("pears"))
    assert live.get("/a") == ["id", "apples"]
    assert "tables" in live.reports[-1].restart


def test_a_checkout_of_many_files_is_one_reload(live: Any) -> None:
    for number in range(30):
        live.write(f"app/r{number}/route.py", HELLO.format("old"))
    live.start()
    assert {live.get(f"/r{number}") for number in range(30)} == {"old"}
    files = [live.write(f"app/r{number}/route.py", HELLO.format("new")) for number in range(30)]
    live.reloader.batch([("modified", str(file)) for file in files])
    assert len(live.reports) == 1
    assert len(live.reports[0].changed) == 30
    assert {live.get(f"/r{number}") for number in range(30)} == {"new"}


def test_a_save_by_rename_is_an_edit(live: Any) -> None:
    file = live.write("app/a/route.py", HELLO.format("old"))
    live.start()
    assert live.get("/a") == "old"
    live.write("app/a/route.py.tmp", HELLO.format("new")).replace(file)
    assert live.get("/a") == "new"


def test_routes_that_come_and_go_leave_nothing_behind(live: Any) -> None:
    live.write("app/a/route.py", HELLO.format("a"))
    live.start()
    live.get("/a")
    before = set(sys.modules)
    for number in range(5):
        live.write(f"app/deep/new{number}/[id]/route.py", "async def GET(id: str): return id\n")
        live.reloader.rescan()
        assert live.get(f"/deep/new{number}/x") == "x"
        (live.root / f"app/deep/new{number}").rename(live.root / f"app/deep/other{number}")
        live.reloader.rescan()
        assert live.get(f"/deep/other{number}/x") == "x"
        shutil.rmtree(live.root / "app/deep")
        live.reloader.rescan()
        assert live.get(f"/deep/other{number}/x") == 404
    assert set(sys.modules) == before


def test_a_thousand_edits_leave_nothing_behind(live: Any) -> None:
    source = (
        "import dataclasses\n@dataclasses.dataclass\nclass Probe:\n    number: int = {}\n"
        "async def GET(): return Probe()\n"
    )
    live.write("app/a/route.py", source.format(0))
    live.start()
    live.get("/a")

    def alive() -> int:
        gc.collect()
        return sum(isinstance(o, type) and o.__name__ == "Probe" for o in gc.get_objects())

    modules, threads = len(sys.modules), threading.active_count()
    for number in range(1000):
        live.write("app/a/route.py", source.format(number))
        live.reloader.change([str(live.root / "app/a/route.py")])
    assert live.get("/a") == {"number": 999}
    assert len(sys.modules) == modules
    assert threading.active_count() == threads
    assert alive() <= 3
