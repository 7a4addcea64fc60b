"""What a developer does to a project in a day, and what must be answered after each of it; for `edits.py`."""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contract import run

STEADY, INSIDE = "/api/steady", "/api/inside"
ADDITIONS = [
    "crud users name:str email:email!",
    "dynamic posts/[slug]",
    "upload avatars --public",
    "stream clock --public",
    "webhook stripe",
    "page about",
    "action contact name:str email:email message:text",
]
HANDLER = """from lib.prices import PRICE


async def GET() -> dict[str, int]:
    return {{"edit": {edit}, "price": PRICE}}
"""
DYNAMIC = "async def GET({name}: str) -> str:\n    return {name}\n"
GUARD = """from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection


async def guard(connection: HTTPConnection) -> None:
    if {refuses}:
        raise HTTPException(401, "edit {edit}")


dependencies = [Depends(guard)]
"""
WHAT_IT_HOLDS = """import asyncio
import gc
import os
import sys


async def GET() -> dict[str, int]:
    gc.collect()
    facts = {"pid": os.getpid(), "tasks": len(asyncio.all_tasks()), "modules": len(sys.modules)}
    return {**facts, "objects": len(gc.get_objects())}
"""
BROKEN = ["async def GET(:\n", "import no_such_package\n", "raise RuntimeError('at import')\n", "GET = 3\n"]
FEW, MANY = 8, 40


@dataclass(frozen=True)
class Answer:
    """What must be answered after an edit: with the very next request, or soon."""

    path: str
    status: int = 200
    holds: str = ""
    at_once: bool = False

    def is_given(self, status: int, body: str) -> bool:
        """Whether an answer is this one."""
        return status == self.status and self.holds in body.replace(" ", "")


Steps = Iterator[list[Answer]]


class Desk:
    """The project's files, and the number of the last edit, which is in what it answers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.number = 0
        self.branch = "main"
        self.new: list[str] = []

    def next(self) -> int:
        self.number += 1
        return self.number

    def write(self, name: str, text: str) -> None:
        """Save as most editors do: in place, at one go."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def replace(self, name: str, text: str) -> None:
        """Save as vim does: a swap file, a probe, a backup, and a new file in the place of the old one."""
        file = self.root / name
        swap, probe, backup = file.with_name(f".{file.name}.swp"), file.with_name("4913"), Path(f"{file}~")
        swap.write_bytes(b"b0VIM 9.1\0")
        probe.touch()
        probe.unlink()
        file.rename(backup)
        file.write_text(text, encoding="utf-8")
        backup.unlink()
        swap.unlink()

    def tidy(self) -> Steps:
        """Back to the tree of the morning."""
        if self.branch != "main":
            yield from checkout(self)
        for name in self.new[:]:
            yield delete_route(self, name)


def project(folder: Path) -> Path:
    """A project with a route of every kind, and those that are going to be edited."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    run(["new", "shop"], folder, environment)
    root = folder / "shop"
    for words in ADDITIONS:
        run(["add", *words.split()], root, environment)
    run(["db", "upgrade"], root, environment)
    desk = Desk(root)
    desk.write("lib/prices.py", "PRICE = 0\n")
    desk.write("app/api/desk/route.py", HANDLER.format(edit=0))
    desk.write("app/api/steady/route.py", "async def GET() -> int:\n    return 1\n")
    desk.write("app/api/inside/route.py", WHAT_IT_HOLDS)
    desk.write("app/api/things/[id]/route.py", DYNAMIC.format(name="id"))
    desk.write("app/guarded/dependencies.py", GUARD.format(refuses=True, edit=0))
    desk.write("app/guarded/route.py", "async def GET() -> str:\n    return 'inside'\n")
    desk.write(
        "app/api/mood/route.py", "import os\n\n\nasync def GET() -> str:\n    return os.environ['MOOD']\n"
    )
    desk.write(
        "app/api/model/route.py",
        "from lib.models.user import EDIT\n\n\nasync def GET() -> int:\n    return EDIT\n",
    )
    for name, text in (("lib/models/user.py", "\nEDIT = 0\n"), (".env", "\nMOOD=0.\n")):
        with (root / name).open("a") as file:
            file.write(text)
    for number in range(MANY):
        desk.write(f"app/api/many/r{number}/route.py", HANDLER.format(edit=0))
    return root


def save(desk: Desk) -> Steps:
    """Good code, in place."""
    desk.write("app/api/desk/route.py", HANDLER.format(edit=desk.next()))
    yield [Answer("/api/desk", holds=f'"edit":{desk.number},', at_once=True)]


def save_by_rename(desk: Desk) -> Steps:
    """Good code, as vim writes it."""
    desk.replace("app/api/desk/route.py", HANDLER.format(edit=desk.next()))
    yield [Answer("/api/desk", holds=f'"edit":{desk.number},', at_once=True)]


def save_in_pieces(desk: Desk) -> Steps:
    """Good code over a slow disk; asked for in the middle it is the old code."""
    text = HANDLER.format(edit=desk.next())
    file = desk.root / "app/api/desk/route.py"
    with file.open("w") as opened:
        for piece in (text[:20], text[20:70], text[70:]):
            opened.write(piece)
            opened.flush()
            time.sleep(0.005)
    yield [Answer("/api/desk", holds=f'"edit":{desk.number},', at_once=True)]


def broken(desk: Desk) -> Steps:
    """Code that cannot be loaded, and its repair."""
    desk.write("app/api/desk/route.py", random.choice(BROKEN) + f"# {desk.next()}\n")
    yield [Answer("/api/desk", 500), Answer(STEADY)]
    yield from save(desk)


def library(desk: Desk) -> Steps:
    """A module that 41 routes import."""
    desk.write("lib/prices.py", f"PRICE = {desk.next()}\n")
    price = f'"price":{desk.number}}}'
    routes = ["/api/desk", *(f"/api/many/r{random.randrange(MANY)}" for _ in range(2))]
    yield [Answer(route, holds=price, at_once=True) for route in routes]


def broken_library(desk: Desk) -> Steps:
    """The same, wrong at first."""
    desk.write("lib/prices.py", f"PRICE = {desk.next()} +\n")
    yield [Answer("/api/desk", 500), Answer("/api/many/r1", 500), Answer(STEADY)]
    yield from library(desk)


def template(desk: Desk) -> Steps:
    """The template of a page."""
    file = desk.root / "app/about/page.html"
    text = file.read_text().partition("<!--edit:")[0]
    desk.write("app/about/page.html", f"{text}<!--edit:{desk.next()}.-->\n")
    yield [Answer("/about", holds=f"<!--edit:{desk.number}.-->", at_once=True)]


def layout(desk: Desk) -> Steps:
    """The layout around all pages."""
    file = desk.root / "app/layout.html"
    text = file.read_text().partition("<!--layout:")[0]
    desk.write("app/layout.html", f"{text}<!--layout:{desk.next()}.-->\n")
    mark = f"<!--layout:{desk.number}.-->"
    yield [Answer(path, holds=mark, at_once=True) for path in ("/about", "/contact")]


def loader(desk: Desk) -> Steps:
    """What a page shows."""
    desk.write(
        "app/about/page.py",
        f"async def load() -> dict[str, str]:\n    return {{'text': 'e{desk.next()}.'}}\n",
    )
    yield [Answer("/about", holds=f"e{desk.number}.", at_once=True)]


def actions(desk: Desk) -> Steps:
    """The actions of a page: the page binds its form to the new one."""
    name = "app/contact/actions.py"
    text = (desk.root / name).read_text().partition("# edit")[0]
    desk.write(name, f"{text}# edit {desk.next()}\n")
    yield [Answer("/contact", holds="<form", at_once=True)]


def add_route(desk: Desk) -> Steps:
    """A new folder with a new route."""
    name = f"new{desk.next()}"
    desk.new.append(name)
    desk.write(f"app/api/{name}/route.py", HANDLER.format(edit=desk.number))
    yield [Answer(f"/api/{name}", holds=f'"edit":{desk.number},')]
    if len(desk.new) > FEW:
        yield delete_route(desk, desk.new[0])


def delete_route(desk: Desk, name: str) -> list[Answer]:
    """A route goes, with its folder."""
    desk.new.remove(name)
    folder = desk.root / "app/api" / name
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.rmdir()
    return [Answer(f"/api/{name}", 404)]


def rename_route(desk: Desk) -> Steps:
    """A folder gets another name."""
    if not desk.new:
        yield from add_route(desk)
    old, name = desk.new.pop(0), f"moved{desk.next()}"
    desk.new.append(name)
    (desk.root / "app/api" / old).rename(desk.root / "app/api" / name)
    yield [Answer(f"/api/{name}", holds='"edit":'), Answer(f"/api/{old}", 404)]


def guard(desk: Desk) -> Steps:
    """The guard of a folder opens and closes it."""
    for refuses in (False, True):
        desk.write("app/guarded/dependencies.py", GUARD.format(refuses=refuses, edit=desk.next()))
        status, body = (401, f"edit{desk.number}") if refuses else (200, "inside")
        yield [Answer("/guarded", status, body, at_once=True)]


def conflict(desk: Desk) -> Steps:
    """Two names for one parameter; then one of them goes."""
    desk.write("app/api/things/[slug]/more/route.py", DYNAMIC.format(name="slug"))
    yield [Answer("/api/things/7", 500), Answer(STEADY)]
    file = desk.root / "app/api/things/[slug]/more/route.py"
    file.unlink()
    file.parent.rmdir()
    file.parent.parent.rmdir()
    yield [Answer("/api/things/7", holds='"7"')]


def checkout(desk: Desk) -> Steps:
    """Another branch: 40 routes differ, a library and two pages too, and eight routes are only on one of them."""
    number, desk.branch = desk.next(), "main" if desk.branch == "other" else "other"
    desk.write("lib/prices.py", f"PRICE = {number}\n")
    for one in range(MANY):
        desk.write(f"app/api/many/r{one}/route.py", HANDLER.format(edit=number))
    for one in range(FEW):
        file = desk.root / f"app/api/only/r{one}/route.py"
        if desk.branch == "other":
            desk.write(file.relative_to(desk.root).as_posix(), HANDLER.format(edit=number))
        elif file.exists():
            file.unlink()
            file.parent.rmdir()
    new = f'"edit":{number},"price":{number}'
    answers = [Answer(f"/api/many/r{one}", holds=new, at_once=True) for one in range(0, MANY, 5)]
    only = Answer("/api/only/r3", holds=new) if desk.branch == "other" else Answer("/api/only/r3", 404)
    yield [*answers, only]


def litter(desk: Desk) -> Steps:
    """Files that are no part of it: what is answered stays."""
    folder = desk.root / "app/api/desk"
    for name in (".route.py.swp", "4913", "route.py~", ".#route.py", "notes.tmp"):
        (folder / name).write_text("x")
        (folder / name).unlink()
    yield [Answer("/api/desk", at_once=True)]


def rare_pages(desk: Desk) -> Steps:
    """No edit, but what is looked at beside it: the document, a path that is none, a list from the database."""
    yield [
        Answer("/openapi.json"),
        Answer(f"/api/none{desk.next()}", 404),
        Answer("/api/users"),
        Answer("/contact"),
    ]


def environment(desk: Desk) -> Steps:
    """A variable of `.env`."""
    text = (desk.root / ".env").read_text().partition("MOOD=")[0]
    desk.write(".env", f"{text}MOOD={desk.next()}.\n")
    yield [Answer("/api/mood", holds=f'"{desk.number}."')]


def main_module(desk: Desk) -> Steps:
    """`main.py`."""
    text = f"from routegen import create_app\n\napp = create_app(version='{desk.next()}.')\n"
    desk.write("main.py", text)
    yield [Answer("/openapi.json", holds=f'"version":"{desk.number}."')]


def model(desk: Desk) -> Steps:
    """A module with a table."""
    text = (desk.root / "lib/models/user.py").read_text().partition("EDIT = ")[0]
    desk.write("lib/models/user.py", f"{text}EDIT = {desk.next()}\n")
    yield [Answer("/api/model", holds=str(desk.number)), Answer("/api/users")]


EDITS: dict[Callable[[Desk], Steps], int] = {
    save: 34,
    save_by_rename: 12,
    save_in_pieces: 4,
    broken: 10,
    library: 8,
    broken_library: 2,
    template: 6,
    layout: 2,
    loader: 3,
    actions: 3,
    add_route: 4,
    rename_route: 3,
    guard: 2,
    conflict: 1,
    checkout: 2,
    litter: 2,
    rare_pages: 2,
}
"""How often each is done, of a hundred."""

RESTARTS = {function.__name__: function for function in (environment, main_module, model)}


def edit(desk: Desk) -> tuple[str, Steps]:
    """One edit that the running process takes in: its name, and its steps."""
    function = random.choices(list(EDITS), list(EDITS.values()))[0]
    return function.__name__, function(desk)


def restart(desk: Desk) -> tuple[str, Steps]:
    """One edit that needs a new process."""
    name = random.choice(list(RESTARTS))
    return name, RESTARTS[name](desk)
